"""Who comes due: the patients' instants of one kind, looked through once an hour."""

from __future__ import annotations

import numpy as np

from scenarios.sepsis.course import HOUR_MS, NEVER
from simulator.core.arrays import IntArray


class Agenda:
    """The instants of one kind, one a patient, asked for in order of time.

    All patients are looked through once an hour, for those whose instants lie within it; steps
    shorter than that, as large cohorts have them, look among those alone.
    """

    def __init__(self, instants: IntArray) -> None:
        """Keep the instants; they may move later as time goes by, and earlier before `look_again`."""
        self._instants = instants
        self._horizon = -1
        self._soon: IntArray = np.empty(0, dtype=np.int64)

    def between(self, after: int, until: int) -> IntArray:
        """Return the rows whose instants lie after `after`, up to `until`."""
        assert until < NEVER
        if until - after >= HOUR_MS:
            return _within(self._instants, after, until)
        if until > self._horizon:
            self._horizon = after + HOUR_MS
            self._soon = _within(self._instants, after, self._horizon)
        return self._soon[_within(self._instants[self._soon], after, until)]

    def look_again(self) -> None:
        """Look through all patients at the next question: some instants now lie earlier."""
        self._horizon = -1


def _within(instants: IntArray, after: int, until: int) -> IntArray:
    return np.flatnonzero((instants > after) & (instants <= until))
