"""NEWS2: the published table, case by case, and the rules for alarming again."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from scenarios.sepsis.consumer import REFRACTORY, REPEAT_AFTER, SILENCE, Chart, news2, score
from simulator.clinical.alert import Alert
from simulator.clinical.news2 import points, points_of_each
from simulator.clinical.vital_sign import (
    HEART_RATE,
    INSPIRED_OXYGEN,
    MEAN_ARTERIAL,
    OXYGEN_SATURATION,
    RESPIRATORY_RATE,
    SYSTOLIC,
    TEMPERATURE,
    VitalSign,
    VitalSignCode,
)
from simulator.consumers.chain import ChainRunner, run_in_list
from simulator.core.decisions import Decision
from simulator.core.events import Event
from simulator.core.time import SimTime, hours, minutes

START = SimTime(1_767_571_200_000)

# Each band of NEWS2 (RCP 2017, chart 1, SpO2 scale 1): its first and last value, and its points.
TABLE = [
    (RESPIRATORY_RATE, 0, 8, 3),
    (RESPIRATORY_RATE, 9, 11, 1),
    (RESPIRATORY_RATE, 12, 20, 0),
    (RESPIRATORY_RATE, 21, 24, 2),
    (RESPIRATORY_RATE, 25, 70, 3),
    (OXYGEN_SATURATION, 50, 91, 3),
    (OXYGEN_SATURATION, 92, 93, 2),
    (OXYGEN_SATURATION, 94, 95, 1),
    (OXYGEN_SATURATION, 96, 100, 0),
    (INSPIRED_OXYGEN, 21, 21, 0),
    (INSPIRED_OXYGEN, 22, 100, 2),
    (SYSTOLIC, 40, 90, 3),
    (SYSTOLIC, 91, 100, 2),
    (SYSTOLIC, 101, 110, 1),
    (SYSTOLIC, 111, 219, 0),
    (SYSTOLIC, 220, 300, 3),
    (HEART_RATE, 20, 40, 3),
    (HEART_RATE, 41, 50, 1),
    (HEART_RATE, 51, 90, 0),
    (HEART_RATE, 91, 110, 1),
    (HEART_RATE, 111, 130, 2),
    (HEART_RATE, 131, 250, 3),
    (TEMPERATURE, 30.0, 35.0, 3),
    (TEMPERATURE, 35.1, 36.0, 1),
    (TEMPERATURE, 36.1, 38.0, 0),
    (TEMPERATURE, 38.1, 39.0, 1),
    (TEMPERATURE, 39.1, 43.0, 2),
]
ILL = {RESPIRATORY_RATE: 25, OXYGEN_SATURATION: 95, INSPIRED_OXYGEN: 40, TEMPERATURE: 38.5}


@pytest.mark.parametrize(("sign", "first", "last", "expected"), TABLE)
def test_every_band_of_the_published_table(sign: VitalSignCode, first: float, last: float, expected: int) -> None:
    assert {points(sign.code, first), points(sign.code, last)} == {expected}


@pytest.mark.parametrize(
    ("sign", "value", "expected"),
    [
        (RESPIRATORY_RATE, 20.4, 0),
        (RESPIRATORY_RATE, 20.5, 2),
        (RESPIRATORY_RATE, 8.5, 1),
        (OXYGEN_SATURATION, 91.4, 3),
        (OXYGEN_SATURATION, 91.5, 2),
        (INSPIRED_OXYGEN, 21.4, 0),
        (TEMPERATURE, 38.04, 0),
        (TEMPERATURE, 38.06, 1),
    ],
)
def test_a_value_between_two_of_the_table_counts_as_the_nearer(
    sign: VitalSignCode, value: float, expected: int
) -> None:
    assert points(sign.code, value) == expected


@pytest.mark.parametrize("sign", {row[0] for row in TABLE})
def test_many_values_at_once_score_as_one_by_one(sign: VitalSignCode) -> None:
    values = np.arange(0.0, 301.0, 0.25)
    each = [points(sign.code, value) for value in values.tolist()]
    assert points_of_each(sign.code, np.append(values, np.nan)).tolist() == [*each, 0]


def test_the_worst_chart_scores_seventeen() -> None:
    worst = {RESPIRATORY_RATE: 30, OXYGEN_SATURATION: 80, INSPIRED_OXYGEN: 60, SYSTOLIC: 70, HEART_RATE: 150}
    chart = Chart(points={sign.code: points(sign.code, value) for sign, value in worst.items()})
    assert score(chart) == 14
    chart.points[TEMPERATURE.code] = points(TEMPERATURE.code, 34.0)
    assert score(chart) == 17


_numbers = count()


def measured(sign: VitalSignCode, value: float, at: int, *, occurred: int | None = None) -> Event:
    return Event(
        id=f"sepsis-v1/42/syn-0000001/vital-sign.measured/{next(_numbers)}",
        source="urn:pulsetrain:sepsis-v1:42",
        type="vital-sign.measured",
        subject="syn-0000001",
        occurred_at=SimTime(START + (at if occurred is None else occurred)),
        published_at=SimTime(START + at),
        data=VitalSign(code=sign.code, display=sign.display, value=value, unit=sign.unit),
    )


def chart_of(values: dict[VitalSignCode, float], at: int) -> list[Event]:
    return [measured(sign, value, at + place) for place, (sign, value) in enumerate(values.items())]


def alerts(events: list[Event], *, until: int | None = None) -> list[tuple[int, float]]:
    end = SimTime(events[-1].published_at if until is None else START + until)
    return [shown(decision) for decision in run_in_list(news2(), events, until=end)]


def shown(decision: Decision) -> tuple[int, float]:
    assert isinstance(decision.data, Alert)
    return decision.time - START, decision.data.score


def test_a_score_of_seven_raises_an_alert_caused_by_the_last_value() -> None:
    events = chart_of(ILL, 0)
    (decision,) = run_in_list(news2(), events, until=events[-1].published_at)
    assert decision == Decision(
        type="alert.raised",
        subject="syn-0000001",
        time=events[-1].published_at,
        caused_by=events[-1].id,
        data=Alert(score=7.0, rule="NEWS2"),
    )


def test_a_score_of_six_raises_none() -> None:
    assert alerts(chart_of(ILL | {TEMPERATURE: 37.0}, 0)) == []


def test_a_vital_sign_without_points_changes_nothing() -> None:
    assert alerts([*chart_of(ILL, 0), measured(MEAN_ARTERIAL, 30, 9)]) == [(3, 7.0)]


def test_a_higher_score_alarms_again_only_after_the_refractory_time() -> None:
    early = measured(HEART_RATE, 120, REFRACTORY // 2)
    later = measured(SYSTOLIC, 115, REFRACTORY + 3)
    assert alerts([*chart_of(ILL, 0), early]) == [(3, 7.0)]
    assert alerts([*chart_of(ILL, 0), early, later]) == [(3, 7.0), (REFRACTORY + 3, 9.0)]


def test_a_score_that_rose_by_one_does_not_alarm_again() -> None:
    assert alerts([*chart_of(ILL, 0), measured(HEART_RATE, 100, hours(5))]) == [(3, 7.0)]


def test_a_score_that_stays_high_alarms_again_each_shift() -> None:
    watched = [measured(HEART_RATE, 80, at) for at in range(minutes(30), hours(25), hours(1))]
    found = alerts([*chart_of(ILL, 0), *watched], until=hours(25))
    assert found == [(3, 7.0), (REPEAT_AFTER + 3, 7.0), (2 * REPEAT_AFTER + 3, 7.0)]


def test_a_repeat_names_the_event_that_raised_the_alarm() -> None:
    events = [*chart_of(ILL, 0), measured(HEART_RATE, 80, hours(11))]
    _, repeat = run_in_list(news2(), events, until=SimTime(START + hours(13)))
    assert (repeat.caused_by, repeat.time) == (events[3].id, START + 3 + REPEAT_AFTER)


def test_a_patient_who_left_alarms_no_more() -> None:
    last = measured(HEART_RATE, 80, REPEAT_AFTER - SILENCE)
    assert alerts([*chart_of(ILL, 0), last], until=hours(30)) == [(3, 7.0)]


def test_a_patient_who_recovered_and_fell_ill_again_alarms_anew() -> None:
    better = [measured(RESPIRATORY_RATE, 15, hours(1)), measured(HEART_RATE, 80, hours(11))]
    worse = measured(RESPIRATORY_RATE, 26, hours(13))
    assert alerts([*chart_of(ILL, 0), *better, worse]) == [(3, 7.0), (hours(13), 7.0)]


def test_a_late_value_does_not_hide_a_newer_one() -> None:
    late = measured(RESPIRATORY_RATE, 15, hours(1), occurred=-1)
    assert alerts([*chart_of(ILL, 0), late, measured(HEART_RATE, 130, hours(5))])[-1] == (hours(5), 9.0)


def test_a_redelivered_value_changes_nothing() -> None:
    runner, events = ChainRunner(news2()), chart_of(ILL, 0)
    decisions = [runner.on_event(event) for event in [*events, *events]]
    assert [len(each) for each in decisions] == [0, 0, 0, 1, 0, 0, 0, 0]
