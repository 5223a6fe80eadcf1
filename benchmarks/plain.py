"""The yardstick: a plain produce() loop over ready bytes, with the settings of our own producer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from confluent_kafka import Producer

from benchmarks.measuring import Cost, cost_of
from benchmarks.publishing import warm_up
from simulator.core.records import RecordBatch

# Those of the transport, so that nothing but the loop differs; a test holds them together.
PLAIN_SETTINGS: dict[str, str | int | bool] = {
    "enable.idempotence": True,
    "acks": "all",
    "compression.type": "lz4",
    "linger.ms": 10,
    "message.timeout.ms": 30_000,
    "delivery.report.only.error": True,
}
_FLUSH_SECONDS = 60.0
_ROOM_SECONDS = 0.1  # as the transport waits for room


def plain_loop(batches: Sequence[RecordBatch], *, bootstrap: str, is_placed: bool) -> Cost:
    """Return what produce(topic, value, key) costs until all is acknowledged.

    Where `is_placed`, partition and timestamp are given too, as our transport does; else the
    client finds the partition by itself. The producer is made and knows its topics beforehand.
    """
    failed: list[object] = []
    own = {"bootstrap.servers": bootstrap, "on_delivery": lambda error, _: failed.append(error)}
    producer = Producer({**PLAIN_SETTINGS, **own})
    produce = _produce_placed if is_placed else _produce
    _until_acknowledged(producer, warm_up(batches), produce)
    cost = cost_of(lambda: _until_acknowledged(producer, batches, produce))
    if failed:
        raise RuntimeError(f"{len(failed):,} of {cost.events:,} records were refused: {failed[0]}")
    return cost


def _until_acknowledged(
    producer: Producer, batches: Sequence[RecordBatch], produce: Callable[[Producer, RecordBatch], None]
) -> int:
    for batch in batches:
        produce(producer, batch)
        producer.poll(0)
    left = producer.flush(_FLUSH_SECONDS)
    if left:
        raise RuntimeError(f"{left:,} records were not acknowledged")
    return sum(map(len, batches))


def _produce(producer: Producer, batch: RecordBatch) -> None:
    produce, topic = producer.produce, batch.topic
    for value, key in zip(batch.values, batch.keys, strict=True):
        try:
            produce(topic, value, key)
        except BufferError:
            _produce_when_room(producer, topic, value, key)


def _produce_placed(producer: Producer, batch: RecordBatch) -> None:
    produce, topic = producer.produce, batch.topic
    rows = zip(batch.values, batch.keys, batch.partitions.tolist(), batch.timestamps.tolist(), strict=True)
    for value, key, partition, timestamp in rows:
        try:
            produce(topic, value, key, partition, None, None, timestamp)
        except BufferError:
            _produce_when_room(producer, topic, value, key, partition, None, None, timestamp)


def _produce_when_room(producer: Producer, *record: object) -> None:
    while True:
        producer.poll(_ROOM_SECONDS)
        try:
            producer.produce(*record)
        except BufferError:
            continue
        return
