"""The accounts of a shard: what was sent, what came of it, and how long it took."""

import numpy as np
import pytest

from loadtests.book import Book
from loadtests.histogram import merged
from loadtests.observer import Seen
from loadtests.reports import JudgedLines, ShardCounts
from loadtests.seconds import SecondDelta
from loadtests.stretches import Expected
from simulator.core.clock import ClockReached
from simulator.core.time import SimTime

OFFSET = 1_000.0  # the wall clock is that far ahead of the monotonic one


def a_book(*, knows: bool = True, slo_ms: float = 1_000.0) -> Book:
    """Return a book with nothing in it."""
    return Book(ShardCounts(), offset=OFFSET, slo_ms=slo_ms, knows=knows)


def cause(book: Book, name: str, *, due: float, sent: float, time: int = 0, value: bytes = b"") -> None:
    """Await a decision and send its cause."""
    book.expect([(Expected(0, name, value), due)])
    book.sent(np.array([time], dtype=np.int64), np.array([due]), sent)


def seen(name: str, *, at: float, subject: str = "ann", time: int | None = 0, value: bytes = b"") -> Seen:
    """Return a decision that came."""
    return Seen(at, name, subject, None if time is None else SimTime(time), value)


def by_second(book: Book, name: str) -> dict[int, int]:
    """Return what was counted in each second that has any."""
    return {one.at: getattr(one, name) for one in book.take_seconds() if getattr(one, name)}


def longest(deltas: list[SecondDelta], kind: str) -> float | None:
    """Return the largest value of a kind."""
    return merged(getattr(one, kind) for one in deltas).largest


def counted(book: Book) -> dict[str, int]:
    """Return the counts of decisions that are not nothing."""
    names = ("expected", "seen", "twice", "unexpected", "out_of_order", "late", "unreadable")
    return {name: count for name in names if (count := getattr(book.counts, name))}


def test_latency_is_from_due_and_service_from_sent() -> None:
    book = a_book()
    cause(book, "a", due=5.0, sent=5.2)
    book.take_in([seen("a", at=5.5)])
    deltas = book.take_seconds()
    found = [longest(deltas, kind) for kind in ("latency", "service", "lag")]
    assert found == pytest.approx([500.0, 300.0, 200.0])
    assert counted(book) == {"expected": 1, "seen": 1}


def test_a_decision_counts_in_the_second_in_which_its_cause_was_due() -> None:
    book = a_book()
    cause(book, "a", due=5.9, sent=7.1)
    book.take_in([seen("a", at=9.0)])
    (first, second) = book.take_seconds()
    assert (first.at, first.expected, first.seen, first.late, first.sent) == (1_005, 1, 1, 1, 0)
    assert (second.at, second.sent, second.seen) == (1_007, 1, 0)


def test_what_waited_for_a_stall_has_the_latency_of_the_stall() -> None:
    book = a_book()
    for number in range(20):
        cause(book, f"d{number}", due=5.0 + number / 10, sent=5.0 + number / 10)
    book.take_in([seen(f"d{number}", at=7.0) for number in range(20)])
    assert book.take_latencies().tolist() == pytest.approx([2_000.0 - 100.0 * number for number in range(20)])
    assert counted(book) == {"expected": 20, "seen": 20, "late": 10}


def test_a_decision_is_late_above_the_slo_and_not_at_it() -> None:
    book = a_book(slo_ms=500.0)
    for name in ("a", "b"):
        cause(book, name, due=5.0, sent=5.0)
    book.take_in([seen("a", at=5.5), seen("b", at=5.501)])
    assert counted(book) == {"expected": 2, "seen": 2, "late": 1}


def test_service_of_what_was_refused_begins_when_it_was_taken() -> None:
    book = a_book()
    book.expect([(Expected(0, "a"), 5.0), (Expected(1, "b"), 5.1), (Expected(2, "of the clock"), 5.1)])
    book.sent(np.array([1]), np.array([5.0]), 5.2)
    book.sent(np.array([2]), np.array([5.1]), 7.0)
    book.sent(np.array([], dtype=np.int64), np.empty(0), 7.5)
    book.take_in([seen(name, at=8.0) for name in ("a", "b", "of the clock")])
    service = merged(one.service for one in book.take_seconds())
    assert [service.quantile(share) for share in (0.5, 1.0)] == [pytest.approx(1_000.0, rel=0.008), 2_800.0]


def test_latencies_are_handed_on_once() -> None:
    book = a_book()
    cause(book, "a", due=5.0, sent=5.0)
    book.take_in([seen("a", at=5.5)])
    assert [book.take_latencies().tolist(), book.take_latencies().tolist()] == [[500.0], []]


