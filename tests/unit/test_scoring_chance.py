"""Alerts that know nothing of the disease do not beat chance; alerts that do, do."""

from itertools import product
from math import prod

import numpy as np
import pytest

from simulator.core.arrays import IntArray
from simulator.core.draws import Draws
from simulator.core.time import hours
from simulator.scoring import ChanceComparison, FollowUp, Window, compare_with_chance
from simulator.scoring.chance import poisson_binomial_tail

WINDOW = Window(before=hours(12), after=hours(3))


def ints(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


def compare(observed: list[int], onset: list[int], alerts: list[tuple[int, float]]) -> ChanceComparison:
    """Compare, all times in hours; an onset of -1 is none."""
    followed = FollowUp(
        observed=ints(*[hours(one) for one in observed]),
        onset=ints(*[hours(one) if one >= 0 else -1 for one in onset]),
    )
    owners, times = ints(*[one for one, _ in alerts]), ints(*[hours(time) for _, time in alerts])
    return compare_with_chance(followed, owners, times, window=WINDOW)


@pytest.mark.parametrize("at_least", range(5))
def test_the_tail_is_the_sum_over_all_outcomes(at_least: int) -> None:
    shares = [0.1, 0.5, 0.25, 1.0]
    outcomes = product([0, 1], repeat=4)
    expected = sum(
        prod(p if hit else 1 - p for p, hit in zip(shares, hits, strict=True))
        for hits in outcomes
        if sum(hits) >= at_least
    )
    assert poisson_binomial_tail(np.array(shares), at_least) == pytest.approx(expected)


def test_a_case_is_compared_with_those_at_risk_at_its_hour() -> None:
    # Onset of patient 0 at hour 20; 1 is there and alerted in time, 2 alerted too early, 3 is gone.
    found = compare([48, 48, 48, 22], [20, -1, -1, -1], [(0, 10), (1, 23), (2, 7), (3, 15)])
    assert (found.detected, found.shares.tolist()) == (1, [pytest.approx(2 / 3)])


@pytest.mark.parametrize(("alerted", "detected"), [(7.99, 0), (8, 1), (20, 1), (23, 1), (23.01, 0)])
def test_an_alert_is_in_time_from_twelve_hours_before_to_three_after(alerted: float, detected: int) -> None:
    assert compare([48, 48], [20, -1], [(0, alerted)]).detected == detected


def test_repeated_alerts_about_a_patient_count_once() -> None:
    found = compare([48, 48, 48], [20, -1, -1], [(0, 10), (0, 12), (0, 21), (1, 9), (1, 10), (1, 22)])
    assert (found.detected, found.shares.tolist()) == (1, [pytest.approx(2 / 3)])


def test_a_patient_is_no_longer_at_risk_after_the_own_onset() -> None:
    found = compare([48, 48, 48], [20, 10, -1], [(1, 22), (2, 15)])
    assert (found.detected, found.shares.tolist(), found.p_value) == (0, [0.0, 0.5], 1.0)


def test_a_case_watched_too_short_takes_no_part() -> None:
    assert len(compare([22, 48], [20, -1], [(0, 15)]).shares) == 0


def test_alerting_everybody_always_proves_nothing() -> None:
    alerts = [(patient, hour) for patient in range(20) for hour in range(0, 72, 6)]
    found = compare([72] * 20, [20, 30, 40, 50] + [-1] * 16, [(one, float(hour)) for one, hour in alerts])
    assert (found.detected, found.p_value) == (4, 1.0)


def test_alerting_everybody_at_the_same_hour_proves_nothing() -> None:
    found = compare([72] * 20, [50, 52, 54, 56] + [-1] * 16, [(one, 48.0) for one in range(20)])
    assert (found.detected, found.p_value) == (4, 1.0)


def test_foresight_beats_chance() -> None:
    found = compare([72] * 40, [20, 30, 40, 50] + [-1] * 36, [(0, 15), (1, 25), (2, 35), (3, 45)])
    assert (found.detected, found.p_value < 1e-5) == (4, True)


def test_drawn_by_lot_a_small_p_value_is_as_rare_as_it_says() -> None:
    patients = np.arange(400, dtype=np.int64)
    onset = np.where(patients < 30, hours(8) + patients * hours(2), -1)
    followed = FollowUp(observed=np.full(400, hours(80)), onset=onset)
    values = []
    for seed in range(200):
        drawn = Draws(seed).uniforms("alert", patients, size=2)
        owners = np.flatnonzero(drawn[:, 0] < 0.6)
        found = compare_with_chance(followed, owners, (drawn[owners, 1] * hours(80)).astype(np.int64), window=WINDOW)
        values.append(found.p_value)
    rare, seldom, half = (sum(value <= bound for value in values) for bound in (0.01, 0.1, 0.5))
    assert (rare <= 6, seldom <= 30, 60 <= half <= 115) == (True, True, True)
