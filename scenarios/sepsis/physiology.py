"""Vital signs as they are in the body: three layers of variation, illness, and treatment.

The form is that of domain literature: x = mean(age, sex, severity) + circadian + slow + fast +
drift, with slow and fast Ornstein-Uhlenbeck processes; the device's noise comes in charting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.course import HOUR_MS, Course
from scenarios.sepsis.parameters import Parameters
from simulator.core import portable
from simulator.core.arrays import FloatArray, IntArray
from simulator.core.draws import Draws
from simulator.generators.ornstein_uhlenbeck import (
    OrnsteinUhlenbeck,
    persistence,
    spread,
    symmetric,
)

NAMES = ("HR", "RR", "T", "O2", "SBP", "DBP", "MAP")
HR, RR, TEMPERATURE, SPO2, SBP, DBP, MAP = range(7)

# One row a constant, one column a vital sign of NAMES; P19B unless said otherwise.
MEAN = np.array([83.2, 18.65, 36.96, 97.35, 125.5, 66.0, 85.5])
BETWEEN_SD = np.array([12.6, 2.5, 0.44, 1.5, 16.6, 9.4, 11.4])
SLOW_SD = np.array([10.5, 2.9, 0.57, 1.8, 13.4, 6.9, 8.6])
SLOW_TAU_HOURS = np.array([11.6, 7.1, 11.0, 9.1, 9.0, 8.5, 8.4])
FAST_SD = np.array([4.2, 2.4, 0.0, 1.15, 8.1, 4.3, 5.1])
FAST_TAU_HOURS = np.array([0.55, 0.5, 0.0, 0.56, 1.0, 0.85, 0.9])
PER_YEAR = np.array([-0.165, 0.012, -0.002, -0.013, 0.11, -0.17, -0.09])
FEMALE = np.array([0.6, 0.0, 0.0, 0.0, 0.0, -1.8, -0.8])
AT_ADMISSION = np.array([1.5, 0.0, -0.6, 0.6, 0.0, 0.0, 0.0])
TRANSIENT_KEPT = 0.82  # an hour: a time constant of 5 h
PER_SEVERITY = np.array([2.5, 0.5, 0.02, -0.15, -1.5, -0.8, -1.0])  # our choice
SEPTIC = np.array([3.7, 0.8, 0.08, 0.0, 0.0, -0.6, -0.8])
# Change over the day before onset: the spread between patients exceeds the mean.
DRIFT_MEAN = np.array([5.2, 1.15, 0.48, -0.4, -3.5, -1.4, -2.0])
DRIFT_SD = np.array([7.0, 2.4, 0.6, 1.0, 9.0, 5.0, 6.0])
# M3D cosinor: amplitude and hour of the peak.
CIRCADIAN = np.array([0.72, 0.39, 0.06, 0.0, 1.0, 0.6, 0.7])
CIRCADIAN_PEAK_HOUR = np.array([17.3, 17.7, 21.0, 0.0, 17.0, 17.0, 17.0])

PRESSURES = {("SBP", "MAP"): 0.80, ("MAP", "DBP"): 0.87, ("SBP", "DBP"): 0.54}
_BETWEEN = symmetric(NAMES, {**PRESSURES, ("HR", "T"): 0.26, ("HR", "RR"): 0.18, ("RR", "O2"): -0.1})
_SLOW = symmetric(NAMES, {**PRESSURES, ("HR", "T"): 0.27, ("HR", "RR"): 0.22, ("RR", "T"): 0.12})
_FAST = symmetric(NAMES, {**PRESSURES, ("HR", "RR"): 0.08})
_DRIFT = symmetric(NAMES, {**PRESSURES, ("HR", "T"): 0.4, ("HR", "RR"): 0.3, ("RR", "T"): 0.2})

PRODROME_HOURS = 24.0  # P19B: vital signs part from those of others a day before onset
EFFECT_AFTER_HOURS = 8.0  # our choice: no change for 6-12 h after the first antibiotic
RECOVERY_HOURS = 18.0  # to a half, then slower; our choice: defervescence in 24-72 h


@dataclass(frozen=True, slots=True)
class Physiology:
    """The hidden vital signs of all patients; its states change with every hour."""

    draws: Draws
    course: Course
    circadian: float
    baseline: FloatArray
    drift: FloatArray
    transient: FloatArray
    slow_state: FloatArray
    fast_state: FloatArray
    slow: OrnsteinUhlenbeck
    fast: OrnsteinUhlenbeck

    def advance(self, rows: IntArray, first: IntArray, hour: int) -> None:
        """Move `rows` to `hour`; `first` are those of them in their first hour."""
        subjects = self.course.subjects
        if len(first):
            normals = self.draws.normals("vitals.start", subjects[first], size=14)
            self.slow_state[first] = self.slow.start(normals[:, :7])
            self.fast_state[first] = self.fast.start(normals[:, 7:])
            self.transient[first] = 1.0
        normals = self.draws.normals("vitals.advance", subjects[rows], hour, size=14)
        self.transient[rows] *= TRANSIENT_KEPT
        self.slow_state[rows] = self.slow.advance(self.slow_state[rows], normals[:, :7])
        self.fast_state[rows] = self.fast.advance(self.fast_state[rows], normals[:, 7:])

    def values(self, rows: IntArray, hour: int, illness: FloatArray) -> FloatArray:
        """Return the vital signs (n, 7) of `rows` at `hour`, given how ill each is (n,)."""
        x = self.baseline[rows] + self.slow_state[rows]
        x += self.fast_state[rows]
        x += self._rhythm(hour)
        x += self.transient[rows, None] * AT_ADMISSION
        ill = np.flatnonzero(illness)
        x[ill] += illness[ill, None] * self.drift[rows[ill]]
        return x

    def _rhythm(self, hour: int) -> FloatArray:
        phase = (hour % 24 - CIRCADIAN_PEAK_HOUR) * (2.0 * np.pi / 24.0)
        return self.circadian * CIRCADIAN * portable.cos(phase)


def illness(course: Course, rows: IntArray, moment: tuple[IntArray | int, IntArray]) -> FloatArray:
    """Return how far sepsis has come: 0 a day before onset, 1 at it, 1.3 at most.

    The moment is an instant, or one for each, and the first antibiotic of all patients; only what has been given
    by then counts.
    """
    now, antibiotic_at = np.broadcast_to(moment[0], rows.shape), moment[1]
    since = now - course.onset_at[rows]
    sizes = np.zeros(len(rows))
    places = np.flatnonzero(since > -PRODROME_HOURS * HOUR_MS)
    if len(places):
        treated = np.maximum(now[places] - antibiotic_at[rows[places]], 0)
        sizes[places] = drift_size(since[places] / HOUR_MS, treated / HOUR_MS)
    return sizes


def drift_size(since_onset_hours: FloatArray, treated_hours: FloatArray) -> FloatArray:
    """Return the drift's size: 0 a day before onset, 1/3 at -12 h, 1 at onset.

    Untreated it goes on to 1.3; some hours after the first antibiotic it fades. P19B: two thirds
    of the change fall into the last 12 h. What follows onset is our choice.
    """
    before = np.clip((since_onset_hours + 24.0) / 36.0, 0.0, 1.0 / 3.0)
    near = np.clip((since_onset_hours + 12.0) / 18.0, 0.0, 2.0 / 3.0)
    beyond = np.clip(since_onset_hours * 0.02, 0.0, 0.3)
    effect = np.maximum(treated_hours - EFFECT_AFTER_HOURS, 0.0)
    return (before + near + beyond) / (1.0 + effect / RECOVERY_HOURS)


def make_physiology(course: Course, parameters: Parameters, draws: Draws) -> Physiology:
    """Draw what is fixed in each patient and return the physiology at rest."""
    count = len(course.subjects)
    return Physiology(
        draws=draws,
        course=course,
        circadian=parameters.circadian,
        baseline=_baselines(course, draws),
        drift=parameters.drift * _drifts(course, draws),
        transient=np.zeros(count),
        slow_state=np.zeros((count, 7)),
        fast_state=np.zeros((count, 7)),
        slow=OrnsteinUhlenbeck(spread(SLOW_SD, _SLOW), persistence(1.0, SLOW_TAU_HOURS)),
        fast=OrnsteinUhlenbeck(spread(FAST_SD, _FAST), persistence(1.0, FAST_TAU_HOURS)),
    )


def _baselines(course: Course, draws: Draws) -> FloatArray:
    normals = draws.normals("vitals.baseline", course.subjects, size=7)
    own: FloatArray = MEAN + portable.matvec(spread(BETWEEN_SD, _BETWEEN), normals)
    own += (course.age - 61.0)[:, None] * PER_YEAR
    own += course.severity[:, None] * PER_SEVERITY
    own += course.female[:, None] * FEMALE + course.septic[:, None] * SEPTIC
    return own


def _drifts(course: Course, draws: Draws) -> FloatArray:
    normals = draws.normals("vitals.drift", course.subjects, size=7)
    drift = DRIFT_MEAN + portable.matvec(spread(DRIFT_SD, _DRIFT), normals)
    # Our choice: in shock the pressures fall further, by more than the mean of all septic.
    drift[:, SBP:] -= np.where(course.shock, 8.0, 0.0)[:, None]
    return drift
