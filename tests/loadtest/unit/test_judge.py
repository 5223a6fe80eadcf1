"""The judge under load says what `pulsetrain run` says, of every cohort and of their mean."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from loadtests import judge
from loadtests.judge import Judged, LoadJudge, weighted_mean
from loadtests.reports import JudgedLines
from loadtests.spec import LoadSpec, plan_of
from loadtests.stretches import Stretch
from loadtests.summary import worse_than_at_rest
from simulator.harness.library import run
from simulator.scoring import WIRE_METRICS
from tests.loadtest.unit.small_loads import generated

# More septic patients than there are, so that few patients have every score.
SIZE: dict[str, Any] = {"subjects": 150, "duration": "36h", "seed": 3, "set": {"septic_share": 0.4}}
LOAD = LoadSpec(scenario="sepsis", **SIZE)
PLAN = plan_of(LOAD)
WIRE = {metric.name for metric in WIRE_METRICS}


@cache
def cohort(number: int) -> tuple[Stretch, ...]:
    """Return the stretches of a cohort."""
    return tuple(generated(LOAD, cohort=number))


def lines(number: int, *, lost: int = 0, at: int = 100) -> list[JudgedLines]:
    """Return what the judge is given of a cohort, but for so many of the first decisions seen; a second a stretch."""
    found = []
    for second, stretch in enumerate(cohort(number), at):
        expected = [one.value for one in stretch.expected]
        found.append(JudgedLines(second, stretch.labels, expected[lost:], expected))
        lost = max(0, lost - len(expected))
    return found


def judged(*given: list[JudgedLines], knows: bool = True) -> Judged:
    """Return what the judge says of all that it is given."""
    found = LoadJudge(PLAN, knows=knows)
    for one in (one for several in given for one in several):
        found.add(one)
    return found.judge()


def score_of_run() -> dict[str, float | None]:
    """Return the score of a run of the same size in open loop, but for the wire."""
    report = run("sepsis", open_loop=True, **SIZE).report
    return {name: value for name, value in report.score.items() if name not in WIRE}


def test_the_score_of_a_cohort_is_that_of_the_run_to_the_digit() -> None:
    found = judged(lines(0))
    assert found == Judged(150, score_of_run(), score_of_run())
    assert found.score["sensitivity"] is not None


def test_the_order_in_which_workers_speak_does_not_matter() -> None:
    assert judged(lines(0)[::-1]) == judged(lines(0))


def test_decisions_that_are_missing_make_it_worse_than_at_rest() -> None:
    found, whole = judged(lines(0, lost=10_000)), judged(lines(0))
    worse = worse_than_at_rest(PLAN.scenario.metrics, found.score, found.at_rest)
    assert (found.at_rest, found.score["sensitivity"]) == (whole.at_rest, 0.0)
    assert [one.split()[0] for one in worse][:1] == ["sensitivity"]


def test_nothing_missing_is_not_worse_than_at_rest() -> None:
    found = judged(lines(0))
    assert worse_than_at_rest(PLAN.scenario.metrics, found.score, found.at_rest) == []


def test_a_decision_given_twice_counts_once() -> None:
    seen = [JudgedLines(one.at, seen=one.seen) for one in lines(0)]
    assert judged(lines(0), seen) == judged(lines(0))


def test_the_score_of_two_cohorts_is_their_mean_weighted_by_patients() -> None:
    each = [judged(lines(number)) for number in (0, 1)]
    both = judged(lines(0), lines(1))
    assert both.patients == 300
    assert both.score == weighted_mean([(one.patients, one.score) for one in each])
    assert each[0].score != each[1].score


def test_a_cohort_of_which_less_is_known_weighs_less() -> None:
    half = [one for one in lines(1) if one.at < 110]
    each, both = [judged(lines(0)), judged(half)], judged(lines(0), half)
    assert 0 < each[1].patients < 140
    assert both.score == weighted_mean([(one.patients, one.score) for one in each])
    assert both.at_rest == weighted_mean([(one.patients, one.at_rest) for one in each])


@pytest.mark.parametrize("seconds", [(5, 9), (9, 5)])
def test_a_subject_counts_once_all_its_labels_are_there_whoever_spoke_first(seconds: tuple[int, int]) -> None:
    found, (label, *_) = LoadJudge(PLAN, knows=True), [line for one in lines(0) for line in one.labels]
    for at in seconds:
        found.add(JudgedLines(at, [label]))
    assert [found.judge(lambda at, wanted=wanted: at == wanted).patients for wanted in (5, 9)] == [0, 1]


def test_the_mean_is_over_those_that_have_a_value() -> None:
    scores = [(1, {"a": 1.0, "b": None}), (3, {"a": 5.0, "b": None}), (9, {"a": None, "c": 2.0})]
    assert weighted_mean(scores) == {"a": 4.0, "b": None, "c": 2.0}


def test_subjects_count_in_the_second_of_their_newest_label() -> None:
    whole, found = judged(lines(0)), LoadJudge(PLAN, knows=True)
    for one in lines(0):
        found.add(one)
    ends = [one.at for one in lines(0)]
    middle = (ends[0] + ends[-1]) // 2
    parts = [found.judge(lambda at: at < middle), found.judge(lambda at: at >= middle)]
    assert sum(one.patients for one in parts) == whole.patients
    assert all(one.patients > 0 for one in parts)
    assert found.judge(lambda _: False) == Judged(0, {}, {})


def test_where_nothing_is_known_beforehand_nothing_is_said_of_rest() -> None:
    found = judged([JudgedLines(one.at, one.labels, one.seen) for one in lines(0)], knows=False)
    assert (found.score, found.at_rest) == (score_of_run(), {})


def test_a_subject_without_a_label_is_not_judged() -> None:
    assert judged([JudgedLines(1, seen=one.seen) for one in lines(0)]) == Judged(0, {}, {})


def test_a_decision_from_after_the_end_of_its_cohort_does_not_count() -> None:
    later = [JudgedLines(1, seen=[moved(text) for one in lines(0) for text in one.seen])]
    without = [JudgedLines(one.at, one.labels, [], one.expected) for one in lines(0)]
    assert judged(without, later) == judged(without)


def moved(text: bytes) -> bytes:
    """Return a decision at a time long after the end, under another id."""
    before, _, after = text.partition(b'"time":"2026')
    return before.replace(b'"id":"', b'"id":"x') + b'"time":"2027' + after


def test_only_a_cohort_of_which_something_was_said_is_scored_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found, late = LoadJudge(PLAN, knows=True), lines(1)[-1]
    for one in (*lines(0), *lines(1)[:-1]):
        found.add(one)
    found.judge()
    scored: list[int] = []
    of_cohort = LoadJudge._of_cohort
    monkeypatch.setattr(
        LoadJudge, "_of_cohort", lambda self, *asked: scored.append(asked[0]) or of_cohort(self, *asked)
    )
    again = [found.judge(), found.judge()]
    found.add(late)
    assert (found.judge(), again[0]) == (judged(lines(0), lines(1)), again[1])
    assert scored[:1] == [1]


def test_of_a_long_load_the_newest_subjects_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "SUBJECTS_MAX", 100)
    assert judged(lines(0), lines(1)).patients == 100
