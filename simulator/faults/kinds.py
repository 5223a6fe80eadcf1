"""The kinds of faults: what each does to the records that it befalls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.draws import Draws
from simulator.core.history import FaultKind
from simulator.core.records import Record, RecordBatch
from simulator.core.time import Milliseconds, format_duration
from simulator.faults.damage import EventCodec, corrupted, skewed
from simulator.faults.rows import PLAIN, UNSEEN, WAITING, Rows, join_rows
from simulator.faults.spec import FaultSpec


@dataclass(frozen=True, slots=True)
class Means:
    """What faults are made with: chance, the codec, the number of event types."""

    draws: Draws
    codec: EventCodec
    event_types: int

    def index(self, records: RecordBatch) -> IntArray:
        """Return what tells a subject's events apart, one number a record."""
        return records.numbers * self.event_types + records.types


@dataclass(frozen=True, slots=True)
class Befallen:
    """What became of the rows a fault befell, and what was done to each of them."""

    rows: Rows
    details: list[str]


def befall(records: RecordBatch, spec: FaultSpec, means: Means) -> Befallen:
    """Let a fault befall all the records.

    Of a reorder nothing can be told yet, so it has no details.
    """
    rows = Rows(records, np.full(len(records), PLAIN, dtype=np.int64))
    return _KINDS[spec.kind](rows, spec, means)


def _late(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    records = rows.records
    drawn = means.draws.exponential("fault.late.length", records.subjects, means.index(records))
    lateness = np.maximum(1, np.rint(drawn * spec.length).astype(np.int64))
    details = [f"published {format_duration(Milliseconds(length))} late" for length in lateness.tolist()]
    return Befallen(replace(rows, records=_moved(records, lateness)), details)


def _duplicate(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    copies = Rows(_moved(rows.records, spec.length), np.full(len(rows), UNSEEN, dtype=np.int64))
    return Befallen(join_rows([rows, copies]), [f"again after {format_duration(spec.length)}"] * len(rows))


def _drop(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    return Befallen(rows.take(np.empty(0, dtype=np.int64)), ["never sent"] * len(rows))


def _reorder(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    return Befallen(Rows(rows.records, np.full(len(rows), WAITING, dtype=np.int64)), [])


def _corrupt(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    records = rows.records
    drawn = means.draws.uniform("fault.corrupt.place", records.subjects, means.index(records))
    lengths = np.fromiter(map(len, records.values), dtype=np.int64, count=len(rows))
    places = (drawn * lengths).astype(np.int64).tolist()
    done = [corrupted(_record(records, row), means.codec, place=place) for row, place in enumerate(places)]
    unreadable = replace(records, values=[value for value, _ in done])
    return Befallen(Rows(unreadable, np.full(len(rows), UNSEEN, dtype=np.int64)), [what for _, what in done])


def _clock_skew(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    records, by = rows.records, spec.length
    values = [skewed(_record(records, row), means.codec, by=by) for row in range(len(rows))]
    told = replace(records, values=values, occurred=records.occurred + by)
    way = "later" if by > 0 else "earlier"
    details = [f"occurred_at {format_duration(Milliseconds(abs(by)))} {way}"] * len(rows)
    return Befallen(replace(rows, records=told), details)


_KINDS: Mapping[FaultKind, Callable[[Rows, FaultSpec, Means], Befallen]] = {
    FaultKind.LATE: _late,
    FaultKind.DUPLICATE: _duplicate,
    FaultKind.DROP: _drop,
    FaultKind.REORDER: _reorder,
    FaultKind.CORRUPT: _corrupt,
    FaultKind.CLOCK_SKEW: _clock_skew,
}


def _moved(records: RecordBatch, by: IntArray | int) -> RecordBatch:
    return replace(records, timestamps=records.timestamps + by)


def _record(records: RecordBatch, row: int) -> Record:
    return Record(
        topic=records.topic,
        partition=int(records.partitions[row]),
        offset=row,
        timestamp=int(records.timestamps[row]),
        key=records.keys[row],
        value=records.values[row],
    )
