"""What is seen on the way back, by a thread of its own."""

from __future__ import annotations

import time
from collections import deque

from loadtests.expectations import echo_id
from loadtests.observer import Answer, Observer, Seen, decision_reader, read_echo
from loadtests.worker_side import native_threads
from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.core.clock import ClockReached
from simulator.core.decisions import Decision
from simulator.core.errors import TransportError
from simulator.core.records import Record
from simulator.core.time import SimTime
from tests.tiny_scenario import ALARM, CATALOG, Fever

CODEC = DecisionCodec(CATALOG, seed=1)


class Reader:
    """A reader that has so many records, and then fails or finds nothing."""

    def __init__(self, *polls: list[Record], error: Exception | None = None) -> None:
        """Return these, one list a poll."""
        self.left, self.error, self.is_closed = deque(polls), error, False
        self.pause = native_threads().sleep

    def poll(self, *, maximum: int, timeout_seconds: float) -> list[Record]:
        """Return the next."""
        if self.left:
            return self.left.popleft()
        if self.error is not None:
            raise self.error
        self.pause(0.001)
        return []

    def close(self) -> None:
        """Take note."""
        self.is_closed = True


def record(value: bytes) -> Record:
    """Return a record of the decisions topic."""
    return Record("tiny.decisions", 0, 0, 0, b"", value)


def watching(reader: Reader) -> Observer:
    """Return an observer in a native thread."""
    return Observer(reader, read_echo, native_threads())  # type: ignore[arg-type]


def has_ended(watched: Observer) -> bool:
    """Wait for its thread, ten seconds at most."""
    end = time.monotonic() + 10.0
    while not watched.has_ended and time.monotonic() < end:
        time.sleep(0.001)
    return watched.has_ended


def test_an_error_is_kept_and_ends_it_and_what_came_before_is_not_lost() -> None:
    reader = Reader([record(b"a"), record(b"b")], [record(b"c")], error=TransportError("the broker is gone"))
    found = watching(reader)
    assert has_ended(found)
    answers = found.take()
    assert [one.id for one in answers if isinstance(one, Seen)] == ["a", "b", "c"]
    assert (found.error, reader.is_closed, found.take()) == ("the broker is gone", True, [])


def test_an_error_that_nobody_foresaw_ends_it_and_is_said_too() -> None:
    reader = Reader([record(b"a")], error=OverflowError("an offset of 65 bits"))
    found = watching(reader)
    assert has_ended(found)
    assert (found.error, reader.is_closed) == (
        "decisions are seen no longer: OverflowError: an offset of 65 bits",
        True,
    )
    assert len(found.take()) == 1


def test_what_the_reading_of_a_record_raises_ends_it_too() -> None:
    def read(one: Record, at: float) -> Answer:
        raise RecursionError(one.topic)

    found = Observer(Reader([record(b"a")]), read, native_threads())  # type: ignore[arg-type]
    assert has_ended(found)
    assert found.error == "decisions are seen no longer: RecursionError: tiny.decisions"


def test_closing_ends_the_thread_and_closes_its_reader() -> None:
    reader = Reader()
    found = watching(reader)
    found.close()
    assert (has_ended(found), reader.is_closed, found.error) == (True, True, "")


def decision() -> Decision:
    """Return a decision."""
    cause = f"{CATALOG.scenario_id}/1/{CATALOG.subject_name(0)}/temperature.measured/3"
    return Decision(
        type=ALARM.name,
        subject=CATALOG.subject_name(0),
        time=SimTime(70_000),
        caused_by=cause,
        data=Fever(celsius=39.0),
    )


def test_a_decision_is_read_with_when_it_was_seen() -> None:
    one, value = decision(), CODEC.encode(decision())
    found: Answer = decision_reader(CODEC)(record(value), 5.0)
    assert found == Seen(5.0, one.id, one.subject, one.time, value)


def test_an_answer_to_the_clock_is_read() -> None:
    reached = ClockReached(time=SimTime(9_000), partition=2)
    assert decision_reader(CODEC)(record(ClockCodec(CATALOG, seed=1).encode(reached)), 5.0) == reached


def test_what_is_no_decision_is_nothing() -> None:
    assert decision_reader(CODEC)(record(b"{]"), 5.0) is None


def test_an_echo_is_its_id() -> None:
    value = echo_id("vitals", 3, 40).encode()
    assert read_echo(record(value), 5.0) == Seen(5.0, "echo/vitals/3/40", "", None, b"")
