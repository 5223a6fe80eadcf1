"""The sender: what is due leaves when it is due, in order, once, whatever the client can take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests import sender
from loadtests.book import Book
from loadtests.histogram import merged
from loadtests.observer import Seen
from loadtests.reports import ShardCounts
from loadtests.schedule import Schedule
from loadtests.sender import Row, Sender
from loadtests.stretches import Stretch
from simulator.core.errors import ScenarioError
from simulator.core.time import SimTime
from tests.loadtest.unit.pacing import Clock, Source, Taker, row, stretch, ticks
from tests.tiny_scenario import CATALOG

RATE = 10.0
CLOCK = Clock()


@dataclass
class Setup:
    """A sender at ten events a second, and all that it works with."""

    taker: Taker
    source: Source
    book: Book
    schedule: Schedule
    sender: Sender

    def turn_at(self, at: float) -> bool:
        """Let a turn happen at an instant."""
        CLOCK.at = at
        return self.sender.turn()

    def decisions(self, names: list[str], *, at: float) -> list[float]:
        """Let decisions be seen, and return their latencies."""
        self.book.take_in([Seen(at, name, "ann", SimTime(0), b"") for name in names])
        return self.book.take_latencies().tolist()


@pytest.fixture(autouse=True, scope="module")
def clock() -> Iterator[None]:
    """Let the sender look at our clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sender, "now", CLOCK)
        yield


def set_up(*stretches: Stretch, room: int = 1_000_000, rate: float = RATE) -> Setup:
    """Return a sender of these stretches, at an instant of zero."""
    CLOCK.at = 0.0
    taker, source, schedule = Taker(room), Source(deque(stretches)), Schedule(start=0.0)
    schedule.change(rate, at=0.0)
    book = Book(ShardCounts(), offset=0.0, slo_ms=1_000.0, knows=True)
    return Setup(
        taker, source, book, schedule, Sender(source, taker, schedule=schedule, book=book, catalog=CATALOG, prefix="t.")
    )


def numbered(rows: list[Row]) -> list[int]:
    """Return the numbers of events that were taken."""
    return [timestamp - 10_000 for _, _, _, _, timestamp in rows]


def test_exactly_what_is_due_is_sent() -> None:
    setup, found = set_up(stretch(range(100), until=1)), list[int]()
    for at in (0.05, 0.1, 0.19, 0.5, 2.0):
        setup.turn_at(at)
        found.append(len(setup.taker.taken))
    assert found == [0, 1, 1, 5, 20]


def test_a_record_has_the_topic_key_partition_and_time_of_its_event() -> None:
    setup = set_up(stretch(range(3, 9), until=1))
    setup.turn_at(0.45)
    assert setup.taker.taken == [row(number) for number in range(3, 7)]


def test_the_clock_ticks_after_each_stretch_and_before_the_next() -> None:
    setup = set_up(stretch([0, 1], until=1), stretch([2], until=2), stretch([3, 4], until=3))
    more = setup.turn_at(0.4)
    assert setup.taker.taken == [row(0), row(1), *ticks(1), row(2), *ticks(2), row(3)]
    assert (more, setup.sender.ticks, setup.book.counts.simulated_until) == (False, 4, 2)


def test_a_stretch_without_events_is_its_tick_alone() -> None:
    setup = set_up(stretch([], until=1), stretch([], until=2), stretch([0], until=3))
    setup.turn_at(0.1)
    assert setup.taker.taken == [*ticks(1), *ticks(2), row(0), *ticks(3)]


def test_a_turn_sends_no_more_than_its_share_and_says_that_more_is_due() -> None:
    setup = set_up(stretch(range(1_200), until=1), rate=1_000.0)
    found = [(setup.turn_at(1.1), len(setup.taker.taken)) for _ in range(3)]
    assert found == [(True, 500), (True, 1_000), (False, 1_100)]


def test_a_latency_begins_when_its_cause_was_due_however_late_it_was_sent() -> None:
    setup = set_up(stretch(range(10), until=1, decides=[2, 7]))
    setup.turn_at(0.35)
    setup.turn_at(5.0)
    assert setup.decisions(["of 2", "of 7"], at=5.0) == pytest.approx([4_700.0, 4_200.0])


def test_what_the_clock_decides_is_due_with_the_last_event_before_it() -> None:
    setup = set_up(stretch(range(3), until=1, at_end=1), stretch([], until=2, at_end=1))
    setup.turn_at(0.9)
    assert setup.decisions(["at 1, 0", "at 2, 0"], at=1.0) == pytest.approx([700.0, 700.0])


def test_the_consumer_is_behind_by_the_events_before_each_tick() -> None:
    setup = set_up(stretch([0, 4, 1, 2], until=1), stretch([3, 6], until=2))
    setup.turn_at(0.6)
    setup.book.lag.answers = True
    # Two and one in partitions 0 and 2, then none and one; only these two partitions tick.
    assert (setup.book.lag.events(), setup.book.lag.seconds(1.0)) == (4, pytest.approx(0.6))


def test_labels_go_to_the_judge_with_the_clock() -> None:
    setup = set_up(stretch(range(11), until=1), stretch([11], until=2))
    setup.turn_at(1.15)
    assert [(one.at, one.labels) for one in setup.book.take_judged()] == [(1, [b"label 1"])]


ROOMS = st.lists(st.integers(0, 6), max_size=30)


