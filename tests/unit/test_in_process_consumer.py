"""A consumer in this process, over the memory transport."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from simulator.consumers import InProcessConsumer, Wiring, run_in_list
from simulator.core.clock import ClockReached
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import TransportError
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.core.reducers import Consumer
from simulator.transports.memory import MemoryTransport
from tests.toy_consumers import CATALOG, SAMPLE_TAKEN, START, order, reading, silence, wards
from tests.toy_wire import CODEC, Listener, Publisher, at, in_order


class Receipts:
    """Remembers what arrived."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.unreadable: list[Record] = []

    def received(self, event: Event) -> None:
        self.events.append(event)

    def intact(self, records: Sequence[Record]) -> bool:
        return False

    def undecodable(self, record: Record) -> None:
        self.unreadable.append(record)


class Bench(Publisher):
    """A memory transport with the toy topics, a publisher, a consumer and a listener."""

    def __init__(self, consumer: Consumer) -> None:
        super().__init__(MemoryTransport())
        self.receipts = Receipts()
        wiring = Wiring(catalog=CATALOG, codec=CODEC, seed=42)
        self.consumer = InProcessConsumer(consumer, wiring=wiring, transport=self.transport, audit=self.receipts)
        self._listener = Listener(self.transport)

    def step(self, events: Iterable[Event], seconds: int) -> None:
        self.publish(events)
        self.consumer.advance(self.tick(seconds))

    def answers(self) -> list[tuple[int, Decision | ClockReached]]:
        self._listener.answers.clear()
        self._listener.listen()
        return self._listener.answers

    def decisions(self) -> list[Decision]:
        return [one for _, one in self.answers() if isinstance(one, Decision)]


@pytest.mark.parametrize("consumer", [silence(), wards()], ids=["one stage", "two stages"])
def test_it_decides_what_a_list_decides(consumer: Consumer) -> None:
    events = [reading(n * n % 61, n, 60 * n, ward="ab"[n % 2], value=n % 13) for n in range(200)]
    bench = Bench(consumer)
    for step in range(20):
        bench.step(events[step * 10 : step * 10 + 10], 600 * step + 590)
    found = bench.decisions()
    assert in_order(found) == in_order(run_in_list(consumer, events, until=at(11_990)))
    assert len(found) > 10


def test_every_partition_answers_after_its_decisions() -> None:
    bench = Bench(silence())
    bench.step([reading(subject, 0, 0) for subject in range(30)], 3_600)
    answers = bench.answers()
    for partition in range(CATALOG.partitions):
        mine = [answer for place, answer in answers if place == partition]
        assert mine[-1] == ClockReached(time=at(3_600), partition=partition)
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
    bench.publish_values([(reading(1, 0, 0), b"{")])
    bench.step([reading(1, 1, 1)], 3_600)
    (letter,) = bench.consumer.dead_letters
    assert (letter.topic, letter.value, len(bench.receipts.unreadable)) == ("toy.readings", b"{", 1)
    assert "is unreadable" in letter.reason
    assert len(bench.decisions()) == 1


def test_an_unreadable_record_of_another_family_is_none_of_its_letters() -> None:
    bench = Bench(silence())
    bench.publish_values([(reading(1, 0, 0, of=SAMPLE_TAKEN), b"{")])
    bench.step([], 10)
    assert (len(bench.receipts.unreadable), bench.consumer.dead_letters) == (1, [])


def test_a_dead_letter_is_published_with_its_reason() -> None:
    bench = Bench(silence())
    bench.publish_values([(reading(1, 0, 0), b"{")])
    bench.step([], 10)
    (record,) = bench.transport.subscribe(["toy.dead-letters"]).poll()
    assert b'"reason":"record 0 of toy.readings' in record.value
    assert isinstance(bench.consumer.dead_letters[0], DeadLetter)


def test_a_clock_that_stands_still_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.consumers.intake.POLLS_IN_VAIN_MAX", 2)
    bench = Bench(silence())
    with pytest.raises(TransportError, match=r"tick of 2026-01-05T00:00:10\.000Z.* did not come"):
        bench.consumer.advance(at(10))
