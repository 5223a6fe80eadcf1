"""A load that somebody stopped: its steps end where it did, and agree with the whole."""

from __future__ import annotations

from loadtests.asked import Asked
from loadtests.gathered import Gathered
from loadtests.summary import summarise
from tests.loadtest.unit.gatherings import BEGAN, gathered, said


def stopped(after: float, *, shape: str) -> Gathered:
    """Return a load of twenty seconds that was stopped; its last words are of seconds in which little was due."""
    report = said()
    for second in report.seconds[int(after) :]:
        second.due = second.sent = 10
    found = gathered(report, asked=Asked(shape=shape, seconds=20.0, rate=1_000.0))
    found.ended = BEGAN + after
    return found


def test_the_only_step_of_a_load_that_was_stopped_says_what_the_whole_says() -> None:
    report = summarise(stopped(7.4, shape="constant"))
    (step,) = report.steps
    whole = (7, 1_000.0, 1_000.0, 1_000.0, report.latency_ms, report.schedule_lag_ms, report.late)
    assert whole == (
        step.seconds,
        step.asked_per_second,
        step.offered_per_second,
        step.achieved_per_second,
        step.latency_ms,
        step.schedule_lag_ms,
        step.late,
    )


def test_a_step_that_never_began_is_none() -> None:
    report = summarise(stopped(7.4, shape="ladder:steps=4"))
    assert [one.name for one in report.steps] == ["step 1", "step 2"]
