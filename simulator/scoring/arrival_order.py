"""Arrival order: events that came after a later one of the same subject and topic."""

from __future__ import annotations

import numpy as np

from simulator.core.arrays import BoolArray, IntArray

_LONG_AGO = np.iinfo(np.int64).min


class ArrivalOrder:
    """Remembers, for each subject and topic, the latest published_at that has arrived."""

    def __init__(self) -> None:
        """Start with nothing arrived."""
        self._latest = np.empty(0, dtype=np.int64)

    def is_behind(self, groups: IntArray, published_at: IntArray) -> BoolArray:
        """Say which events came after a later one of their group, and remember them all.

        Both have one entry an event, in the order of arrival. A group is a small number that
        stands for a subject and a topic.
        """
        if not len(groups):
            return np.zeros(0, dtype=np.bool_)
        self._latest = grown(self._latest, int(groups.max()) + 1, fill=_LONG_AGO)
        order = np.argsort(groups, kind="stable")
        group, moment = groups[order], published_at[order]
        is_first = np.append(True, group[1:] != group[:-1])
        peak = _running_peak(moment, is_first)
        before = np.append(_LONG_AGO, peak[:-1])
        before[is_first] = _LONG_AGO
        is_behind = np.empty(len(groups), dtype=np.bool_)
        is_behind[order] = moment < np.maximum(before, self._latest[group])
        is_last = np.append(is_first[1:], True)
        self._latest[group[is_last]] = np.maximum(self._latest[group[is_last]], peak[is_last])
        return is_behind


def grown(array: IntArray, length: int, *, fill: int) -> IntArray:
    """Return the array, made at least `length` long by appending `fill`."""
    if len(array) >= length:
        return array
    return np.append(array, np.full(max(length, 2 * len(array)) - len(array), fill, dtype=np.int64))


def _running_peak(moments: IntArray, is_first: BoolArray) -> IntArray:
    """Return the highest moment so far within each run of rows that `is_first` begins."""
    lift = (np.cumsum(is_first) - 1) * (int(moments.max()) - int(moments.min()) + 1)
    peak: IntArray = np.maximum.accumulate(moments + lift) - lift
    return peak
