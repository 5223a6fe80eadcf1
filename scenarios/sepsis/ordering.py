"""Who is examined for what, each hour: orders follow the patient's state, so that absence tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.course import HOUR_MS, NEVER, Course
from scenarios.sepsis.urgency import Condition, urgency
from simulator.clinical import laboratory as lab
from simulator.core import portable
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.draws import Draws

# Positions in laboratory.PANELS.
METABOLIC, COUNT, LIVER, GAS, LACTATE, GLUCOSE, POTASSIUM, CULTURE = range(8)
assert lab.PANELS[CULTURE] is lab.BLOOD_CULTURE

# Orders an hour. P19B: creatinine 5.5 %, WBC 5.3 %, AST 1.8 %, pH 2.2 %, lactate 1.9 %, glucose
# 22.2 %, potassium 7.7 % of the hours; joint shares from its panel table.
METABOLIC_RATE = 0.0225
MORNING_RATE = 0.345  # hours 3-5; routine draws before the round; our choice
MORNING_HOURS = (3, 4, 5)
RECENT_HOURS = 5.0  # P19B: a tenth of the creatinines follow within 5 h of the last, and
RECENT_RATE = 0.2  # of the usual rate so soon; our choice
BY_HOUR_OF_STAY = np.array([3.2, 2.6, 1.8, 1.3, 1.3, 1.3])  # P19B: 13 % in hour 2, 8.7 % in 3
COUNT_WITH_METABOLIC = 0.81
COUNT_ALONE_RATE = 0.0085
LIVER_WITH_METABOLIC = 0.27
LIVER_ALONE_RATE = 0.003
GAS_RATE = np.array([0.003, 0.051])  # without and with ventilation; our choice
LACTATE_WITH_GAS = 0.76
LACTATE_WITH_CULTURE = 0.7  # in the hour after; SEP-1 asks for it in all; our choice
LACTATE_ALONE_RATE = 0.001
GLUCOSE_RATE = 0.133
POTASSIUM_ALONE_RATE = 0.021

PER_SEVERITY = 0.18  # log rate for one SD; our choice
# What an urgency of 1 adds to the rate of each panel. Chosen for P19B: in the 6 h before onset
# creatinine is measured 1.4 times, gases and lactate 2.1 times as often as a day before.
PER_URGENCY = np.array([0.6, 0.5, 0.7, 1.8, 1.8, 0.1, 0.4, 0.0])


@dataclass(frozen=True, slots=True)
class Ordered:
    """What is ordered in an hour: which panels (n, 7), how far into it (n,)."""

    panels: BoolArray
    past_ms: IntArray


@dataclass(frozen=True, slots=True)
class Ordering:
    """The habits of ordering: each patient's own rates, and the last panel."""

    draws: Draws
    course: Course
    eagerness: FloatArray
    glucose: FloatArray
    lactate_with_culture: BoolArray
    metabolic_at: IntArray

    def orders(self, rows: IntArray, hour: int, condition: Condition) -> Ordered:
        """Return the orders of `hour`, given how the patients are."""
        u = self.draws.uniforms("orders.hour", self.course.subjects[rows], hour, size=8)
        factor = self.eagerness[rows, None] * (1.0 + urgency(condition)[:, None] * PER_URGENCY)
        panels = np.empty((len(rows), 7), dtype=np.bool_)
        panels[:, METABOLIC] = u[:, 0] < self._metabolic_rate(rows, hour) * factor[:, METABOLIC]
        panels[:, GAS] = u[:, 3] < GAS_RATE[self.course.ventilated[rows].astype(np.int64)] * factor[:, GAS]
        self.metabolic_at[rows[panels[:, METABOLIC]]] = hour * HOUR_MS
        _add_companions(panels, u, factor)
        cultured = (condition.since_culture >= 0) & (condition.since_culture < HOUR_MS)
        panels[:, LACTATE] |= cultured & self.lactate_with_culture[rows]
        alone = ~panels[:, METABOLIC]
        panels[:, GLUCOSE] = alone & (u[:, 5] < self.glucose[rows] * factor[:, GLUCOSE])
        panels[:, POTASSIUM] = alone & (u[:, 6] < POTASSIUM_ALONE_RATE * factor[:, POTASSIUM])
        # Orders of one patient and hour go out together, as a set.
        return Ordered(panels, np.rint(u[:, 7] * 3_540.0).astype(np.int64) * 1_000)

    def _metabolic_rate(self, rows: IntArray, hour: int) -> FloatArray:
        stayed = (hour * HOUR_MS - self.course.admitted_at[rows]) // HOUR_MS
        early = BY_HOUR_OF_STAY[np.minimum(stayed, len(BY_HOUR_OF_STAY) - 1)]
        boost = np.where(stayed < len(BY_HOUR_OF_STAY), early, 1.0)
        since = hour * HOUR_MS - self.metabolic_at[rows]
        recent = np.where(since < RECENT_HOURS * HOUR_MS, RECENT_RATE, 1.0)
        return boost * recent * (MORNING_RATE if hour % 24 in MORNING_HOURS else METABOLIC_RATE)


def make_ordering(course: Course, draws: Draws) -> Ordering:
    """Draw what is a patient's own: how much is ordered at all, and how often glucose."""
    sigma = 0.9  # our choice: few are checked hourly, some hardly ever
    own = draws.lognormal("orders.glucose", course.subjects, median=1.0, sigma=sigma)
    return Ordering(
        draws=draws,
        course=course,
        eagerness=portable.exp(PER_SEVERITY * course.severity),
        glucose=np.minimum(GLUCOSE_RATE * own, 0.95),
        lactate_with_culture=draws.bernoulli("culture.lactate", course.subjects, probability=LACTATE_WITH_CULTURE),
        metabolic_at=np.full(len(course.subjects), -NEVER, dtype=np.int64),
    )


def _add_companions(panels: BoolArray, u: FloatArray, factor: FloatArray) -> None:
    """Add what is panels together with a metabolic panel or a blood gas, or rarely alone."""
    metabolic, gas = panels[:, METABOLIC], panels[:, GAS]
    alone = u[:, 1] < COUNT_ALONE_RATE * factor[:, COUNT]
    panels[:, COUNT] = np.where(metabolic, u[:, 1] < COUNT_WITH_METABOLIC, alone)
    alone = u[:, 2] < LIVER_ALONE_RATE * factor[:, LIVER]
    panels[:, LIVER] = np.where(metabolic, u[:, 2] < LIVER_WITH_METABOLIC, alone)
    alone = u[:, 4] < LACTATE_ALONE_RATE * factor[:, LACTATE]
    panels[:, LACTATE] = np.where(gas, u[:, 4] < LACTATE_WITH_GAS, alone)