def test_latencies_of_a_span_are_those_of_its_whole_seconds_and_the_others_are_gone() -> None:
    book = a_book()
    for number, due in enumerate((4.9, 5.0, 5.9, 6.9, 7.0)):
        cause(book, f"d{number}", due=due, sent=due)
        book.take_in([seen(f"d{number}", at=due + (1 + number) / 1_000)])
    found = book.take_latencies(OFFSET + 5.0, OFFSET + 7.5).tolist()
    assert (found, book.take_latencies().tolist()) == (pytest.approx([2.0, 3.0, 4.0]), [])


def test_a_decision_that_comes_again_counts_as_twice_and_as_nothing_else() -> None:
    book = a_book()
    cause(book, "a", due=5.0, sent=5.0)
    book.take_in([seen("a", at=5.5), seen("a", at=5.6)])
    book.take_in([seen("a", at=9.0)])
    assert counted(book) == {"expected": 1, "seen": 1, "twice": 2}
    assert len(book.take_latencies()) == 1


def test_a_decision_that_follows_from_nothing_is_unexpected() -> None:
    book = a_book()
    cause(book, "a", due=5.0, sent=5.0)
    book.take_in([seen("b", at=5.5, value=b'{"subject":"ann"}')])
    assert counted(book) == {"expected": 1, "unexpected": 1}
    assert (book.is_settled, book.counts.outstanding, book.take_judged()) == (False, 1, [])


def test_a_decision_after_a_later_one_on_its_subject_is_out_of_order() -> None:
    book = a_book()
    for name in ("a", "b", "c", "d", "e"):
        cause(book, name, due=5.0, sent=5.0)
    book.take_in([seen("a", at=5.5, time=20), seen("b", at=5.5, time=10), seen("c", at=5.5, time=15)])
    book.take_in([seen("d", at=5.5, time=20), seen("e", at=5.5, time=10, subject="bob")])
    assert counted(book) == {"expected": 5, "seen": 5, "out_of_order": 2}


def test_a_repeat_of_an_earlier_decision_is_not_out_of_order() -> None:
    book = a_book()
    for name in ("a", "b"):
        cause(book, name, due=5.0, sent=5.0)
    book.take_in([seen("a", at=5.5, time=10), seen("b", at=5.5, time=20), seen("a", at=5.6, time=10)])
    assert counted(book) == {"expected": 2, "seen": 2, "twice": 1}


def test_what_nobody_can_read_is_counted() -> None:
    book = a_book()
    book.take_in([None, None])
    assert counted(book) == {"unreadable": 2}


def test_everything_is_settled_once_all_came_and_the_clock_was_answered() -> None:
    book = a_book()
    cause(book, "a", due=5.0, sent=5.0)
    book.lag.ticked(0, time=10, due=5.0, events=1)
    book.lag.ticked(0, time=20, due=6.0, events=1)
    found = [book.is_settled]
    book.take_in([seen("a", at=5.5), ClockReached(time=SimTime(10), partition=0)])
    found.append(book.is_settled)
    book.take_in([ClockReached(time=SimTime(20), partition=0)])
    assert [*found, book.is_settled] == [False, False, True]


def test_the_oldest_cause_without_its_decision_is_known() -> None:
    book = a_book()
    found = [book.oldest_awaited()]
    for name, due in (("a", 5.0), ("b", 6.0)):
        cause(book, name, due=due, sent=due)
    found.append(book.oldest_awaited())
    book.take_in([seen("a", at=6.5)])
    assert [*found, book.oldest_awaited()] == [None, 5.0, 6.0]


def test_acknowledgements_are_counted_to_the_event() -> None:
    book = a_book()
    book.sent(np.array([1, 2, 3]), np.array([5.0, 5.1, 5.2]), 5.3)
    book.sent(np.array([4, 5]), np.array([5.3, 5.4]), 5.5)
    book.acknowledged(4, 6.0)
    book.acknowledged(4, 6.5)
    book.acknowledged(5, 7.0)
    deltas = book.take_seconds()
    counts = {one.at: one.acknowledged for one in deltas}
    found = {one.at: one.acknowledgement.largest for one in deltas if one.acknowledgement.counts}
    assert (book.counts.acknowledged, counts) == (5, {1_005: 0, 1_006: 4, 1_007: 1})
    assert found == {1_005: pytest.approx(1_600.0)}
    assert merged(one.acknowledgement for one in deltas).count == 5


def test_what_was_due_is_the_difference_of_totals() -> None:
    book = a_book()
    for count, at in ((10, 5.5), (25, 5.9), (40, 6.0)):
        book.due(count, at)
    assert (book.counts.due, by_second(book, "due")) == (40, {1_005: 25, 1_006: 15})


