"""Rows: records on their way through the faults, of one topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import BoolArray, IntArray
from simulator.core.ordering import sort_rows
from simulator.core.records import RecordBatch

PLAIN = 0
UNSEEN = 1  # a copy or unreadable: nobody can tell by it that a record was overtaken
WAITING = 2  # for a record that overtakes it


@dataclass(frozen=True, slots=True)
class Rows:
    """Records with a mark each: PLAIN, UNSEEN or WAITING."""

    records: RecordBatch
    marks: IntArray

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.marks)

    def take(self, rows: IntArray | BoolArray) -> Rows:
        """Return the given rows, in the given order."""
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Rows(take_records(self.records, np.asarray(places, dtype=np.int64)), self.marks[places])

    def in_order(self) -> Rows:
        """Return the rows by partition, timestamp, subject, type and number."""
        one = self.records
        order, _ = sort_rows(one.partitions, one.timestamps, one.subjects, one.types, one.numbers)
        return self.take(order)


def take_records(records: RecordBatch, rows: IntArray) -> RecordBatch:
    """Return the given rows of a batch of events, in the given order."""
    places = rows.tolist()
    return RecordBatch(
        topic=records.topic,
        partitions=records.partitions[rows],
        timestamps=records.timestamps[rows],
        keys=[records.keys[row] for row in places],
        values=[records.values[row] for row in places],
        types=records.types[rows],
        subjects=records.subjects[rows],
        numbers=records.numbers[rows],
        occurred=records.occurred[rows] if len(records.occurred) else records.occurred,
    )


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Return the rows of several tables of one topic, one after the other."""
    batches = [part.records for part in parts]
    joined = RecordBatch(
        topic=batches[0].topic,
        partitions=np.concatenate([one.partitions for one in batches]),
        timestamps=np.concatenate([one.timestamps for one in batches]),
        keys=[key for one in batches for key in one.keys],
        values=[value for one in batches for value in one.values],
        types=np.concatenate([one.types for one in batches]),
        subjects=np.concatenate([one.subjects for one in batches]),
        numbers=np.concatenate([one.numbers for one in batches]),
        occurred=np.concatenate([one.occurred for one in batches]),
    )
    return Rows(joined, np.concatenate([part.marks for part in parts]))
