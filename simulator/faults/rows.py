"""Rows: records of events of one topic, on their way through the faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from simulator.core.arrays import BoolArray, IntArray
from simulator.core.ordering import sort_rows
from simulator.core.records import Record, RecordBatch

PLAIN = 0
UNSEEN = 1  # a copy or unreadable: nobody can tell by it that a record was overtaken
WAITING = 2  # for a record that overtakes it

BytesArray = npt.NDArray[np.object_]
"""An array of byte strings: picked and joined without a loop in Python."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of a RecordBatch of events, and a mark: PLAIN, UNSEEN or WAITING."""

    topic: str
    marks: IntArray
    partitions: IntArray
    timestamps: IntArray
    keys: BytesArray
    values: BytesArray
    types: IntArray
    subjects: IntArray
    numbers: IntArray
    occurred: IntArray

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.marks)

    def take(self, rows: IntArray | BoolArray) -> Rows:
        """Return the given rows, in the given order."""
        return Rows(self.topic, *(getattr(self, name)[rows] for name in _COLUMNS))

    def in_order(self) -> Rows:
        """Return the rows by partition, timestamp, subject, type and number."""
        order, _ = sort_rows(self.partitions, self.timestamps, self.subjects, self.types, self.numbers)
        return self.take(order)

    def record(self, row: int) -> Record:
        """Return one row as a record; its offset is the row."""
        return Record(
            topic=self.topic,
            partition=int(self.partitions[row]),
            offset=row,
            timestamp=int(self.timestamps[row]),
            key=self.keys[row],
            value=self.values[row],
        )

    def batch(self) -> RecordBatch:
        """Return the rows without their marks."""
        return RecordBatch(
            topic=self.topic,
            partitions=self.partitions,
            timestamps=self.timestamps,
            keys=self.keys.tolist(),
            values=self.values.tolist(),
            types=self.types,
            subjects=self.subjects,
            numbers=self.numbers,
            occurred=self.occurred,
        )


_COLUMNS = [column.name for column in fields(Rows) if column.name != "topic"]


def rows_of(batch: RecordBatch) -> Rows:
    """Return the records of a batch of events, all PLAIN."""
    return Rows(
        topic=batch.topic,
        marks=np.full(len(batch), PLAIN, dtype=np.int64),
        partitions=batch.partitions,
        timestamps=batch.timestamps,
        keys=byte_strings(batch.keys),
        values=byte_strings(batch.values),
        types=batch.types,
        subjects=batch.subjects,
        numbers=batch.numbers,
        occurred=batch.occurred,
    )


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Return the rows of several tables of one topic, one after the other."""
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS)
    return Rows(parts[0].topic, *columns)


def byte_strings(values: Sequence[bytes]) -> BytesArray:
    """Return byte strings as an array."""
    # numpy would make bytes of one width of them, and cut off zero bytes at their ends.
    return np.fromiter(values, dtype=np.object_, count=len(values))
