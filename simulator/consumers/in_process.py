"""A consumer in this process, over any transport: read up to a tick, decide, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from simulator.consumers.chain import ChainRunner, order_of_decisions
from simulator.consumers.intake import Intake
from simulator.consumers.wiring import Wiring, dead_letter, dead_letter_value, in_time_order
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import CodecError
from simulator.core.events import Event
from simulator.core.records import Record, record_batch
from simulator.core.reducers import Consumer
from simulator.core.time import SimTime
from simulator.transports.protocol import Transport


class Audit(Protocol):
    """Whoever wants to know what arrived."""

    def intact(self, records: Sequence[Record]) -> bool:
        """Say whether records of one partition came just as they were published.

        If so, they need not be told to `received`.
        """

    def received(self, event: Event) -> None:
        """Take in an event as it came, in the order of its partition."""

    def undecodable(self, record: Record) -> None:
        """Take in a record that held no event."""


class InProcessConsumer:
    """Runs a consumer in this process, step by step with whoever publishes.

    It reads every event topic, so that `audit` sees all that arrived, and gives the consumer
    those of its families. A record of those that cannot be read is a dead letter: counted,
    published with its reason, never fatal.
    """

    def __init__(self, consumer: Consumer, *, wiring: Wiring, transport: Transport, audit: Audit) -> None:
        """Subscribe; the topics must exist."""
        self._wiring, self._transport, self._audit = wiring, transport, audit
        self._topics = frozenset(wiring.read_topics(consumer))
        self._runner = ChainRunner(consumer)
        self._intake = Intake(wiring, transport)
        self._partition_of: Callable[[str], int] = lru_cache(wiring.partition_of)
        self.dead_letters: list[DeadLetter] = []

    @property
    def read(self) -> int:
        """Return how many records of the event topics have been read so far."""
        return self._intake.read

    def advance(self, until: SimTime) -> None:
        """Read up to the ticks of `until`, decide, publish decisions and answers.

        Decisions lie before the answer in their partition, in the order of (time, subject, id).
        Raises TransportError when a tick, or an event that it speaks of, does not come.
        """
        self._intake.read_up_to(until)
        decisions: list[Decision] = []
        letters = len(self.dead_letters)
        for partition in range(self._wiring.catalog.partitions):
            decisions += self._decide(self._intake.take(partition))
        decisions += self._runner.on_tick(until)
        self._publish_letters(self.dead_letters[letters:], until)
        self._publish(decisions)
        self._answer(until)

    def _decide(self, records_of_topics: Iterable[Sequence[Record]]) -> list[Decision]:
        decode, received = self._wiring.codec.decode, self._audit.received
        topics, on_event = self._topics, self._runner.on_event
        unsure = {records[0].topic: records for records in records_of_topics if not self._audit.intact(records)}
        looked_at = [records for records in records_of_topics if records[0].topic in topics | unsure.keys()]
        decisions: list[Decision] = []
        for record in in_time_order(looked_at):
            try:
                event = decode(record)
            except CodecError as error:
                self._refuse(record, str(error))
                continue
            if record.topic in unsure:
                received(event)
            if record.topic in topics:
                decisions += on_event(event)
        return decisions

    def _refuse(self, record: Record, reason: str) -> None:
        self._audit.undecodable(record)
        if record.topic in self._topics:
            self.dead_letters.append(dead_letter(record, reason))

    def _publish(self, decisions: Iterable[Decision]) -> None:
        ordered = sorted(decisions, key=order_of_decisions)
        self._send(
            self._wiring.decisions_topic,
            [
                (
                    self._partition_of(one.subject),
                    one.time,
                    one.subject.encode(),
                    self._wiring.decision_codec.encode(one),
                )
                for one in ordered
            ],
        )

    def _answer(self, until: SimTime) -> None:
        keys = enumerate(self._wiring.clock_keys)
        value = self._wiring.reached_value
        answers = [(partition, until, key, value(until, partition)) for partition, key in keys]
        self._send(self._wiring.decisions_topic, answers)

    def _publish_letters(self, letters: Sequence[DeadLetter], until: SimTime) -> None:
        if letters:
            topic = self._wiring.dead_letters_topic
            self._transport.create_topics([topic], must_be_empty=False)
            rows = [(one.partition, until, b"", dead_letter_value(one)) for one in letters]
            self._send(topic.name, rows)

    def _send(self, topic: str, rows: Sequence[tuple[int, int, bytes, bytes]]) -> None:
        if rows:
            ordered = sorted(rows, key=lambda row: row[:2])
            self._transport.publish(record_batch(topic, ordered))
