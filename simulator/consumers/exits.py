"""Where what leaves a partition goes: the decisions topic, the next stage, the dead letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from simulator.consumers.chain import check_handed_on
from simulator.consumers.partitions import Leaving
from simulator.consumers.passages import PassageCodec, Passed
from simulator.consumers.wiring import Wiring, dead_letter_value
from simulator.core.clock import ClockReached
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.events import Event
from simulator.core.reducers import Consumer
from simulator.core.time import SimTime


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """A record on its way out; `timestamp` None is the broker's own time."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    timestamp: int | None


class Exits:
    """Turns what leaves the partitions of one stage into records."""

    def __init__(self, consumer: Consumer, wiring: Wiring, *, place: int, next_topic: str | None) -> None:
        """Serve the stage at `place`; `next_topic` is where the stage after it reads, if there is one."""
        self._stages, self._place = consumer.stages, place
        self._wiring, self._next_topic = wiring, next_topic
        self._codec = PassageCodec(consumer)
        self._partition_of: Callable[[str], int] = lru_cache(wiring.partition_of)

    @property
    def leads_on(self) -> bool:
        """Return whether another stage follows."""
        return self._next_topic is not None

    def records(self, leaving: Leaving, partition: int) -> list[OutgoingRecord]:
        """Return the records of what leaves `partition`."""
        if isinstance(leaving, Decision):
            return [self._decision(leaving)]
        if isinstance(leaving, Event):
            return [self._event(leaving)]
        if isinstance(leaving, DeadLetter):
            return [self._dead_letter(leaving)]
        return self._passed(leaving.time, partition) if self._next_topic else [self._reached(leaving)]

    def _decision(self, decision: Decision) -> OutgoingRecord:
        return OutgoingRecord(
            topic=self._wiring.decisions_topic,
            partition=self._partition_of(decision.subject),
            key=decision.subject.encode(),
            value=self._wiring.decision_codec.encode(decision),
            timestamp=decision.time,
        )

    def _event(self, event: Event) -> OutgoingRecord:
        following = self._stages[self._place + 1] if self._next_topic else None
        check_handed_on(self._stages[self._place], following, event)
        assert following is not None
        assert self._next_topic is not None
        key = following.key(event)
        partition = self._partition_of(key)
        return OutgoingRecord(self._next_topic, partition, key.encode(), self._codec.encode(event), event.published_at)

    def _dead_letter(self, letter: DeadLetter) -> OutgoingRecord:
        topic = self._wiring.dead_letters_topic.name
        return OutgoingRecord(topic, letter.partition, b"", dead_letter_value(letter), None)

    def _reached(self, reached: ClockReached) -> OutgoingRecord:
        return OutgoingRecord(
            topic=self._wiring.decisions_topic,
            partition=reached.partition,
            key=self._wiring.clock_keys[reached.partition],
            value=self._wiring.reached_value(reached.time, reached.partition),
            timestamp=reached.time,
        )

    def _passed(self, time: SimTime, partition: int) -> list[OutgoingRecord]:
        assert self._next_topic is not None
        value = self._codec.encode(Passed(time=time, partition=partition))
        keys = enumerate(self._wiring.clock_keys)
        return [OutgoingRecord(self._next_topic, place, key, value, time) for place, key in keys]
