"""Publish ready records and whole runs through a transport."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks.generating import plan_of, ready_batches
from benchmarks.measuring import Cost, Findings, cheapest, cost_of
from benchmarks.sizes import Sizes
from simulator.core.records import RecordBatch
from simulator.harness.feed import WorldFeed
from simulator.harness.plan import Plan
from simulator.transports import Transport, open_transport

_PREFIXES = count(1)


def measure_publishing(sizes: Sizes) -> Findings:
    """Measure publishing ready records to memory and to compressed files."""
    plan = plan_of(subjects=sizes.published_subjects, duration=sizes.duration)
    batches = ready_batches(plan)
    with tempfile.TemporaryDirectory() as folder:
        places = (f"file:{Path(folder) / str(go)}" for go in range(sizes.goes))
        to_files = [publish_ready(plan, open_transport(place), batches) for place in places]
    return Findings(
        {
            "publish to memory": cheapest(
                lambda: publish_ready(plan, open_transport("memory"), batches), goes=sizes.goes
            ),
            "publish to files": min(to_files, key=lambda cost: cost.cpu_seconds),
        }
    )


def publish_ready(plan: Plan, transport: Transport, batches: Sequence[RecordBatch]) -> Cost:
    """Return what it costs to publish ready records to new topics until all are acknowledged; close `transport`."""
    prefix = make_topics(plan, transport)
    return _publish(transport, renamed(batches, prefix), renamed(warm_up(batches), prefix))


def publish_whole_way(plan: Plan, transport: Transport, batches: Sequence[RecordBatch]) -> Cost:
    """Return what a run costs from its hidden world to acknowledged records; close `transport`.

    `batches` is the same run made ready, of which the first records warm the connection up.
    """
    prefix = make_topics(plan, transport)
    own = plan_of(subjects=plan.size.subjects, duration=plan.spec.duration or "72h", prefix=prefix)
    return _publish(transport, _fed(own), renamed(warm_up(batches), prefix))


def make_topics(plan: Plan, transport: Transport) -> str:
    """Make the topics of a run anew; return the prefix of their names."""
    prefix = f"bench{next(_PREFIXES)}."
    transport.create_topics(plan.scenario.catalog.topics(prefix=prefix))
    return prefix


def renamed(batches: Iterable[RecordBatch], prefix: str) -> list[RecordBatch]:
    """Return the records for the topics with that prefix."""
    return [replace(batch, topic=f"{prefix}{batch.topic}") for batch in batches]


def warm_up(batches: Iterable[RecordBatch]) -> list[RecordBatch]:
    """Return the first record of each topic: after it, a client knows the topic and is connected."""
    first = {batch.topic: batch for batch in reversed(list(batches)) if len(batch)}
    return [
        RecordBatch(
            topic=topic,
            partitions=batch.partitions[:1],
            timestamps=batch.timestamps[:1],
            keys=list(batch.keys[:1]),
            values=[batch.values[0]],
        )
        for topic, batch in first.items()
    ]


def _publish(transport: Transport, batches: Iterable[RecordBatch], warming: Sequence[RecordBatch]) -> Cost:
    for batch in warming:
        transport.publish(batch)
    transport.flush()
    before = transport.acknowledged

    def send() -> int:
        events = 0
        for batch in batches:
            transport.publish(batch)
            events += len(batch)
        transport.flush()
        return events

    cost = cost_of(send)
    acknowledged = transport.acknowledged - before
    transport.close()
    if acknowledged != cost.events:
        raise RuntimeError(f"{acknowledged:,} of {cost.events:,} records were acknowledged")
    return cost


def _fed(plan: Plan) -> Iterable[RecordBatch]:
    feed = WorldFeed(plan)
    for until in plan.instants():
        yield from feed.step(until, ()).batches
