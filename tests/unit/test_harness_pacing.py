"""Pacing: how far a step goes, when a record is due, and whether a run kept up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.time import Milliseconds, SimTime, hours, minutes, seconds
from simulator.harness.pacing import Pacer, Patience, Stopwatch, step_length


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a wall clock that stands still but for sleeping."""
    now = [1_000.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda span: now.__setitem__(0, now[0] + span))
    return now


@pytest.mark.parametrize(
    ("subjects", "speed", "limit", "step"),
    [
        (1, None, None, hours(6)),
        (3_000, None, None, hours(1)),
        (3_000, None, minutes(15), minutes(15)),
        (10**12, None, None, 1),
        (1, 60.0, None, seconds(3)),
        (1, 3_600.0, minutes(1), minutes(1)),
        (1, 0.001, None, 1),
    ],
)
def test_a_step_is_as_long_as_pace_cohort_and_reaction_allow(
    subjects: int, speed: float | None, limit: Milliseconds | None, step: int
) -> None:
    assert step_length(subjects=subjects, speed=speed, limit=limit) == step


@given(
    subjects=st.integers(1, 10**7),
    speed=st.none() | st.floats(1e-6, 1e6),
    limit=st.none() | st.integers(1, hours(48)).map(Milliseconds),
)
def test_no_step_outlasts_the_reaction_time(subjects: int, speed: float | None, limit: Milliseconds | None) -> None:
    assert 1 <= step_length(subjects=subjects, speed=speed, limit=limit) <= (limit or hours(6))


def test_a_paced_step_leaves_when_it_is_due(wall: list[float]) -> None:
    pacer = Pacer(SimTime(0), 60.0, _began=wall[0])
    pacer.wait(SimTime(minutes(3)))
    assert wall == [1_003.0]
    assert pacer.hindrances() == []


def test_latency_counts_from_when_the_record_was_due(wall: list[float]) -> None:
    pacer = Pacer(SimTime(0), 60.0, _began=wall[0])
    pacer.wait(SimTime(minutes(3)))
    assert pacer.milliseconds_since_due(SimTime(minutes(1))) == 2_000.0


def test_a_run_that_fell_behind_proves_nothing_about_its_pace(wall: list[float]) -> None:
    pacer = Pacer(SimTime(0), 60.0, _began=wall[0])
    wall[0] += 5.0
    pacer.wait(SimTime(minutes(3)))
    pacer.wait(SimTime(minutes(6)))
    assert pacer.hindrances() == ["the run fell 2.0 s behind --speed 60: ask for less"]


@pytest.mark.parametrize(("behind", "proves"), [(1.0, True), (1.01, False)])
def test_a_second_behind_the_pace_is_tolerated_and_no_more(wall: list[float], behind: float, *, proves: bool) -> None:
    pacer = Pacer(SimTime(0), 60.0, _began=wall[0])
    wall[0] += behind
    pacer.wait(SimTime(0))
    assert (pacer.hindrances() == []) == proves


def test_without_a_pace_a_record_is_due_when_its_step_is_handed_over(wall: list[float]) -> None:
    pacer = Pacer(SimTime(0), None)
    pacer.wait(SimTime(100))
    wall[0] += 1.0
    pacer.wait(SimTime(200))
    wall[0] += 1.0
    assert [pacer.milliseconds_since_due(SimTime(at)) for at in (1, 100, 101, 200, 900)] == [
        2000,
        2000,
        1000,
        1000,
        1000,
    ]
    assert pacer.hindrances() == []


def test_patience_ends_unless_it_is_renewed(wall: list[float]) -> None:
    patience = Patience(2.0, _since=wall[0])
    wall[0] += 1.5
    patience.renew()
    wall[0] += 1.5
    assert not patience.is_over
    wall[0] += 0.5
    assert patience.is_over


def test_a_stopwatch_counts_wall_and_cpu_apart(wall: list[float]) -> None:
    watch = Stopwatch(_wall=wall[0])
    wall[0] += 7.0
    assert watch.wall_seconds() == 7.0
    assert 0.0 <= watch.cpu_seconds() < 7.0
