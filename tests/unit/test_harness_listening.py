"""The way back: decisions of any writer, repeats, refusals, answers to the clock."""

from __future__ import annotations

import msgspec
import pytest

from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.core.catalog import Topic
from simulator.core.clock import ClockReached
from simulator.core.decisions import Decision
from simulator.core.records import record_batch
from simulator.core.time import SimTime
from simulator.harness.listening import DecisionReader
from simulator.harness.pacing import Pacer, Patience
from simulator.transports.memory import MemoryTransport
from tests.tiny_scenario import ALARM, CATALOG, Fever

TOPIC = "tiny.decisions"
START = SimTime(1_767_571_200_000)
CODEC, CLOCK = DecisionCodec(CATALOG, seed=1), ClockCodec(CATALOG, seed=1)


class Wire:
    """A decisions topic in memory, and a reader of it."""

    def __init__(self) -> None:
        """Make the topic."""
        self.transport = MemoryTransport()
        self.transport.create_topics([Topic(TOPIC, CATALOG.partitions)])
        pacer = Pacer(START, None)
        pacer.wait(SimTime(START + 1_000))
        subscription = self.transport.subscribe([TOPIC])
        self.reader = DecisionReader(subscription, CODEC, partitions=CATALOG.partitions, pacer=pacer)

    def write(self, value: bytes, *, partition: int = 0) -> None:
        """Write a record and let the reader read it."""
        self.transport.publish(record_batch(TOPIC, [(partition, START, b"key", value)]))
        self.reader.drain()

    def answer(self, partition: int, *, time: int = START, written_to: int = 0) -> None:
        """Write an answer to a tick."""
        self.write(CLOCK.encode(ClockReached(time=SimTime(time), partition=partition)), partition=written_to)


@pytest.fixture
def wire() -> Wire:
    """Give an empty decisions topic."""
    return Wire()


def alarm(number: int) -> Decision:
    """Return a decision about a patient."""
    name = CATALOG.subject_name(number)
    cause = f"tiny-v1/1/{name}/temperature.measured/0"
    return Decision(type=ALARM.name, subject=name, time=START, caused_by=cause, data=Fever(celsius=39.0))


def test_each_decision_is_heard_once_and_its_repeats_are_counted(wire: Wire) -> None:
    for decision in (alarm(1), alarm(2), alarm(1), alarm(1)):
        wire.write(CODEC.encode(decision))
    assert wire.reader.heard.decisions == [alarm(1), alarm(2)]
    assert wire.reader.heard.repeated == 2
    assert len(wire.reader.heard.latencies_ms) == 2


def test_what_was_taken_is_not_taken_again(wire: Wire) -> None:
    wire.write(CODEC.encode(alarm(1)))
    assert wire.reader.take() == [alarm(1)]
    wire.write(CODEC.encode(alarm(2)))
    assert wire.reader.take() == [alarm(2)]
    assert wire.reader.take() == []


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"{}",
        b"[" * 100_000,
        CODEC.encode(alarm(1)).replace(b"alarm.raised", b"alarm.razed"),
        CODEC.encode(alarm(1)).replace(b"39.0", b'"hot"'),
        CODEC.encode(alarm(1)).replace(b"caused_by", b"because"),
        CODEC.encode(alarm(1)).replace(b"2026-01-05T", b"yesterday"),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_and_not_fatal(wire: Wire, value: bytes) -> None:
    wire.write(value, partition=2)
    wire.write(CODEC.encode(alarm(7)))
    (letter,) = wire.reader.heard.dead_letters
    assert (letter.topic, letter.partition, letter.offset, letter.value) == (TOPIC, 2, 0, value)
    assert letter.reason
    assert wire.reader.heard.decisions == [alarm(7)]


def test_an_answer_counts_for_the_partition_it_names_wherever_it_is_written(wire: Wire) -> None:
    for partition in range(CATALOG.partitions):
        assert not wire.reader.has_reached(START)
        wire.answer(partition, written_to=3)
    assert wire.reader.has_reached(START)
    assert not wire.reader.has_reached(SimTime(START + 1))


def test_an_older_answer_takes_nothing_back(wire: Wire) -> None:
    for partition in range(CATALOG.partitions):
        wire.answer(partition)
    wire.answer(0, time=START - 5)
    assert wire.reader.has_reached(START)


@pytest.mark.parametrize("partition", [4, 10**12])
def test_an_answer_for_no_partition_is_a_dead_letter(wire: Wire, partition: int) -> None:
    value = CLOCK.encode(ClockReached(time=START, partition=0))
    wire.write(value.replace(b'"partition":0', b'"partition":%d' % partition))
    (letter,) = wire.reader.heard.dead_letters
    assert letter.reason == f"data.partition {partition} is not one of the clock's 4 partitions"


def test_waiting_ends_with_patience(wire: Wire) -> None:
    assert not wire.reader.wait(START, patience=Patience(0.0))


def test_waiting_ends_with_the_last_answer(wire: Wire) -> None:
    for partition in range(CATALOG.partitions):
        wire.answer(partition)
    assert wire.reader.wait(START, patience=Patience(0.0))


def test_a_decision_from_a_time_that_has_not_come_is_refused_until_it_has(wire: Wire) -> None:
    wire.reader.know(SimTime(START - 1))
    wire.write(CODEC.encode(alarm(1)))
    assert (wire.reader.heard.decisions, wire.reader.heard.postdated) == ([], 1)
    assert wire.reader.heard.latencies_ms == []
    wire.reader.know(START)
    wire.write(CODEC.encode(alarm(1)))
    assert (len(wire.reader.heard.decisions), wire.reader.heard.postdated) == (1, 1)


def test_a_decision_from_a_step_that_was_answered_is_refused_and_its_repeats_are_repeats(wire: Wire) -> None:
    wire.write(CODEC.encode(alarm(1)))
    wire.reader.know(SimTime(START + 2), settled=START)
    later = msgspec.structs.replace(alarm(3), time=SimTime(START + 1))
    for decision in (alarm(1), alarm(2), alarm(2), later):
        wire.write(CODEC.encode(decision))
    heard = wire.reader.heard
    assert (heard.decisions, heard.backdated, heard.repeated) == ([alarm(1), later], 1, 2)
    assert len(heard.latencies_ms) == 2
