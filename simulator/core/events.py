"""Events, the types they belong to, and the columnar blocks a world returns them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from simulator.core.arrays import FloatArray, IntArray
from simulator.core.time import SimTime


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened to a subject, as a consumer sees it."""

    id: str
    source: str
    type: str
    subject: str
    occurred_at: SimTime
    published_at: SimTime
    data: msgspec.Struct


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event: its name, its topic family, and what its data hold.

    `data` is the msgspec Struct of the data; its fields, their types and their Meta texts are
    the documentation, the JSON Schema and the decoder in one.
    """

    name: str
    family: str
    data: type[msgspec.Struct]
    summary: str


@dataclass(frozen=True, slots=True)
class DecisionType:
    """A kind of decision: its name and what its data hold.

    `has_subject_of_cause` says that it is about the subject of the event that led to it. One about
    something else, such as a county because of a case, says False, and nobody can then tell a
    subject that was made up.
    """

    name: str
    data: type[msgspec.Struct]
    summary: str
    has_subject_of_cause: bool = True


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few different values: row i holds `values[index[i]]`.

    Columns of one block that share the very same `index` array are encoded as one fragment.
    """

    index: IntArray
    values: tuple[str | float | int | bool | None, ...]


@dataclass(frozen=True, slots=True)
class Instants:
    """A column of instants: milliseconds since the epoch, written as RFC 3339 texts."""

    values: IntArray


Column = FloatArray | IntArray | Coded | Instants
"""Numbers are written in their shortest form, so worlds round them to what a device shows."""


@dataclass(frozen=True, slots=True)
class Block:
    """A table of events of one type, as a world returns it.

    `subject` (global subject numbers), `occurred_at` and `published_at` (milliseconds) have one
    entry a row. Dense events have `columns`, named as the fields of `type.data`; rare, nested
    ones have `objects`, one Struct of `type.data` a row. Exactly one of the two is given.
    """

    type: EventType
    subject: IntArray
    occurred_at: IntArray
    published_at: IntArray
    columns: Mapping[str, Column] | None = None
    objects: tuple[msgspec.Struct, ...] | None = None

    def __post_init__(self) -> None:
        """Check that every column has as many rows as there are subjects."""
        assert (self.columns is None) != (self.objects is None), f"{self.type.name}: columns or objects"
        assert len(self.occurred_at) == len(self.published_at) == len(self.subject)
        assert self.objects is None or len(self.objects) == len(self.subject)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.subject)

    def take(self, rows: IntArray) -> Block:
        """Return the block of the given rows, in the given order."""
        columns = self.columns and {name: take_column(column, rows) for name, column in self.columns.items()}
        if columns is not None:
            columns = _share_indexes(self.columns or {}, columns)
        objects = self.objects and tuple(map(self.objects.__getitem__, rows.tolist()))
        return Block(
            type=self.type,
            subject=self.subject[rows],
            occurred_at=self.occurred_at[rows],
            published_at=self.published_at[rows],
            columns=columns,
            objects=() if self.objects == () else objects,
        )


@dataclass(frozen=True, slots=True)
class SequencedBlock:
    """A block whose rows have their place: number, partition and final published_at.

    Rows are sorted by (partition, published_at); published_at is strictly increasing for one
    subject across all blocks of a run.
    """

    block: Block
    number: IntArray
    partition: IntArray


def take_column(column: Column, rows: IntArray) -> Column:
    """Return the given rows of a column."""
    if isinstance(column, Coded):
        return Coded(index=column.index[rows], values=column.values)
    if isinstance(column, Instants):
        return Instants(values=column.values[rows])
    return column[rows]


def _share_indexes(before: Mapping[str, Column], after: Mapping[str, Column]) -> dict[str, Column]:
    """Keep the identity of index arrays that columns share."""
    shared: dict[int, IntArray] = {}
    result: dict[str, Column] = {}
    for name, column in after.items():
        old = before[name]
        if isinstance(column, Coded) and isinstance(old, Coded):
            index = shared.setdefault(id(old.index), column.index)
            column = Coded(index=index, values=column.values)
        result[name] = column
    return result


def concatenate_columns(columns: list[Column]) -> Column:
    """Join the same column of several blocks of one type, in order."""
    first = columns[0]
    if isinstance(first, Coded):
        assert all(isinstance(other, Coded) and other.values == first.values for other in columns)
        return Coded(
            index=np.concatenate([other.index for other in columns if isinstance(other, Coded)]), values=first.values
        )
    if isinstance(first, Instants):
        return Instants(values=np.concatenate([other.values for other in columns if isinstance(other, Instants)]))
    return np.concatenate([other for other in columns if isinstance(other, np.ndarray)])
