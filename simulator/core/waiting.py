"""Keep the rows of one event type until they are due, however many wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.concatenation import concatenate_blocks
from simulator.core.events import Block
from simulator.core.ordering import sort_rows
from simulator.core.time import SimTime

_FEW = 8_192  # measured: from 2,000 to 32,000 it hardly matters; fewer rows are not worth a sort
_FEW_SHARE = 0.125  # our choice, of the rows sorted before: in its wait a row is sorted some eight times at most


@dataclass(frozen=True, slots=True)
class Picked:
    """Some rows of a block, in an order of their own."""

    block: Block
    rows: IntArray

    def apart(self) -> Block:
        """Return a block of these rows alone."""
        return self.block.take(self.rows)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows in order of published_at, equal ones in the order in which they were pushed."""

    picked: Picked
    published_at: IntArray

    def cut(self, until: SimTime) -> tuple[Picked, _Sorted]:
        """Return the rows that are due, and the rest."""
        count = int(self.published_at.searchsorted(until, side="right"))
        block, rows = self.picked.block, self.picked.rows
        return Picked(block, rows[:count]), _Sorted(Picked(block, rows[count:]), self.published_at[count:])


class WaitingRows:
    """The rows of one type that have been pushed and were not due yet.

    Where many wait, they are sorted once; a release cuts those that are due off the front and
    touches no others. What few came since are looked through at every release.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._sorted: _Sorted | None = None
        self._few: list[Block] = []

    def push(self, block: Block) -> None:
        """Take in the rows of a block."""
        if len(block):
            self._few.append(block)

    def take_due(self, until: SimTime) -> Picked | None:
        """Take out the rows whose published_at is at most `until`.

        Rows of equal published_at stand in the order in which they were pushed. Return None if
        there are no rows to take out.
        """
        self._sort_many()
        due = [one for one in (self._take_sorted(until), self._take_few(until)) if one is not None]
        if len(due) < 2:
            return due[0] if due else None
        block = concatenate_blocks([one.apart() for one in due])
        return Picked(block, np.arange(len(block)))

    def _sort_many(self) -> None:
        """Sort all that wait if those that came since are no longer few."""
        before = 0 if self._sorted is None else len(self._sorted.published_at)
        if sum(map(len, self._few)) <= max(_FEW, _FEW_SHARE * before):
            return
        # The older first: rows of equal published_at keep the order in which they were pushed.
        older = [] if self._sorted is None else [self._sorted.picked.apart()]
        block = concatenate_blocks([*older, *self._few])
        rows, (published_at,) = sort_rows(block.published_at)
        self._sorted, self._few = _Sorted(Picked(block, rows), published_at), []

    def _take_sorted(self, until: SimTime) -> Picked | None:
        if self._sorted is None:
            return None
        due, rest = self._sorted.cut(until)
        self._sorted = rest if len(rest.published_at) else None
        return due if len(due.rows) else None

    def _take_few(self, until: SimTime) -> Picked | None:
        if not self._few:
            return None
        block = concatenate_blocks(self._few)
        is_due = block.published_at <= until
        rows, rest = np.flatnonzero(is_due), np.flatnonzero(~is_due)
        if not len(rows):
            self._few = [block]
            return None
        self._few = [block.take(rest)] if len(rest) else []
        return Picked(block, rows)
