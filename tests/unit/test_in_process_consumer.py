"""A consumer in this process, over the memory transport."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.consumers import InProcessConsumer, Wiring, run_in_list
from simulator.core.clock import ClockReached, ClockTicked
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import TransportError
from simulator.core.events import Event
from simulator.core.partitioning import clock_keys, partition_of
from simulator.core.records import Record, record_batch
from simulator.core.reducers import Consumer
from simulator.core.time import SimTime
from simulator.transports.memory import MemoryTransport
from tests.toy_consumers import CATALOG, SAMPLE_TAKEN, START, order, reading, silence, wards

CODEC = CloudEventsCodec(CATALOG, seed=42)


class Receipts:
    """Remembers what arrived."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.unreadable: list[Record] = []

    def received(self, event: Event) -> None:
        self.events.append(event)

    def undecodable(self, record: Record) -> None:
        self.unreadable.append(record)


class Bench:
    """A memory transport with the toy topics, a publisher and a consumer."""

    def __init__(self, consumer: Consumer) -> None:
        self.transport = MemoryTransport()
        self.transport.create_topics(CATALOG.topics())
        self.receipts = Receipts()
        wiring = Wiring(catalog=CATALOG, codec=CODEC, seed=42)
        self.ends: dict[tuple[str, int], int] = {}
        self.consumer = InProcessConsumer(consumer, wiring=wiring, transport=self.transport, audit=self.receipts)
        self._answers = self.transport.subscribe([CATALOG.topic("decisions")])

    def publish(self, events: Iterable[Event]) -> None:
        for event in events:
            self.publish_value(event, CODEC.encode_event(event))

    def publish_value(self, event: Event, value: bytes) -> None:
        topic = CATALOG.topic(CATALOG.event_type(event.type).family)
        partition = partition_of(event.subject.encode(), CATALOG.partitions)
        row = (partition, event.published_at, event.subject.encode(), value)
        self.transport.publish(record_batch(topic, [row]))
        self.ends[topic, partition] = self.ends.get((topic, partition), 0) + 1

    def tick(self, seconds: int) -> SimTime:
        until = SimTime(START + seconds * 1_000)
        codec, topics = ClockCodec(CATALOG, seed=42), [one.name for one in CATALOG.event_topics()]
        rows = []
        for partition, key in enumerate(clock_keys(CATALOG)):
            ends = {topic: self.ends.get((topic, partition), 0) for topic in topics}
            tick = ClockTicked(time=until, partition=partition, ends=ends)
            rows.append((partition, until, key, codec.encode(tick)))
        self.transport.publish(record_batch(CATALOG.topic("clock"), rows))
        return until

    def step(self, events: Iterable[Event], seconds: int) -> None:
        self.publish(events)
        self.consumer.advance(self.tick(seconds))

    def answers(self) -> list[tuple[int, Decision | ClockReached]]:
        codec = DecisionCodec(CATALOG, seed=42)
        return [(one.partition, codec.decode_any(one)) for one in self._answers.poll(maximum=10_000)]

    def decisions(self) -> list[Decision]:
        return [one for _, one in self.answers() if isinstance(one, Decision)]


def in_order(decisions: Sequence[Decision]) -> list[tuple[int, str, str]]:
    return sorted((one.time, one.subject, one.id) for one in decisions)


@pytest.mark.parametrize("consumer", [silence(), wards()], ids=["one stage", "two stages"])
def test_it_decides_what_a_list_decides(consumer: Consumer) -> None:
    events = [reading(n * n % 61, n, 60 * n, ward="ab"[n % 2], value=n % 13) for n in range(200)]
    bench = Bench(consumer)
    for step in range(20):
        bench.step(events[step * 10 : step * 10 + 10], 600 * step + 590)
    found = bench.decisions()
    assert in_order(found) == in_order(run_in_list(consumer, events, until=SimTime(START + 11_990_000)))
    assert len(found) > 10


def test_every_partition_answers_after_its_decisions() -> None:
    bench = Bench(silence())
    bench.step([reading(subject, 0, 0) for subject in range(30)], 3_600)
    answers = bench.answers()
    for partition in range(CATALOG.partitions):
        mine = [answer for place, answer in answers if place == partition]
        assert mine[-1] == ClockReached(time=SimTime(START + 3_600_000), partition=partition)
        assert all(isinstance(one, Decision) for one in mine[:-1])
    assert len(answers) == 30 + CATALOG.partitions


def test_several_topics_are_read_in_the_order_of_time() -> None:
    late = [reading(1, n, 10 * n, of=SAMPLE_TAKEN) for n in range(10)]
    bench = Bench(order())
    bench.step([*late, *[reading(1, n, 10 * n + 5) for n in range(10)]], 100)
    assert [one.time - START for one in bench.decisions()] == [1_000 * n for n in range(0, 100, 5)]


def test_events_after_the_tick_wait_for_the_next() -> None:
    bench = Bench(silence())
    bench.publish([reading(1, 0, 0)])
    until = bench.tick(3_600)
    bench.publish([reading(2, 0, 1)])
    bench.consumer.advance(until)
    assert [one.subject for one in bench.decisions()] == ["syn-0000001"]
    bench.step([], 3_601)
    assert [one.subject for one in bench.decisions()] == ["syn-0000002"]


def test_the_audit_sees_topics_that_the_consumer_does_not_read() -> None:
    bench = Bench(silence())
    sample = reading(1, 0, 5, of=SAMPLE_TAKEN)
    bench.step([sample], 3_600)
    assert (bench.receipts.events, bench.decisions(), bench.consumer.read) == ([sample], [], 1)


def test_an_unreadable_record_is_a_dead_letter_and_the_rest_goes_on() -> None:
    bench = Bench(silence())
    bench.publish_value(reading(1, 0, 0), b"{")
    bench.step([reading(1, 1, 1)], 3_600)
    (letter,) = bench.consumer.dead_letters
    assert (letter.topic, letter.value, len(bench.receipts.unreadable)) == ("toy.readings", b"{", 1)
    assert "is unreadable" in letter.reason
    assert len(bench.decisions()) == 1


def test_a_dead_letter_is_published_with_its_reason() -> None:
    bench = Bench(silence())
    bench.publish_value(reading(1, 0, 0), b"{")
    bench.step([], 10)
    (record,) = bench.transport.subscribe(["toy.dead-letters"]).poll()
    assert b'"reason":"record 0 of toy.readings' in record.value
    assert isinstance(bench.consumer.dead_letters[0], DeadLetter)


def test_a_clock_that_stands_still_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.consumers.intake.POLLS_IN_VAIN_MAX", 2)
    bench = Bench(silence())
    with pytest.raises(TransportError, match=r"tick of 2026-01-05T00:00:10\.000Z.* did not come"):
        bench.consumer.advance(SimTime(START + 10_000))
