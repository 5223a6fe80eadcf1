"""Overtaking: a record of the same subject goes first, and its timestamp tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.ordering import sort_rows
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

    `rows` are in order and complete up to `until`. A row waits for `within` at most: where none
    came by then it goes on, overtaken by nothing. So the time at which a row is sent depends on
    the rows of its subject alone, and the length of the steps does not show.
    """
    times = rows.timestamps
    waiting = np.flatnonzero(rows.marks == WAITING)
    follower = _followers(rows, waiting)
    is_overtaken = (follower >= 0) & (times[follower] <= times[waiting] + within)
    overtaken, by = waiting[is_overtaken], follower[is_overtaken]
    goes, is_behind = times.copy(), np.zeros(len(rows), dtype=np.int64)
    goes[waiting] += within
    goes[overtaken], is_behind[overtaken] = times[by], 1
    order, _ = sort_rows(rows.partitions, goes, rows.subjects, is_behind)
    is_sent = goes <= until
    return Overtaken(sent=rows.take(order[is_sent[order]]), waiting=rows.take(~is_sent), rows=overtaken, by=by)


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