@given(ROOMS, st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_a_full_client_makes_it_go_on_where_it_was(rooms: list[int], lengths: list[int]) -> None:
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    stretches = [
        stretch(range(start, start + length), until=place, decides=range(start, start + length), at_end=1)
        for place, (start, length) in enumerate(zip(starts, lengths, strict=True))
    ]
    free, full = set_up(*stretches), set_up(*stretches, room=0)
    for setup in (full, free):
        setup.schedule.change(RATE, at=0.0)
    for turn, room in enumerate([*rooms, 1_000, 1_000]):
        full.taker.room = room
        full.turn_at(turn * 0.2)
    free.turn_at((len(rooms) + 1) * 0.2)
    assert full.taker.taken == free.taker.taken
    assert full.book.counts.expected == free.book.counts.expected
    assert (full.book.counts.sent, full.sender.ticks) == (free.book.counts.sent, free.sender.ticks)
    names = [f"of {number}" for number in range(full.book.counts.sent)]
    assert full.decisions(names, at=100.0) == free.decisions(names, at=100.0)


def test_a_full_client_is_counted_and_not_asked_again_in_that_turn() -> None:
    setup = set_up(stretch(range(10), until=1), room=2)
    assert (setup.turn_at(0.55), setup.book.counts.refused, setup.book.counts.sent) == (False, 1, 2)


def test_what_was_refused_is_sent_from_when_it_was_taken() -> None:
    setup = set_up(stretch(range(10), until=1, decides=[0, 1]), room=1)
    setup.turn_at(0.25)
    setup.taker.room = 10
    setup.turn_at(3.0)
    setup.decisions(["of 0", "of 1"], at=4.0)
    service = merged(one.service for one in setup.book.take_seconds()).sparse()
    # From 0.25 and from 3.0 until 4.0.
    assert (service.largest, sum(service.counts)) == (pytest.approx(3_750.0), 2)
    assert merged([service]).quantile(0.5) == pytest.approx(1_000.0, rel=0.008)


def test_a_refused_tick_comes_before_the_next_event() -> None:
    setup = set_up(stretch([0], until=1, at_end=1), stretch([1], until=2), room=2)
    setup.turn_at(0.1)
    setup.taker.room = 10
    setup.turn_at(0.2)
    assert setup.taker.taken == [row(0), *ticks(1), row(1), *ticks(2)]
    assert (setup.book.counts.expected, setup.book.counts.refused, setup.sender.ticks) == (1, 1, 4)


def test_what_was_not_generated_in_time_is_starved_and_keeps_when_it_was_due() -> None:
    setup = set_up(stretch(range(2), until=1))
    setup.turn_at(0.5)
    starved = setup.book.counts.starved
    setup.source.ready.append(stretch(range(2, 9), until=2, decides=[2]))
    setup.turn_at(3.0)
    setup.source.ready.clear()
    assert starved == 1
    assert numbered(setup.taker.events) == list(range(9))
    assert setup.decisions(["of 2"], at=3.0) == pytest.approx([2_700.0])
    assert merged(one.lag for one in setup.book.take_seconds()).largest == pytest.approx(2_700.0)


def test_nothing_is_starved_while_nothing_is_due() -> None:
    setup = set_up()
    assert (setup.turn_at(0.09), setup.book.counts.starved) == (False, 0)


def test_after_the_end_the_stretch_is_completed_and_the_clock_ticks() -> None:
    setup = set_up(stretch(range(5), until=1), stretch(range(5, 9), until=2))
    setup.turn_at(0.25)
    setup.sender.finish(0)
    found = [setup.sender.is_finished]
    setup.turn_at(0.4)
    found.append(setup.sender.is_finished)
    setup.turn_at(9.0)
    assert [*found, setup.sender.is_finished] == [False, False, True]
    assert setup.taker.taken == [*(row(number) for number in range(5)), *ticks(1)]


def test_the_end_is_not_reached_before_every_tick_was_taken() -> None:
    setup = set_up(stretch(range(2), until=1), room=3)
    setup.turn_at(0.1)
    setup.sender.finish(0)
    setup.turn_at(0.2)
    found = [setup.sender.is_finished]
    setup.taker.room = 5
    setup.turn_at(0.3)
    assert [*found, setup.sender.is_finished] == [False, True]
    assert setup.taker.taken == [row(0), row(1), *ticks(1)]


def test_an_end_between_two_stretches_is_reached_at_once() -> None:
    setup = set_up(stretch([0], until=1), stretch([1], until=2))
    setup.turn_at(0.1)
    setup.sender.finish(0)
    assert (setup.sender.is_finished, setup.turn_at(9.0), len(setup.taker.taken)) == (True, False, 3)


def test_another_cohort_is_counted_from_its_first_stretch() -> None:
    setup = set_up(stretch([0], until=1, faults=2), stretch([1], until=2, cohort=1, faults=3))
    setup.turn_at(0.1)
    found = [(setup.book.counts.cohort, setup.book.counts.faults)]
    setup.turn_at(0.2)
    assert [*found, (setup.book.counts.cohort, setup.book.counts.faults)] == [(0, 2), (1, 5)]


def test_a_source_that_has_ended_is_heard() -> None:
    setup = set_up()
    setup.source = Broken()
    setup.sender._source = setup.source
    with pytest.raises(ScenarioError, match="all have been sent"):
        setup.turn_at(1.0)


class Broken(Source):
    """A source that has ended."""

    def __init__(self) -> None:
        """Have nothing."""
        super().__init__(deque())

    def take(self) -> None:
        """Say so."""
        raise ScenarioError("all have been sent")
