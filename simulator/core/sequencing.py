"""Give every event its place: its final published_at, its number and its partition.

The canonical order of a subject's events is by (published_at, type in the catalog's order, occurred_at,
order in which the world returned them). In that order published_at is made strictly increasing: an
event that is not later than the one before it is published one millisecond after that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.core.arrays import BoolArray, IntArray
from simulator.core.catalog import Catalog
from simulator.core.events import Block, SequencedBlock
from simulator.core.ordering import is_first_of_run, sort_rows
from simulator.core.time import SimTime
from simulator.core.waiting import WaitingRows

_NEVER = -(2**62)


@dataclass(frozen=True, slots=True)
class _Due:
    """The rows of one type's block that a release considers; `start` is where they stand among all types' rows."""

    type_index: int
    block: Block
    rows: IntArray
    start: int

    def holds(self, places: IntArray) -> BoolArray:
        return (places >= self.start) & (places < self.start + len(self.rows))

    def block_rows(self, places: IntArray) -> IntArray:
        """Return the rows of the block that stand at these places among all types' rows."""
        return self.rows[places - self.start]


@dataclass(frozen=True, slots=True)
class _Placed:
    """Due rows, subject by subject in canonical order: where they came from, and their final times."""

    place: IntArray
    subject: IntArray
    published_at: IntArray

    def take(self, which: IntArray | BoolArray) -> _Placed:
        return _Placed(self.place[which], self.subject[which], self.published_at[which])


class Sequencer:
    """Take the blocks of a world's steps, return them in publishing order.

    What comes out does not depend on the length of the steps, if the world keeps its promise
    (`World.step`) and one more: rows of one type about one subject with equal published_at and
    equal occurred_at are returned in an order that no step length changes.

    `partition_of_subject` has an entry for each subject number from `first_subject` on.
    """

    def __init__(self, catalog: Catalog, partition_of_subject: IntArray, *, first_subject: int = 0) -> None:
        """Start with nothing published about anybody."""
        self._first = first_subject
        self._type_indexes = {name: index for index, name in enumerate(catalog.type_names)}
        self._partition_of = partition_of_subject
        self._last = np.full(len(partition_of_subject), _NEVER, dtype=np.int64)
        self._next_number: dict[int, IntArray] = {}
        self._waiting = {index: WaitingRows() for index in self._type_indexes.values()}

    def push(self, blocks: Iterable[Block]) -> None:
        """Take in the blocks of a step."""
        for block in blocks:
            self._waiting[self._type_indexes[block.type.name]].push(block)

    def release(self, until: SimTime) -> list[SequencedBlock]:
        """Return the rows whose final published_at is at most `until`.

        A block for each type that has any, in the order of types. Call it once all that the world
        publishes up to `until` has been pushed; the rest waits.
        """
        due = self._take_due(until)
        if not due:
            return []
        placed = self._place(due)
        is_late = placed.published_at > until
        if is_late.any():
            self._put_back(placed.take(is_late), due)
            placed = placed.take(~is_late)
        ends = np.flatnonzero(np.diff(placed.subject, append=-1))
        self._last[placed.subject[ends] - self._first] = placed.published_at[ends]
        blocks = [self._sequence(one, placed) for one in due]
        return [block for block in blocks if len(block.number)]

    def _take_due(self, until: SimTime) -> list[_Due]:
        due, start = [], 0
        for type_index, waiting in self._waiting.items():
            found = waiting.take_due(until)
            if found is not None:
                due.append(_Due(type_index=type_index, block=found.block, rows=found.rows, start=start))
                start += len(found.rows)
        return due

    def _place(self, due: Sequence[_Due]) -> _Placed:
        subject, published_at, occurred_at = (
            np.concatenate([getattr(one.block, name)[one.rows] for one in due])
            for name in ("subject", "published_at", "occurred_at")
        )
        order, (by_subject, by_time) = sort_rows(subject, published_at)
        if _has_inversion(order, (by_subject, by_time, occurred_at), due):
            order, (by_subject, by_time, *_) = sort_rows(subject, published_at, _types_of_rows(due), occurred_at)
        return _Placed(order, by_subject, self._strictly_increasing(by_subject, by_time))

    def _strictly_increasing(self, subject: IntArray, published_at: IntArray) -> IntArray:
        """Return times[i] = max(published_at[i], times[i - 1] + 1) within each subject.

        times[i] - i is a running maximum; subjects are lifted far enough apart for one pass to serve all.
        """
        first = is_first_of_run(subject)
        starts = np.flatnonzero(first)
        times = published_at.copy()
        times[starts] = np.maximum(times[starts], self._last[subject[starts] - self._first] + 1)
        lift: IntArray = np.cumsum(first, dtype=np.int64)
        apart = int(times.max()) - int(times.min()) + len(times)
        assert len(starts) * apart < 2**62, "the times of one release lie too far apart"
        lift *= apart
        lift -= np.arange(len(times))
        times += lift
        np.maximum.accumulate(times, out=times)
        times -= lift
        return times

    def _put_back(self, late: _Placed, due: Sequence[_Due]) -> None:
        for one in due:
            rows = one.block_rows(late.place[one.holds(late.place)])
            if len(rows):
                self._waiting[one.type_index].push(one.block.take(rows))

    def _sequence(self, due: _Due, placed: _Placed) -> SequencedBlock:
        mine = placed.take(due.holds(placed.place))
        number = self._take_numbers(due.type_index, mine.subject)
        order, (partition, published_at) = sort_rows(self._partition_of[mine.subject - self._first], mine.published_at)
        block = due.block.take(due.block_rows(mine.place[order]))
        return SequencedBlock(
            block=replace(block, published_at=published_at), number=number[order], partition=partition
        )

    def _take_numbers(self, type_index: int, subject: IntArray) -> IntArray:
        upcoming = self._next_number.setdefault(type_index, np.zeros(len(self._last), dtype=np.int64))
        starts = np.flatnonzero(is_first_of_run(subject))
        counts = np.diff(starts, append=len(subject))
        within = np.arange(len(subject)) - np.repeat(starts, counts)
        who = subject[starts] - self._first
        number = np.repeat(upcoming[who], counts) + within
        upcoming[who] += counts
        return number


def _types_of_rows(due: Sequence[_Due]) -> IntArray:
    return np.repeat([one.type_index for one in due], [len(one.rows) for one in due])


def _has_inversion(order: IntArray, keys: tuple[IntArray, IntArray, IntArray], due: Sequence[_Due]) -> bool:
    """Tell whether rows tied in subject, time and type stand against the order in which they occurred.

    Subject and time are given in `order`, occurred_at is not. Rows stand type by type, so that a
    sort by subject and time leaves ties in the order of types.
    """
    subject, published_at, occurred_at = keys
    tied = (subject[1:] == subject[:-1]) & (published_at[1:] == published_at[:-1])
    if not tied.any():
        return False
    occurred_at = occurred_at[order]
    earlier = np.flatnonzero(tied & (occurred_at[1:] < occurred_at[:-1]))
    types = _types_of_rows(due)
    return bool((types[order[earlier]] == types[order[earlier + 1]]).any())
