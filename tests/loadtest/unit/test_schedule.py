"""What is due is the integral of the rate, whatever happened meanwhile."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.schedule import Schedule
from simulator.core.arrays import FloatArray

START = 1_000.0
# Eighths of a second and whole multiples of eight: every count is exact in floating point.
EIGHTHS = st.integers(0, 40)
CHANGES = st.lists(st.tuples(EIGHTHS, st.integers(0, 12)), min_size=1, max_size=8)
Changes = list[tuple[int, int]]


def scheduled(changes: Changes) -> Schedule:
    """Return a schedule of (eighths since the change before, rate / 8)."""
    schedule, at = Schedule(start=START), START
    for gap, rate in changes:
        at += gap / 8
        schedule.change(8.0 * rate, at=at)
    return schedule


def integral(changes: Changes, until: FloatArray) -> FloatArray:
    """Return the events due up to so many seconds after the start, piece by piece."""
    bounds = np.cumsum([gap for gap, _ in changes]) / 8
    pieces = zip(bounds.tolist(), [*bounds.tolist()[1:], np.inf], changes, strict=True)
    parts = [8.0 * rate * np.maximum(0.0, np.minimum(stop, until) - start) for start, stop, (_, rate) in pieces]
    whole: FloatArray = np.sum(parts, axis=0)
    return whole


def ending(changes: Changes, *, seconds: int = 2) -> float:
    """Return a moment after the last change."""
    return START + sum(gap for gap, _ in changes) / 8 + seconds


@given(CHANGES, EIGHTHS)
def test_what_is_due_is_the_integral_of_the_rate(changes: Changes, eighths: int) -> None:
    assert scheduled(changes).due(START + eighths / 8) == int(integral(changes, np.array([eighths / 8]))[0])


@given(CHANGES)
def test_an_event_is_due_when_the_integral_reaches_its_number(changes: Changes) -> None:
    schedule = scheduled(changes)
    due = schedule.due(ending(changes))
    found = integral(changes, schedule.instants(0, due) - START)
    assert found.tolist() == pytest.approx(list(range(1, due + 1)), abs=1e-6)


@given(CHANGES)
def test_instants_rise_from_event_to_event(changes: Changes) -> None:
    schedule = scheduled(changes)
    instants = schedule.instants(0, schedule.due(ending(changes))).tolist()
    assert all(earlier < later for earlier, later in pairwise(instants))


@given(CHANGES, st.integers(0, 200), st.integers(0, 50))
def test_instants_do_not_depend_on_how_many_are_asked_for_at_once(changes: Changes, first: int, length: int) -> None:
    schedule = scheduled([*changes, (1, 12)])
    stop = first + length
    one_by_one = [float(schedule.instants(one, one + 1)[0]) for one in range(first, stop)]
    assert schedule.instants(first, stop).tolist() == one_by_one


def test_events_missed_in_a_gap_keep_the_instants_they_had() -> None:
    schedule = Schedule(start=0.0)
    schedule.change(10.0, at=0.0)
    before = schedule.instants(0, 40).tolist()
    assert schedule.due(4.0) == 40
    schedule.change(1_000.0, at=4.0)
    assert schedule.instants(0, 40).tolist() == before


def test_nothing_is_due_while_the_rate_is_nothing_and_nothing_is_made_up_for() -> None:
    schedule = Schedule(start=0.0)
    schedule.change(10.0, at=0.0)
    schedule.change(0.0, at=1.0)
    schedule.change(10.0, at=3.0)
    assert [schedule.due(at) for at in (1.0, 2.9, 3.0, 4.0)] == [10, 10, 10, 20]
    assert schedule.instants(9, 11).tolist() == [1.0, 3.1]


def test_a_fraction_of_an_event_is_carried_over_a_change_of_rate() -> None:
    schedule = Schedule(start=0.0)
    schedule.change(1.0, at=0.0)
    schedule.change(2.0, at=0.5)
    assert (schedule.due(0.7), schedule.due(0.75)) == (0, 1)


def test_users_that_start_together_leave_one_change_of_rate() -> None:
    schedule = Schedule(start=0.0)
    for rate in range(1, 1_000):
        schedule.change(float(rate), at=5.0)
    assert len(schedule._segments) == 2


def test_the_next_event_after_what_was_forgotten_is_known_where_its_rate_changed_just_before_it() -> None:
    schedule = Schedule(start=0.0)
    schedule.change(1.0, at=0.0)
    schedule.change(2.0, at=10.5)
    schedule.forget(10)
    assert schedule.instants(10, 12).tolist() == [10.75, 11.25]


def test_an_event_due_at_a_change_of_rate_is_known_when_those_before_it_are_forgotten() -> None:
    schedule = Schedule(start=0.0)
    for rate, at in ((1.0, 0.0), (100.0, 11.0), (5.0, 12.0)):
        schedule.change(rate, at=at)
    schedule.forget(10)
    assert schedule.instants(10, 12).tolist() == pytest.approx([11.0, 11.01])
    assert schedule.instants(10, 11).tolist() == [11.0]


def test_the_last_of_several_rates_at_one_instant_holds() -> None:
    schedule = Schedule(start=0.0)
    for rate in (1.0, 2.0, 3.0):
        schedule.change(rate, at=1.0)
    assert (schedule.rate, schedule.due(1.0), schedule.due(2.0)) == (3.0, 0, 3)


@given(CHANGES, st.integers(0, 500))
def test_forgetting_changes_nothing_later(changes: Changes, before: int) -> None:
    remembering, forgetting = scheduled([*changes, (1, 12)]), scheduled([*changes, (1, 12)])
    later = ending(changes, seconds=5)
    forgetting.forget(before)
    wanted = (before, max(before, remembering.due(later)))
    assert forgetting.instants(*wanted).tolist() == remembering.instants(*wanted).tolist()
    assert forgetting.due(later) == remembering.due(later)


def test_forgetting_keeps_memory_flat() -> None:
    schedule = Schedule(start=0.0)
    for second in range(1_000):
        schedule.change(10.0 + second % 2, at=float(second))
        schedule.forget(schedule.due(float(second)))
    assert len(schedule._segments) <= 3


@pytest.mark.parametrize(("rate", "at"), [(-1.0, 6.0), (1.0, 4.9)])
def test_neither_rates_below_zero_nor_changes_in_the_past_can_be(rate: float, at: float) -> None:
    schedule = Schedule(start=0.0)
    schedule.change(1.0, at=5.0)
    with pytest.raises(AssertionError):
        schedule.change(rate, at=at)
