"""Conformance of faults: the ledger and the judge agree to the event.

Give the record batches of your own stream; each check raises AssertionError with what differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.codecs.protocol import Codec
from simulator.core.catalog import Catalog
from simulator.core.draws import Draws
from simulator.core.errors import CodecError
from simulator.core.history import Delivery, Fault, FaultKind
from simulator.core.records import Record, RecordBatch
from simulator.core.time import SimTime
from simulator.faults import FaultInjector, FaultSpec
from simulator.scoring import DeliveryAudit, DeliveryFindings


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as it was published, cut into steps: the end of each, and its batches."""

    catalog: Catalog
    codec: Codec
    seed: int
    steps: Sequence[tuple[SimTime, Sequence[RecordBatch]]]


@dataclass(frozen=True, slots=True)
class Faulted:
    """What came of a stream: the records as sent, in order, and the ledger of faults."""

    records: tuple[Record, ...]
    ledger: tuple[Fault, ...]


def inject(stream: Stream, specs: Sequence[FaultSpec]) -> Faulted:
    """Send a stream through faults."""
    draws = Draws(stream.seed)
    injector = FaultInjector(specs, catalog=stream.catalog, draws=draws, codec=stream.codec, seed=stream.seed)
    passed = [injector.apply(batches, until) for until, batches in stream.steps]
    passed.append(injector.finish())
    return Faulted(
        records=tuple(record for batches, _ in passed for batch in batches for record in records_of(batch)),
        ledger=tuple(fault for _, faults in passed for fault in faults),
    )


def records_of(batch: RecordBatch) -> list[Record]:
    """Return the records of a batch, numbered from 0 within it."""
    columns = zip(batch.partitions.tolist(), batch.timestamps.tolist(), batch.keys, batch.values, strict=True)
    return [
        Record(topic=batch.topic, partition=partition, offset=offset, timestamp=timestamp, key=key, value=value)
        for offset, (partition, timestamp, key, value) in enumerate(columns)
    ]


def audited(stream: Stream, records: Sequence[Record]) -> DeliveryFindings:
    """Return what an audit finds when a consumer receives `records` of a stream."""
    audit = DeliveryAudit(stream.catalog, seed=stream.seed)
    for _, batches in stream.steps:
        for batch in batches:
            audit.published(batch)
    for record in records:
        try:
            audit.received(stream.codec.decode(record))
        except CodecError:
            audit.undecodable(record)
    return audit.findings()


def check_ledger(stream: Stream, faulted: Faulted) -> None:
    """Check that the audit finds the very events of the ledger, and no bug."""
    findings = audited(stream, faulted.records)
    for kind in FaultKind:
        injected = sorted(fault.event_id for fault in faulted.ledger if fault.kind == kind.value)
        found = sorted(findings.event_ids(kind))
        assert found == injected, f"{kind}: ledger and audit differ in {sorted(set(found) ^ set(injected))}"
    judged = findings.judged(faulted.ledger)
    bugs = Delivery(published=judged.published, received=judged.received, faults=judged.faults)
    assert judged == bugs, f"faults alone were judged as {judged}"
