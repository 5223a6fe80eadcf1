"""What every runtime must know of the wire: the topics, their names, and how records are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import merge

import msgspec

from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.codecs.protocol import Codec
from simulator.core.catalog import Catalog, Topic
from simulator.core.clock import ClockReached, ClockTicked
from simulator.core.decisions import DeadLetter
from simulator.core.errors import CodecError
from simulator.core.partitioning import clock_keys, partition_of
from simulator.core.records import Record
from simulator.core.reducers import Consumer
from simulator.core.time import SimTime


@dataclass(frozen=True, slots=True)
class Wiring:
    """How a scenario's records are named and written in one run or deployment.

    `seed` goes into the `source` of decisions and nowhere else.
    """

    catalog: Catalog
    codec: Codec
    seed: int
    prefix: str = ""
    decision_codec: DecisionCodec = field(init=False)
    clock_codec: ClockCodec = field(init=False)
    clock_keys: Sequence[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Make the codecs of the product's own records."""
        object.__setattr__(self, "decision_codec", DecisionCodec(self.catalog, seed=self.seed))
        object.__setattr__(self, "clock_codec", ClockCodec(self.catalog, seed=self.seed))
        object.__setattr__(self, "clock_keys", clock_keys(self.catalog))

    @property
    def clock_topic(self) -> str:
        """Return the name of the topic that the clock ticks in."""
        return self.catalog.topic("clock", prefix=self.prefix)

    @property
    def decisions_topic(self) -> str:
        """Return the name of the topic that decisions go to."""
        return self.catalog.topic("decisions", prefix=self.prefix)

    @property
    def dead_letters_topic(self) -> Topic:
        """Return the topic for records that could not be used."""
        return Topic(self.catalog.topic("dead-letters", prefix=self.prefix), self.catalog.partitions)

    def read_topics(self, consumer: Consumer) -> tuple[str, ...]:
        """Return the names of the topics of a consumer's families, sorted."""
        return tuple(self.catalog.topic(name, prefix=self.prefix) for name in sorted(consumer.families))

    def partition_of(self, key: str) -> int:
        """Return the partition of a key in every topic of the scenario."""
        return partition_of(key.encode(), self.catalog.partitions)

    def read_tick(self, record: Record) -> ClockTicked:
        """Return the tick of a record. Raises CodecError when it holds none."""
        clock = self.clock_codec.decode(record)
        if isinstance(clock, ClockReached):
            raise CodecError(f"record {record.offset} of {record.topic} is no tick but an answer to one")
        return clock

    def reached_value(self, time: SimTime, partition: int) -> bytes:
        """Return the bytes of the answer to a tick."""
        return self.clock_codec.encode(ClockReached(time=time, partition=partition))


def dead_letter(record: Record, reason: str) -> DeadLetter:
    """Return a record that could not be used, with the reason."""
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=reason,
        value=record.value,
    )


def dead_letter_value(letter: DeadLetter) -> bytes:
    """Return the bytes of a dead letter: JSON, the record's value in base64."""
    return msgspec.json.encode(letter)


def in_time_order(records_of_topics: Iterable[Sequence[Record]]) -> list[Record]:
    """Merge topics of one partition, always taking the earliest of their next records.

    The order within a topic stays, and of two records of one time the earlier topic's is first.
    """
    topics = list(records_of_topics)
    if len(topics) == 1:
        return list(topics[0])
    return list(merge(*topics, key=_record_time))


def _record_time(record: Record) -> int:
    return record.timestamp