def test_events_sent_together_count_in_the_second_of_sending_and_lag_in_that_of_due() -> None:
    book = a_book()
    book.sent(np.array([1, 2]), np.array([5.8, 6.2]), 7.0)
    deltas = {one.at: (one.sent, one.lag.largest) for one in book.take_seconds()}
    assert (book.counts.sent, deltas) == (
        2,
        {1_005: (0, pytest.approx(1_200.0)), 1_006: (0, pytest.approx(800.0)), 1_007: (2, None)},
    )


def test_a_host_whose_clock_is_ahead_names_seconds_as_the_others_do() -> None:
    book = a_book()
    book.correct(3.0)
    book.due(1, 5.0)
    assert (book.offset, by_second(book, "due")) == (997.0, {1_002: 1})


def test_staleness_is_how_far_simulated_time_had_moved_on() -> None:
    book = a_book()
    cause(book, "a", due=5.0, sent=5.0, time=100)
    cause(book, "b", due=5.1, sent=5.1, time=700)
    book.take_in([seen("a", at=5.5, time=100), seen("b", at=5.5, time=None)])
    assert merged(one.staleness for one in book.take_seconds()).sparse().largest == 600.0


def test_a_late_event_does_not_make_simulated_time_go_back() -> None:
    book = a_book(knows=False)
    book.sent(np.array([900, 100]), np.array([5.0, 5.1]), 5.2)
    book.take_in([seen("a", at=5.5, time=900)])
    assert merged(one.staleness for one in book.take_seconds()).sparse().largest == 0.0


def test_where_nothing_is_known_beforehand_each_decision_is_one_that_was_expected() -> None:
    book = a_book(knows=False)
    book.sent(np.array([100, 200]), np.array([5.0, 5.1]), 5.2)
    book.take_in([seen("x", at=6.0, time=150), seen("y", at=6.0, time=200), seen("y", at=6.1, time=200)])
    assert counted(book) == {"expected": 2, "seen": 2, "twice": 1}
    assert book.take_latencies().tolist() == pytest.approx([1_000.0, 900.0])
    assert by_second(book, "expected") == {1_005: 2}


def test_a_decision_from_before_the_first_event_is_unexpected_even_there() -> None:
    book = a_book(knows=False)
    book.sent(np.array([100]), np.array([5.0]), 5.2)
    book.take_in([seen("x", at=6.0, time=99)])
    assert counted(book) == {"unexpected": 1}


def test_two_cohorts_later_an_id_is_forgotten() -> None:
    book, found = a_book(), list[dict[str, int]]()
    cause(book, "a", due=5.0, sent=5.0)
    book.take_in([seen("a", at=5.5)])
    for _ in range(2):
        book.begin_cohort()
        book.take_in([seen("a", at=6.0)])
        found.append(counted(book))
    book.begin_cohort()
    book.begin_cohort()
    book.take_in([seen("a", at=7.0)])
    assert [*found, counted(book)] == [
        {"expected": 1, "seen": 1, "twice": 1},
        {"expected": 1, "seen": 1, "twice": 2},
        {"expected": 1, "seen": 1, "twice": 2, "unexpected": 1},
    ]


def test_the_order_of_a_subject_is_kept_over_the_end_of_its_cohort() -> None:
    book = a_book()
    for name in ("a", "b"):
        cause(book, name, due=5.0, sent=5.0)
    book.take_in([seen("a", at=5.5, time=20)])
    book.begin_cohort()
    book.take_in([seen("b", at=5.6, time=10)])
    assert counted(book) == {"expected": 2, "seen": 2, "out_of_order": 1}


def test_the_judge_is_given_lines_by_the_second_of_the_cause() -> None:
    book = a_book()
    cause(book, "a", due=5.9, sent=6.0, value=b"expected")
    book.take_in([seen("a", at=8.0, value=b"seen")])
    book.labels([b"one", b"two"], 6.5)
    book.labels([], 9.0)
    found = [book.take_judged(), book.take_judged()]
    assert found == [
        [JudgedLines(1_005, seen=[b"seen"], expected=[b"expected"]), JudgedLines(1_006, labels=[b"one", b"two"])],
        [],
    ]


def test_seconds_are_handed_on_as_differences() -> None:
    book = a_book()
    cause(book, "a", due=5.0, sent=5.0)
    found = [by_second(book, "expected")]
    book.take_in([seen("a", at=5.5)])
    (delta,) = book.take_seconds()
    assert (found, delta.expected, delta.seen) == ([{1_005: 1}], 0, 1)
