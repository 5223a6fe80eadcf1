"""The utility is the one of the PhysioNet/CinC Challenge 2019."""

import numpy as np
import pytest

from simulator.core.time import SimTime, days, hours
from simulator.scoring import (
    Quartiles,
    alarms_per_patient_day,
    lead_time_hours,
    normalised_utility,
    quantile,
    quartiles,
    utility,
)

HOURS_TO_ONSET = np.arange(-20.0, 12.0)
NEVER = np.full(30, np.nan)


def test_the_example_of_the_challenge_scores_what_its_authors_print() -> None:
    # labels 0 0 0 0 1 1: the onset is six hours after the first 1, at hour 10.
    alerted = np.array([False, False, True, True, True, True])
    assert utility(np.arange(6.0) - 10.0, alerted) == pytest.approx(3.388888888888889, abs=1e-12)


@pytest.mark.parametrize(
    ("tau", "alert", "silence"),
    [(-20, -0.05, 0), (-12, 0, 0), (-6, 1, 0), (-3, 2 / 3, -2 / 3), (3, 0, -2), (4, 0, 0), (np.nan, -0.05, 0)],
)
def test_an_hour_earns_what_the_challenge_gives(tau: float, alert: float, silence: float) -> None:
    hour = np.array([tau])
    earned = utility(hour, np.array([True])), utility(hour, np.array([False]))
    assert earned == pytest.approx((alert, silence))


def test_silence_is_zero_and_foresight_one() -> None:
    tau = np.concatenate([HOURS_TO_ONSET, NEVER])
    silent = np.zeros(len(tau), dtype=bool)
    best = (tau >= -12) & (tau <= 3)
    assert (normalised_utility(tau, silent), normalised_utility(tau, best)) == (0.0, 1.0)


def test_alerting_always_is_worse_than_foresight() -> None:
    tau = np.concatenate([HOURS_TO_ONSET, NEVER])
    assert normalised_utility(tau, np.ones(len(tau), dtype=bool)) == pytest.approx(
        ((utility(HOURS_TO_ONSET, np.ones(32, dtype=bool)) - 1.5) - silence_of_one())
        / (best_of_one() - silence_of_one())
    )


def silence_of_one() -> float:
    return utility(HOURS_TO_ONSET, np.zeros(32, dtype=bool))


def best_of_one() -> float:
    return utility(HOURS_TO_ONSET, (HOURS_TO_ONSET >= -12) & (HOURS_TO_ONSET <= 3))


def test_without_a_septic_patient_there_is_no_utility() -> None:
    assert normalised_utility(NEVER, np.ones(30, dtype=bool)) is None


def test_quartiles_lie_on_the_line_between_values() -> None:
    assert quartiles([4.0, 1.0, 3.0, 2.0]) == Quartiles(q1=1.75, median=2.5, q3=3.25)


def test_no_values_have_no_quartiles() -> None:
    assert (quartiles([]), quantile([], 0.5)) == (None, None)


def test_a_quantile_of_one_value_is_that_value() -> None:
    assert quantile([7.0], 0.95) == 7.0


def test_lead_time_is_negative_after_the_onset() -> None:
    onset = SimTime(hours(100))
    assert (lead_time_hours(SimTime(hours(94)), onset), lead_time_hours(SimTime(hours(102)), onset)) == (6.0, -2.0)


def test_alarms_count_per_day_of_one_patient() -> None:
    assert (alarms_per_patient_day(6, days(4)), alarms_per_patient_day(0, days(0))) == (1.5, None)
