"""Publish: ready records and whole runs, to memory, files and a real Kafka, beside a plain produce() loop."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from confluent_kafka import Producer

from benchmarks.measuring import Cost, cost_of, median_ratio
from simulator.core.records import RecordBatch
from simulator.harness.feed import WorldFeed
from simulator.harness.plan import Plan
from simulator.transports import Transport, open_transport

# What the transport's own producer is set to.
_PLAIN = {"enable.idempotence": True, "acks": "all", "compression.type": "lz4", "linger.ms": 10}
_PREFIXES = count(1)


@dataclass(frozen=True)
class KafkaCosts:
    """Goes side by side on one broker: the plain loop, ready records, and the whole way."""

    plain: list[Cost]
    placed: list[Cost]
    ready: list[Cost]
    whole: list[Cost]

    @property
    def ready_ratio(self) -> float:
        """Return ready records over the plain loop, in events per CPU-second."""
        return median_ratio(list(zip(self.ready, self.plain, strict=True)))

    @property
    def placed_ratio(self) -> float:
        """Return ready records over a plain loop that also gives partition and timestamp."""
        return median_ratio(list(zip(self.ready, self.placed, strict=True)))

    @property
    def whole_ratio(self) -> float:
        """Return generate, order, encode and publish over the plain loop, in events per CPU-second."""
        return median_ratio(list(zip(self.whole, self.plain, strict=True)))


def publish_to_memory(plan: Plan, batches: Sequence[RecordBatch]) -> Cost:
    """Publish ready records into memory."""
    return _published(plan, open_transport("memory"), batches)


def publish_to_files(plan: Plan, batches: Sequence[RecordBatch]) -> Cost:
    """Publish ready records into compressed files."""
    with tempfile.TemporaryDirectory() as folder:
        return _published(plan, open_transport(f"file:{Path(folder) / 'topics'}"), batches)


def publish_to_kafka(plan: Plan, batches: Sequence[RecordBatch], *, bootstrap: str, times: int = 3) -> KafkaCosts:
    """Publish to a real broker, each go beside a plain loop over the same bytes."""
    url = f"kafka://{bootstrap}"
    costs = KafkaCosts([], [], [], [])
    for _ in range(times):
        costs.plain.append(_plain_loop(plan, batches, bootstrap=bootstrap))
        costs.placed.append(_placed_loop(plan, batches, bootstrap=bootstrap))
        costs.ready.append(_published(plan, open_transport(url), batches))
        costs.whole.append(_whole_way(plan, open_transport(url)))
    return costs


def _published(plan: Plan, transport: Transport, batches: Sequence[RecordBatch]) -> Cost:
    prefix = _new_topics(plan, transport)
    sent = [_renamed(batch, prefix) for batch in batches]

    def send() -> int:
        for batch in sent:
            transport.publish(batch)
        transport.flush()
        return sum(map(len, sent))

    cost = cost_of(send)
    assert transport.acknowledged == cost.events, f"{transport.acknowledged} of {cost.events} acknowledged"
    transport.close()
    return cost


def _whole_way(plan: Plan, transport: Transport) -> Cost:
    prefix = _new_topics(plan, transport)

    def feed_and_send() -> int:
        feed, events = WorldFeed(plan), 0
        for until in plan.instants():
            for batch in feed.step(until, ()).batches:
                transport.publish(_renamed(batch, prefix))
                events += len(batch)
        transport.flush()
        return events

    cost = cost_of(feed_and_send)
    assert transport.acknowledged == cost.events, f"{transport.acknowledged} of {cost.events} acknowledged"
    transport.close()
    return cost


def _plain_loop(plan: Plan, batches: Sequence[RecordBatch], *, bootstrap: str) -> Cost:
    """Produce ready bytes with topic, value and key; the client finds the partition."""
    producer, prefix = _ready_producer(plan, bootstrap)
    rows = [(f"{prefix}{batch.topic}", list(batch.keys), list(batch.values)) for batch in batches]

    def produce() -> int:
        for topic, keys, values in rows:
            for key, value in zip(keys, values, strict=True):
                try:
                    producer.produce(topic, value, key)
                except BufferError:
                    producer.poll(0.1)
                    producer.produce(topic, value, key)
            producer.poll(0)
        return _flushed(producer, sum(len(values) for _, _, values in rows))

    return cost_of(produce)


def _placed_loop(plan: Plan, batches: Sequence[RecordBatch], *, bootstrap: str) -> Cost:
    """Produce the same with partition and timestamp given, as the transport must."""
    producer, prefix = _ready_producer(plan, bootstrap)
    rows = [
        (f"{prefix}{one.topic}", list(one.keys), list(one.values), one.partitions.tolist(), one.timestamps.tolist())
        for one in batches
    ]

    def produce() -> int:
        for topic, *columns in rows:
            for key, value, partition, timestamp in zip(*columns, strict=True):
                try:
                    producer.produce(topic, value, key, partition, None, None, timestamp)
                except BufferError:
                    producer.poll(0.1)
                    producer.produce(topic, value, key, partition, None, None, timestamp)
            producer.poll(0)
        return _flushed(producer, sum(len(values) for _, _, values, _, _ in rows))

    return cost_of(produce)


def _flushed(producer: Producer, sent: int) -> int:
    left = producer.flush(60)
    assert left == 0, f"{left} of {sent} not acknowledged"
    return sent


def _ready_producer(plan: Plan, bootstrap: str) -> tuple[Producer, str]:
    """Return a producer that knows the cluster, and the prefix of fresh topics."""
    transport = open_transport(f"kafka://{bootstrap}")
    prefix = _new_topics(plan, transport)
    transport.close()
    producer = Producer({"bootstrap.servers": bootstrap, **_PLAIN})
    producer.list_topics(timeout=10)
    return producer, prefix


def _new_topics(plan: Plan, transport: Transport) -> str:
    prefix = f"bench{next(_PREFIXES)}."
    transport.create_topics(plan.scenario.catalog.topics(prefix=prefix))
    return prefix


def _renamed(batch: RecordBatch, prefix: str) -> RecordBatch:
    return RecordBatch(f"{prefix}{batch.topic}", batch.partitions, batch.timestamps, batch.keys, batch.values)
