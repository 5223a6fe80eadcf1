"""The utility of hourly sepsis predictions, as the PhysioNet/CinC Challenge 2019 defines it.

Source: Reyna et al., Crit Care Med 2020;48:210, and the challenge's evaluation code. An alert
earns most six hours before the onset, and nothing from three hours after it on.
"""

from __future__ import annotations

import numpy as np

from simulator.core.arrays import BoolArray, FloatArray

EARLIEST_HOURS = -12.0  # an alert before this costs as much as a false one
OPTIMAL_HOURS = -6.0
LATEST_HOURS = 3.0
_HIT_MAX = 1.0
_MISS_MIN = -2.0
_FALSE_ALERT = -0.05


def utility(hours_from_onset: FloatArray, is_alerted: BoolArray) -> float:
    """Return the summed utility of hours with and without a standing alert.

    Both have one entry an hour of a patient. `hours_from_onset` is negative before the onset
    and NaN for the hours of a patient who never becomes septic.
    """
    return float(np.where(is_alerted, _of_alert(hours_from_onset), _of_silence(hours_from_onset)).sum())


def normalised_utility(hours_from_onset: FloatArray, is_alerted: BoolArray) -> float | None:
    """Return the utility on the scale where silence is 0 and perfect foresight 1.

    Shapes as in `utility`. None where the best would be no better than silence: nobody septic.
    """
    silent = utility(hours_from_onset, np.zeros(len(is_alerted), dtype=np.bool_))
    best = utility(hours_from_onset, _is_rewarded(hours_from_onset))
    if best <= silent:
        return None
    return (utility(hours_from_onset, is_alerted) - silent) / (best - silent)


def _is_rewarded(tau: FloatArray) -> BoolArray:
    return (tau >= EARLIEST_HOURS) & (tau <= LATEST_HOURS)


def _of_alert(tau: FloatArray) -> FloatArray:
    rising = np.maximum(_HIT_MAX * (tau - EARLIEST_HOURS) / (OPTIMAL_HOURS - EARLIEST_HOURS), _FALSE_ALERT)
    falling = _HIT_MAX * (LATEST_HOURS - tau) / (LATEST_HOURS - OPTIMAL_HOURS)
    earned = np.where(tau <= OPTIMAL_HOURS, rising, np.where(tau <= LATEST_HOURS, falling, 0.0))
    return np.where(np.isnan(tau), _FALSE_ALERT, earned)


def _of_silence(tau: FloatArray) -> FloatArray:
    missed = _MISS_MIN * (tau - OPTIMAL_HOURS) / (LATEST_HOURS - OPTIMAL_HOURS)
    return np.where((tau > OPTIMAL_HOURS) & (tau <= LATEST_HOURS), missed, 0.0)
