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
from simulator.core.concatenation import concatenate_blocks
from simulator.core.events import Block, SequencedBlock
from simulator.core.ordering import is_first_of_run, order_by
from simulator.core.time import SimTime

_NEVER = -(2**62)


@dataclass(frozen=True, slots=True)
class _Due:
    """The rows of one type's block that a release considers; `start` is where they stand among all types' rows."""

    type_index: int
    block: Block
    rows: IntArray
    start: int

    @property
    def stop(self) -> int:
        return self.start + len(self.rows)


@dataclass(frozen=True, slots=True)
class _Placed:
    """All due rows in canonical order, subject by subject, with final times."""

    order: IntArray
    subject: IntArray
    published_at: IntArray
    is_released: BoolArray


class Sequencer:
    """Take the blocks of a world's steps, return them in publishing order.

    What comes out does not depend on the length of the steps, if the world keeps its promise
    (`World.step`) and one more: rows of one type about one subject with equal published_at and
    equal occurred_at are returned in an order that no step length changes.

    `partition_of_subject` is indexed by global subject number.
    """

    def __init__(self, catalog: Catalog, partition_of_subject: IntArray) -> None:
        """Start with nothing published about anybody."""
        self._type_indexes = {name: index for index, name in enumerate(catalog.type_names)}
        self._partition_of = partition_of_subject
        self._last = np.full(len(partition_of_subject), _NEVER, dtype=np.int64)
        self._next_number: dict[int, IntArray] = {}
        self._waiting: dict[int, list[Block]] = {index: [] for index in self._type_indexes.values()}

    def push(self, blocks: Iterable[Block]) -> None:
        """Take in the blocks of a step."""
        for block in blocks:
            if len(block):
                self._waiting[self._type_indexes[block.type.name]].append(block)

    def release(self, until: SimTime) -> list[SequencedBlock]:
        """Return the rows whose final published_at is at most `until`: a block for each type that has any.

        Call it once all that the world publishes up to `until` has been pushed. The rest waits.
        """
        due = self._take_due(until)
        if not due:
            return []
        placed = self._place(due, until)
        self._remember(placed)
        blocks = [self._sequence(one, placed) for one in due]
        return [block for block in blocks if len(block.number)]

    def _take_due(self, until: SimTime) -> list[_Due]:
        due, start = [], 0
        for type_index, blocks in self._waiting.items():
            if not blocks:
                continue
            block = concatenate_blocks(blocks)
            is_due = block.published_at <= until
            rows = np.flatnonzero(is_due)
            self._waiting[type_index] = [block] if len(rows) == 0 else _rest(block, ~is_due)
            if len(rows):
                due.append(_Due(type_index=type_index, block=block, rows=rows, start=start))
                start += len(rows)
        return due

    def _place(self, due: Sequence[_Due], until: SimTime) -> _Placed:
        subject = _gather([one.block.subject for one in due], due)
        published_at = _gather([one.block.published_at for one in due], due)
        occurred_at = _gather([one.block.occurred_at for one in due], due)
        order = order_by(subject, published_at)
        if _has_inversion(order, (subject, published_at, occurred_at), due):
            order = order_by(subject, published_at, _types_of_rows(due), occurred_at)
        subject = subject[order]
        final = self._strictly_increasing(subject, published_at[order])
        return _Placed(order=order, subject=subject, published_at=final, is_released=final <= until)

    def _strictly_increasing(self, subject: IntArray, published_at: IntArray) -> IntArray:
        """Return times[i] = max(published_at[i], times[i - 1] + 1) within each subject.

        times[i] - i is a running maximum; subjects are lifted far enough apart for one pass to serve all.
        """
        first = is_first_of_run(subject)
        starts = np.flatnonzero(first)
        earliest = published_at.copy()
        earliest[starts] = np.maximum(published_at[starts], self._last[subject[starts]] + 1)
        apart = int(earliest.max()) - int(earliest.min()) + len(earliest)
        lift = np.cumsum(first) * apart - np.arange(len(earliest))
        times: IntArray = np.maximum.accumulate(earliest + lift) - lift
        return times

    def _remember(self, placed: _Placed) -> None:
        goes_on = np.zeros(len(placed.subject), dtype=np.bool_)
        np.equal(placed.subject[1:], placed.subject[:-1], out=goes_on[:-1])
        goes_on[:-1] &= placed.is_released[1:]
        last = np.flatnonzero(placed.is_released & ~goes_on)
        self._last[placed.subject[last]] = placed.published_at[last]

    def _sequence(self, due: _Due, placed: _Placed) -> SequencedBlock:
        mine = np.flatnonzero((placed.order >= due.start) & (placed.order < due.stop))
        is_released = placed.is_released[mine]
        if not is_released.all():
            back = due.rows[placed.order[mine[~is_released]] - due.start]
            self._waiting[due.type_index].insert(0, due.block.take(back))
            mine = mine[is_released]
        subject, published_at = placed.subject[mine], placed.published_at[mine]
        number = self._take_numbers(due.type_index, subject)
        partition = self._partition_of[subject]
        order = order_by(partition, published_at)
        block = due.block.take(due.rows[placed.order[mine[order]] - due.start])
        return SequencedBlock(
            block=replace(block, published_at=published_at[order]),
            number=number[order],
            partition=partition[order],
        )

    def _take_numbers(self, type_index: int, subject: IntArray) -> IntArray:
        upcoming = self._next_number.setdefault(type_index, np.zeros(len(self._last), dtype=np.int64))
        starts = np.flatnonzero(is_first_of_run(subject))
        counts = np.diff(starts, append=len(subject))
        within = np.arange(len(subject)) - np.repeat(starts, counts)
        who = subject[starts]
        number = np.repeat(upcoming[who], counts) + within
        upcoming[who] += counts
        return number


def _rest(block: Block, is_kept: BoolArray) -> list[Block]:
    rows = np.flatnonzero(is_kept)
    return [block.take(rows)] if len(rows) else []


def _gather(columns: Sequence[IntArray], due: Sequence[_Due]) -> IntArray:
    parts = [column[one.rows] for column, one in zip(columns, due, strict=True)]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _types_of_rows(due: Sequence[_Due]) -> IntArray:
    return np.repeat([one.type_index for one in due], [len(one.rows) for one in due])


def _has_inversion(order: IntArray, keys: tuple[IntArray, IntArray, IntArray], due: Sequence[_Due]) -> bool:
    """Tell whether rows tied in subject, time and type stand against the order in which they occurred.

    Rows stand type by type, so that a sort by subject and time leaves ties in the order of types.
    """
    subject, published_at, occurred_at = (key[order] for key in keys)
    tied = (subject[1:] == subject[:-1]) & (published_at[1:] == published_at[:-1])
    earlier = np.flatnonzero(tied & (occurred_at[1:] < occurred_at[:-1]))
    if len(earlier) == 0:
        return False
    types = _types_of_rows(due)[order]
    return bool((types[earlier] == types[earlier + 1]).any())
