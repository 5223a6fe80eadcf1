"""The series of the page: however often it is asked for, and whatever comes late, it is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loadtests.page import series
from loadtests.page.series import Point, Series
from tests.loadtest.page.shown_loads import BEGAN, ShownLoad, delta

FIRST = int(BEGAN)
LAST = FIRST + 400
# A word of a worker: seconds since the last one, how far back it speaks of, what it adds, and polls after it.
SAID = st.tuples(st.integers(0, 9), st.integers(0, 60), st.integers(1, 5), st.floats(0.1, 5_000.0), st.integers(0, 2))


def polled(followed: Series, known: dict[int, Point], revision: int) -> int:
    """Take in one answer, as the page does; return the revision to ask for next."""
    points = followed.since(revision)
    known.update((one.at, one) for one in points)
    return followed.revision_of(points[-1]) if points else followed.revision


def drained(followed: Series, known: dict[int, Point], revision: int) -> None:
    """Ask until a load that is over has nothing more to say."""
    # Old seconds are compared in turn, so a change may take a few looks to be found.
    for _ in range(20):
        followed.look(is_over=True)
        revision = polled(followed, known, revision)


@given(st.lists(SAID, max_size=40))
def test_polling_in_pieces_gives_the_series_of_one_poll(said: list[tuple[int, int, int, float, int]]) -> None:
    load, known, revision, at = ShownLoad(), dict[int, Point](), 0, FIRST
    load.begin()
    assert load.gathered is not None
    followed = Series(load.gathered)
    for steps, back, count, milliseconds, polls in said:
        at += steps
        of = max(FIRST, at - back)
        load.tell(at + 0.5, delta(of, {"latency": [milliseconds], "lag": [milliseconds / 10]}, seen=count, due=count))
        for _ in range(polls):
            followed.look()
            revision = polled(followed, known, revision)
    drained(followed, known, revision)
    whole = dict[int, Point]()
    drained(Series(load.gathered), whole, 0)
    assert known == whole


def test_a_decision_that_comes_minutes_late_changes_the_second_in_which_its_cause_was_due() -> None:
    load = ShownLoad()
    load.begin()
    load.tell(BEGAN + 1.0, delta(FIRST, due=1, expected=1))
    load.tell(BEGAN + 300.0)
    assert load.gathered is not None
    followed = Series(load.gathered)
    for _ in range(20):
        followed.look()
    before = followed.revision
    load.tell(BEGAN + 300.5, delta(FIRST, {"latency": [300_000.0]}, seen=1, late=1))
    followed.look()
    assert [(one.at, one.seen, one.p99) for one in followed.since(before)] == [(FIRST, 1, 300_000.0)]


def test_events_sent_seconds_after_they_were_due_change_the_lag_of_their_second() -> None:
    load = ShownLoad()
    load.begin()
    load.tell(BEGAN + 5.0, delta(FIRST, {"lag": [1.0]}, due=2, sent=1))
    assert load.gathered is not None
    followed = Series(load.gathered)
    followed.look()
    before = followed.revision
    load.tell(BEGAN + 5.1, delta(FIRST, {"lag": [4_000.0]}), delta(FIRST + 4, sent=1))
    followed.look()
    assert [(one.at, one.schedule_lag_p99) for one in followed.since(before)] == [(FIRST, 4_000.0)]


def test_a_second_of_which_a_worker_may_still_speak_is_left_out_until_the_load_is_over() -> None:
    load = ShownLoad()
    load.begin()
    load.tell(BEGAN + 4.5, *(delta(FIRST + second, due=1) for second in range(5)))
    assert load.gathered is not None
    followed = Series(load.gathered)
    followed.look()
    running = [one.at - FIRST for one in followed.since(0)]
    followed.look(is_over=True)
    assert (running, sorted(one.at - FIRST for one in followed.since(0))) == ([2, 1, 0], [0, 1, 2, 3, 4])


def test_a_second_without_a_word_has_its_point_and_no_gauge() -> None:
    load = ShownLoad()
    load.begin()
    load.tell(BEGAN + 0.5, delta(FIRST, due=1))
    load.tell(BEGAN + 4.5)
    assert load.gathered is not None
    followed = Series(load.gathered)
    followed.look()
    assert {one.at - FIRST: (one.due, one.outstanding) for one in followed.since(0)} == {
        0: (1, 0),
        1: (0, None),
        2: (0, None),
    }


def test_no_look_makes_more_points_than_it_may_and_the_newest_come_first() -> None:
    load = ShownLoad()
    load.begin()
    load.tell(LAST + 2.5, *(delta(second, due=1) for second in range(FIRST, LAST + 1)))
    assert load.gathered is not None
    followed = Series(load.gathered)
    followed.look()
    made = [one.at for one in followed.since(0)]
    assert (made, followed.is_complete) == (list(range(LAST, LAST - series.RENEWED_MAX, -1)), False)


def test_a_load_that_has_not_begun_has_no_point() -> None:
    load = ShownLoad()
    load.begin()
    assert load.gathered is not None
    load.gathered.began = None
    load.tell(BEGAN + 5.0, delta(FIRST, due=1))
    followed = Series(load.gathered)
    followed.look()
    assert followed.since(0) == []
