"""From a decision's simulated time to when what it rests on was due."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests import due_times
from loadtests.due_times import DueTimes

GROUPS = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=8)


def remembered(groups: list[list[int]]) -> tuple[DueTimes, list[tuple[int, float, float]]]:
    """Return due times of events sent in groups of gaps, and (time, due, sent) of each event."""
    times, every, timestamp = DueTimes(), list[tuple[int, float, float]](), 100
    for number, gaps in enumerate(groups):
        stamps = timestamp + np.cumsum(gaps)
        due = np.arange(len(every), len(every) + len(gaps)) / 10.0
        times.add(stamps, due, sent=50.0 + number)
        every += [(int(at), float(one), 50.0 + number) for at, one in zip(stamps, due, strict=True)]
        timestamp = int(stamps[-1])
    return times, every


@given(GROUPS, st.integers(100, 200))
def test_the_last_event_up_to_a_time_is_found_exactly(groups: list[list[int]], wanted: int) -> None:
    times, every = remembered(groups)
    earlier = [(due, sent) for at, due, sent in every if at <= wanted]
    assert times.find(wanted) == (earlier[-1] if earlier else None)


def test_before_the_first_event_nothing_is_known() -> None:
    times, _ = remembered([[5, 1]])
    assert (DueTimes().find(100), times.find(104), times.find(105)) == (None, None, (0.0, 50.0))


def test_a_late_event_counts_as_the_newest_before_it() -> None:
    times = DueTimes()
    for number, stamps in enumerate(([100, 300, 200], [150, 400], [250])):
        times.add(np.array(stamps), np.arange(len(stamps)) + 10.0 * number, sent=50.0 + number)
    found = [times.find(at) for at in (99, 100, 299, 300, 399, 400, 999)]
    late = (10.0, 51.0)
    assert found == [None, (0.0, 50.0), (0.0, 50.0), late, late, (20.0, 52.0), (20.0, 52.0)]


def test_sending_nothing_leaves_no_trace() -> None:
    times, _ = remembered([[1, 1]])
    times.add(np.empty(0, dtype=np.int64), np.empty(0), sent=99.0)
    assert times.find(1_000) == (0.1, 50.0)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ten events be known exactly, and spans be of five."""
    monkeypatch.setattr(due_times, "EXACT_EVENTS", 10)
    monkeypatch.setattr(due_times, "SPAN_EVENTS", 5)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("at_once", [1, 5])
def test_an_older_event_is_known_to_within_its_span(at_once: int) -> None:
    times, every = remembered([[1] * at_once] * (20 // at_once))
    due = [found[0] for at, _, _ in every if (found := times.find(at)) is not None]
    # Of the older two fives the first and the last are left.
    older = [0.0, 0.0, 0.0, 0.0, 0.4, 0.5, 0.5, 0.5, 0.5, 0.9]
    assert due == [*older, *(pytest.approx(one / 10) for one in range(10, 20))]


@pytest.mark.usefixtures("short")
def test_events_sent_at_once_that_are_more_than_are_kept_are_known_by_their_ends() -> None:
    times, _ = remembered([[1] * 30, [1], [1]])
    found = [times.find(at) for at in (115, 130, 131, 132)]
    assert found == [(0.0, 50.0), (2.9, 50.0), (3.0, 51.0), (3.1, 52.0)]


@pytest.mark.parametrize("at_once", [1, 50, 500])
def test_memory_grows_by_little_however_few_are_sent_at_once(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_times, "EXACT_EVENTS", 1_000)
    monkeypatch.setattr(due_times, "SPAN_EVENTS", 100)
    times, every = remembered([[1] * at_once] * (10_000 // at_once))
    entries, spans = sum(len(one.timestamps) for one in times._spans), len(times._spans)
    assert (entries <= 1_000 + 2 * spans, spans <= len(every) // 100) == (True, True)
