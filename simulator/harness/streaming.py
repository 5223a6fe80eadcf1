"""Typed events of a scenario, in order, lazily: no wire, no consumer."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from simulator.core.events import Event
from simulator.core.records import Record, RecordBatch
from simulator.harness.plan import make_plan
from simulator.harness.run import make_feed
from simulator.harness.spec import RunSpec


def stream_events(spec: RunSpec) -> Iterator[Event]:
    """Return the events of a run in the order in which they are published.

    What comes out is what a consumer would decode. Raises UsageError at the first event when
    the spec cannot be.
    """
    plan = make_plan(msgspec.structs.replace(spec, consumer="none"))
    codec, feed = plan.codec(), make_feed(plan)
    try:
        for until in plan.instants():
            records = [record for batch in feed.step(until, ()).batches for record in batch_records(batch)]
            for record in sorted(records, key=lambda record: (record.timestamp, record.key)):
                yield codec.decode(record)
    finally:
        feed.close()


def batch_records(batch: RecordBatch) -> Iterator[Record]:
    """Return the records of a batch; the offset is the place in the batch."""
    rows = zip(batch.partitions.tolist(), batch.timestamps.tolist(), batch.keys, batch.values, strict=True)
    for offset, (partition, timestamp, key, value) in enumerate(rows):
        yield Record(topic=batch.topic, partition=partition, offset=offset, timestamp=timestamp, key=key, value=value)
