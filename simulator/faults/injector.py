"""The injector: records in, records out with faults, and a ledger of what befell which event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.catalog import Catalog, EventRef
from simulator.core.draws import Draws
from simulator.core.errors import UsageError
from simulator.core.history import Fault, FaultKind
from simulator.core.records import RecordBatch
from simulator.core.time import Milliseconds, SimTime
from simulator.faults.damage import EventCodec
from simulator.faults.kinds import Means, befall
from simulator.faults.overtaking import Overtaken, overtake
from simulator.faults.rows import Rows, join_rows, rows_of
from simulator.faults.spec import FaultSpec

_FOR_EVER = SimTime(2**62)
_UNHARMED = -1


@dataclass(frozen=True, slots=True)
class _Entry:
    """A fault, and when it came about."""

    time: int
    fault: Fault


class FaultInjector:
    """Lets faults befall the events of a run, and says so in the ledger.

    An event suffers at most one fault: that of the first spec, in the order given, whose draw
    hits it. What befalls an event depends on nothing but the seed and the event. What has no
    effect, such as a reorder that nothing overtook, is not in the ledger.
    """

    def __init__(
        self, specs: Sequence[FaultSpec], *, catalog: Catalog, draws: Draws, codec: EventCodec, seed: int
    ) -> None:
        """Inject `specs`. Raises UsageError when a kind is given twice."""
        self._specs = {spec.kind: spec for spec in specs}
        if len(self._specs) < len(specs):
            twice = next(spec.kind for spec in specs if spec is not self._specs[spec.kind])
            raise UsageError(f'fault "{twice}" is given more than once. Give each kind once.')
        self._catalog, self._draws, self._seed = catalog, draws, seed
        self._means = Means(draws=draws, codec=codec, event_types=len(catalog.event_types))
        self._held: dict[str, Rows] = {}
        self._entries: list[_Entry] = []

    def apply(self, batches: Sequence[RecordBatch], until: SimTime) -> tuple[list[RecordBatch], list[Fault]]:
        """Return the records to send now, and the faults that came about.

        `batches` hold the records up to `until` that no earlier call was given, at most one batch
        a topic. Late records, copies and records that wait to be overtaken are held back until a
        call reaches their time. What is returned is sorted by (partition, timestamp), but for
        records that waited: they keep their timestamp. Faults are sorted by time and event id.
        """
        sent = [self._send(batch, until) for batch in batches]
        for topic in sorted(self._held.keys() - {batch.topic for batch in batches}):
            sent.append(self._release(topic, [], until))
        entries, self._entries = self._entries, []
        entries.sort(key=lambda entry: (entry.time, entry.fault.event_id))
        return [batch for batch in sent if len(batch)], [entry.fault for entry in entries]

    def finish(self) -> tuple[list[RecordBatch], list[Fault]]:
        """Return what is still held back: what is late beyond the end arrives at the end."""
        return self.apply([], _FOR_EVER)

    def _send(self, batch: RecordBatch, until: int) -> RecordBatch:
        hits = self._hits(batch) if len(batch.types) else None
        if batch.topic not in self._held and (hits is None or (hits == _UNHARMED).all()):
            return batch
        parts = [] if hits is None else list(self._befallen(rows_of(batch), hits))
        return self._release(batch.topic, parts, until)

    def _hits(self, batch: RecordBatch) -> IntArray:
        """Return for each record the position of the spec that befalls it, or _UNHARMED."""
        index = self._means.index(batch)
        hits = np.full(len(batch), _UNHARMED, dtype=np.int64)
        for place, spec in reversed(list(enumerate(self._specs.values()))):
            drawn = self._draws.uniform(f"fault.{spec.kind}", batch.subjects, index)
            hits[drawn < spec.share] = place
        return hits

    def _befallen(self, rows: Rows, hits: IntArray) -> Iterator[Rows]:
        yield rows.take(hits == _UNHARMED)
        for place in np.unique(hits[hits != _UNHARMED]).tolist():
            spec, struck = list(self._specs.values())[place], rows.take(hits == place)
            found = befall(struck, spec, self._means)
            self._note(struck, spec.kind, found.details)
            yield found.rows

    def _release(self, topic: str, parts: Sequence[Rows], until: int) -> RecordBatch:
        """Return the records of a topic that are due; hold back the others."""
        held = self._held.pop(topic, None)
        rows = join_rows([*([] if held is None else [held]), *parts])
        is_due = rows.timestamps <= until
        due = rows.take(is_due).in_order()
        found = overtake(due, until=until, within=self._longest_wait())
        self._note_overtaken(due, found)
        rest = join_rows([found.waiting, rows.take(~is_due)])
        if len(rest):
            self._held[topic] = rest
        return found.sent.batch()

    def _longest_wait(self) -> Milliseconds:
        reorder = self._specs.get(FaultKind.REORDER)
        return reorder.length if reorder else Milliseconds(0)

    def _note_overtaken(self, rows: Rows, found: Overtaken) -> None:
        by = rows.take(found.by)
        overtaken = replace(rows.take(found.rows), timestamps=by.timestamps)
        self._note(overtaken, FaultKind.REORDER, [f"after {name}" for name in self._ids(by)])

    def _note(self, rows: Rows, kind: FaultKind, details: Sequence[str]) -> None:
        """Enter faults into the ledger, with the time at which each came about."""
        for time, name, detail in zip(rows.timestamps.tolist(), self._ids(rows), details, strict=False):
            self._entries.append(_Entry(time, Fault(event_id=name, kind=kind.value, detail=detail)))

    def _ids(self, rows: Rows) -> Iterator[str]:
        names = self._catalog.type_names
        for kind, subject, number in zip(
            rows.types.tolist(), rows.subjects.tolist(), rows.numbers.tolist(), strict=True
        ):
            yield self._catalog.event_id(self._seed, EventRef(names[kind], subject, number))
