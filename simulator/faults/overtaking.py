"""Overtaking: a record of the same subject goes first, and its timestamp tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import BoolArray, IntArray
from simulator.core.time import Milliseconds
from simulator.faults.rows import PLAIN, WAITING, Rows


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What can be sent, what must wait, and which rows were overtaken by which.

    `rows` and `by` are positions among the rows as they were given.
    """

    sent: Rows
    waiting: Rows
    rows: IntArray
    by: IntArray


def overtake(rows: Rows, *, until: int, within: Milliseconds) -> Overtaken:
    """Put each WAITING row behind the next PLAIN one of its subject.

    `rows` are in order and complete up to `until`; what comes later than `within` overtakes
    nothing. A row for which a later one may still come
    goes on waiting, and what follows it about its subject with it; one for which none came
    stays where it is.
    """
    times = rows.timestamps
    waiting = np.flatnonzero(rows.marks == WAITING)
    follower = _followers(rows, waiting)
    is_overtaken = (follower >= 0) & (times[follower] <= times[waiting] + within)
    overtaken, by = waiting[is_overtaken], follower[is_overtaken]
    place = 2 * np.arange(len(rows), dtype=np.int64)
    place[overtaken] = 2 * by + 1
    is_held = _is_from(rows, waiting[~is_overtaken & (times[waiting] + within > until)])
    order = np.argsort(place, kind="stable")
    sent = rows.take(order[~is_held[order]])
    return Overtaken(sent=sent, waiting=rows.take(is_held), rows=overtaken, by=by)


def _is_from(rows: Rows, waiting: IntArray) -> BoolArray:
    """Say which rows are one of `waiting` or come after one of their own subject."""
    subjects = rows.subjects
    waited_for, firsts = np.unique(subjects[waiting], return_index=True)
    if not len(waited_for):
        return np.zeros(len(rows), dtype=np.bool_)
    place = np.minimum(np.searchsorted(waited_for, subjects), len(waited_for) - 1)
    is_after = waiting[firsts][place] <= np.arange(len(rows))
    is_held: BoolArray = is_after & (waited_for[place] == subjects)
    return is_held


def _followers(rows: Rows, waiting: IntArray) -> IntArray:
    """Return the next PLAIN row of each waiting row's subject, -1 where there is none."""
    subjects, count = rows.subjects, len(rows)
    plain = np.flatnonzero(rows.marks == PLAIN)
    plain = plain[np.lexsort((plain, subjects[plain]))]
    found = np.searchsorted(subjects[plain] * count + plain, subjects[waiting] * count + waiting)
    is_known = found < len(plain)
    follower = np.full(len(waiting), -1, dtype=np.int64)
    follower[is_known] = plain[found[is_known]]
    follower[subjects[follower] != subjects[waiting]] = -1
    return follower
