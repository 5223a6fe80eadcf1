"""The kinds of faults: what each does to the records that it befalls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.draws import Draws
from simulator.core.history import FaultKind
from simulator.core.records import RecordBatch
from simulator.core.time import Milliseconds, format_duration
from simulator.faults.damage import EventCodec, corrupted, skewed
from simulator.faults.rows import UNSEEN, WAITING, Rows, byte_strings, join_rows
from simulator.faults.spec import FaultSpec


@dataclass(frozen=True, slots=True)
class Means:
    """What faults are made with: chance, the codec, the number of event types."""

    draws: Draws
    codec: EventCodec
    event_types: int

    def index(self, records: RecordBatch | Rows) -> IntArray:
        """Return what tells a subject's events apart, one number a record."""
        return records.numbers * self.event_types + records.types


@dataclass(frozen=True, slots=True)
class Befallen:
    """What became of the rows a fault befell, and what was done to each of them.

    Of a reorder nothing can be told yet, so it has no details.
    """

    rows: Rows
    details: list[str]


def befall(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    """Let a fault befall all the rows."""
    return _KINDS[spec.kind](rows, spec, means)


def _late(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    drawn = means.draws.exponential("fault.late.length", rows.subjects, means.index(rows))
    lateness = np.maximum(1, np.rint(drawn * spec.length).astype(np.int64))
    details = [f"published {format_duration(Milliseconds(length))} late" for length in lateness.tolist()]
    return Befallen(replace(rows, timestamps=rows.timestamps + lateness), details)


def _duplicate(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    copies = replace(_marked(rows, UNSEEN), timestamps=rows.timestamps + spec.length)
    return Befallen(join_rows([rows, copies]), [f"again after {format_duration(spec.length)}"] * len(rows))


def _drop(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    return Befallen(rows.take(np.empty(0, dtype=np.int64)), ["never sent"] * len(rows))


def _reorder(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    return Befallen(_marked(rows, WAITING), [])


def _corrupt(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    drawn = means.draws.uniform("fault.corrupt.place", rows.subjects, means.index(rows))
    lengths = np.fromiter(map(len, rows.values), dtype=np.int64, count=len(rows))
    places = (drawn * lengths).astype(np.int64).tolist()
    done = [corrupted(rows.record(row), means.codec, place=place) for row, place in enumerate(places)]
    unreadable = replace(_marked(rows, UNSEEN), values=byte_strings([value for value, _ in done]))
    return Befallen(unreadable, [what for _, what in done])


def _clock_skew(rows: Rows, spec: FaultSpec, means: Means) -> Befallen:
    by = spec.length
    values = byte_strings([skewed(rows.record(row), means.codec, by=by) for row in range(len(rows))])
    way = "later" if by > 0 else "earlier"
    details = [f"occurred_at {format_duration(Milliseconds(abs(by)))} {way}"] * len(rows)
    return Befallen(replace(rows, values=values, occurred=rows.occurred + by), details)


_KINDS: Mapping[FaultKind, Callable[[Rows, FaultSpec, Means], Befallen]] = {
    FaultKind.LATE: _late,
    FaultKind.DUPLICATE: _duplicate,
    FaultKind.DROP: _drop,
    FaultKind.REORDER: _reorder,
    FaultKind.CORRUPT: _corrupt,
    FaultKind.CLOCK_SKEW: _clock_skew,
}


def _marked(rows: Rows, mark: int) -> Rows:
    return replace(rows, marks=np.full(len(rows), mark, dtype=np.int64))
