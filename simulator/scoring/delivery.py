"""Delivery: what became of each published event, and whether an injected fault explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import BoolArray, IntArray
from simulator.core.catalog import Catalog
from simulator.core.events import Event
from simulator.core.history import Delivery, Fault, FaultKind
from simulator.core.records import Record, RecordBatch
from simulator.scoring.arrival_order import ArrivalOrder, grown
from simulator.scoring.event_keys import FOREIGN, EventKeys
from simulator.scoring.expected import Expected
from simulator.scoring.outstanding import Outstanding, Published

_ARRIVALS_AT_ONCE = 16_384  # our choice: enough to spread the cost of each look-up
_UNKNOWN = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class DeliveryFindings:
    """What the audit found, by event.

    `found` has, for each kind of fault, the keys of the events that it befell. A key stands as
    often as it was found: twice for an event that arrived three times. `foreign` counts what
    arrived and was never published.
    """

    published: int
    received: int
    foreign: int
    found: Mapping[FaultKind, IntArray]
    keys: EventKeys

    def event_ids(self, kind: FaultKind) -> list[str]:
        """Return the ids of the events that a kind of fault befell, sorted by subject."""
        return self.keys.write(np.sort(self.found[kind]))

    def without_effect(self, ledger: Sequence[Fault]) -> list[Fault]:
        """Return the faults of the ledger that the audit did not find."""
        found = {kind: set(self.event_ids(kind)) for kind in self.found}
        return [fault for fault in ledger if fault.event_id not in found.get(FaultKind(fault.kind), ())]

    def judged(self, ledger: Sequence[Fault]) -> Delivery:
        """Tell faults from bugs: count what the ledger does not explain.

        An unreadable event counts as lost; one that came with other times than it was published
        with, as a phantom: nobody sent it so.
        """
        bugs = {kind: len(self._unexplained(kind, ledger)) for kind in FaultKind}
        return Delivery(
            published=self.published,
            received=self.received,
            lost=bugs[FaultKind.DROP] + bugs[FaultKind.CORRUPT],
            duplicated=bugs[FaultKind.DUPLICATE],
            reordered=bugs[FaultKind.REORDER],
            phantom=self.foreign + bugs[FaultKind.LATE] + bugs[FaultKind.CLOCK_SKEW],
            faults=len(ledger),
        )

    def _unexplained(self, kind: FaultKind, ledger: Sequence[Fault]) -> IntArray:
        injected = self.keys.read([fault.event_id for fault in ledger if fault.kind == kind.value])
        keys, counts = np.unique(self.found[kind], return_counts=True)
        return np.repeat(keys, counts - np.isin(keys, injected))


class DeliveryAudit:
    """Compares what was published with what a consumer received.

    Memory stays flat: it keeps the events that are on their way, the number of events of each type and subject,
    and a time for each subject and topic. An event must be told to `published` before it is
    told to `received`.
    """

    def __init__(self, catalog: Catalog, *, seed: int) -> None:
        """Audit a run of `catalog` with `seed`."""
        self._catalog, self._keys = catalog, EventKeys(catalog, seed=seed)
        families = {name: index for index, name in enumerate(catalog.families)}
        self._families = np.array([families[one.family] for one in catalog.event_types], dtype=np.int64)
        self._counts = np.empty(0, dtype=np.int64)
        self._expected: Expected | None = Expected()
        self._outstanding, self._order = Outstanding(), ArrivalOrder()
        self._arrivals: list[Event] = []
        self._unreadable: list[tuple[int | None, int]] = []
        self._found: dict[FaultKind, list[IntArray]] = {kind: [] for kind in FaultKind}
        self._published = self._received = self._foreign = 0

    def published(self, batch: RecordBatch) -> None:
        """Take in records as they were before any fault.

        Records that are no events are passed over.
        """
        if not len(batch.types):
            return
        keys = self._keys.pack(batch.types, batch.subjects, batch.numbers)
        self._published += len(batch)
        slots = self._slots(keys)
        self._counts = grown(self._counts, int(slots.max()) + 1, fill=0)
        np.maximum.at(self._counts, slots, batch.numbers + 1)
        if self._expected is None:
            self._outstanding.add(_published(batch, keys))
        else:
            self._expected.add(batch)

    def intact(self, records: Sequence[Record]) -> bool:
        """Say whether records are just what was published next, and so received.

        `records` are of one partition of one topic, in the order of their offsets. Where it is
        not so, and ever after, each event is to be told to `received` or `undecodable`.
        """
        if self._expected is None:
            return False
        if not self._expected.take(records):
            self._look_closer()
            return False
        self._received += len(records)
        return True

    def received(self, event: Event) -> None:
        """Take in an event as the consumer got it, in the order of its partition."""
        self._arrivals.append(event)
        if len(self._arrivals) >= _ARRIVALS_AT_ONCE:
            self._settle()

    def undecodable(self, record: Record) -> None:
        """Take in a record that could not be read; key and time say which it was."""
        name = record.key.decode("utf-8", errors="replace")
        self._unreadable.append((self._catalog.subject_number(name), record.timestamp))

    def findings(self) -> DeliveryFindings:
        """Return what was found so far; what has not arrived by now counts as missing."""
        self._settle()
        missing = self._outstanding.rest()
        is_corrupt = self._is_corrupt(missing)
        found = {kind: np.concatenate([*keys, _NO_KEYS]) for kind, keys in self._found.items()}
        found[FaultKind.DROP] = missing.keys[~is_corrupt]
        found[FaultKind.CORRUPT] = missing.keys[is_corrupt]
        return DeliveryFindings(
            published=self._published,
            received=self._received,
            foreign=self._foreign + len(self._unreadable) - int(np.count_nonzero(is_corrupt)),
            found=found,
            keys=self._keys,
        )

    def never_published(self, ids: Sequence[str]) -> list[str]:
        """Return the ids that name no event published so far, as often as given."""
        is_known = self._was_published(self._keys.read(list(ids))) if ids else ()
        return [one for one, known in zip(ids, is_known, strict=True) if not known]

    def close(self, ledger: Sequence[Fault]) -> Delivery:
        """Return the counts of what the ledger of injected faults does not explain."""
        return self.findings().judged(ledger)

    def _look_closer(self) -> None:
        """From now on compare event by event: something was not as published."""
        if self._expected is not None:
            for span in self._expected.rest():
                rows, batch = span.rows, span.batch
                keys = self._keys.pack(batch.types[rows], batch.subjects[rows], batch.numbers[rows])
                self._outstanding.add(_published(batch, keys, rows))
            self._expected = None

    def _settle(self) -> None:
        """Compare the arrivals that were taken in with what was published."""
        self._look_closer()
        arrivals, self._arrivals = self._arrivals, []
        keys = self._keys.read([event.id for event in arrivals])
        _, firsts = np.unique(keys, return_index=True)
        firsts = np.sort(firsts)
        is_found, published = self._outstanding.take(keys[firsts])
        is_receipt = np.zeros(len(keys), dtype=np.bool_)
        is_receipt[firsts[is_found]] = True
        self._note_others(keys[~is_receipt])
        self._note_receipts([arrivals[row] for row in np.flatnonzero(is_receipt).tolist()], published)

    def _note_others(self, keys: IntArray) -> None:
        is_known = self._was_published(keys)
        self._found[FaultKind.DUPLICATE].append(keys[is_known])
        self._foreign += int(np.count_nonzero(~is_known))

    def _note_receipts(self, arrivals: Sequence[Event], published: Published) -> None:
        keys = published.keys
        self._received += len(keys)
        published_at = _times([event.published_at for event in arrivals])
        occurred_at = _times([event.occurred_at for event in arrivals])
        groups = self._keys.subjects(keys) * len(self._catalog.families) + self._families[self._keys.types(keys)]
        is_skewed = (occurred_at != published.occurred_at) & (published.occurred_at != _UNKNOWN)
        self._found[FaultKind.REORDER].append(keys[self._order.is_behind(groups, published_at)])
        self._found[FaultKind.LATE].append(keys[published_at != published.published_at])
        self._found[FaultKind.CLOCK_SKEW].append(keys[is_skewed])

    def _was_published(self, keys: IntArray) -> BoolArray:
        is_ours = keys != FOREIGN
        slots = np.where(is_ours, self._slots(keys), 0)
        counts = grown(self._counts, int(slots.max(initial=0)) + 1, fill=0)
        is_published: BoolArray = is_ours & (self._keys.numbers(keys) < counts[slots])
        return is_published

    def _slots(self, keys: IntArray) -> IntArray:
        """Return the places of the events' types and subjects among the counts."""
        return self._keys.subjects(keys) * len(self._catalog.event_types) + self._keys.types(keys)

    def _is_corrupt(self, missing: Published) -> BoolArray:
        # published_at is strictly increasing for one subject, so the two name one event.
        unreadable = {place for place in self._unreadable if place[0] is not None}
        if not unreadable:
            return np.zeros(len(missing.keys), dtype=np.bool_)
        places = zip(self._keys.subjects(missing.keys).tolist(), missing.published_at.tolist(), strict=True)
        return np.fromiter((place in unreadable for place in places), dtype=np.bool_, count=len(missing.keys))


def _published(batch: RecordBatch, keys: IntArray, rows: IntArray | slice = slice(None)) -> Published:
    occurred = batch.occurred if len(batch.occurred) else np.full(len(batch), _UNKNOWN)
    return Published(keys, batch.timestamps[rows], occurred[rows])


_NO_KEYS: IntArray = np.empty(0, dtype=np.int64)


def _times(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)
