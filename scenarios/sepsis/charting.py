"""What of the vital signs is charted: by which device, when, how rounded, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scenarios.sepsis.course import HOUR_MS, Course
from scenarios.sepsis.events import VITAL_SIGN
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.physiology import DBP, HR, MAP, MEAN, NAMES, PRESSURES, RR, SBP, SPO2, TEMPERATURE
from simulator.clinical import vital_sign
from simulator.core import portable
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.draws import Draws
from simulator.core.events import Block, Coded
from simulator.generators.ornstein_uhlenbeck import spread, symmetric

# The columns of a set: the seven vital signs of physiology.NAMES, then inspired oxygen.
CODES = (
    vital_sign.HEART_RATE,
    vital_sign.RESPIRATORY_RATE,
    vital_sign.TEMPERATURE,
    vital_sign.OXYGEN_SATURATION,
    vital_sign.SYSTOLIC,
    vital_sign.DIASTOLIC,
    vital_sign.MEAN_ARTERIAL,
    vital_sign.INSPIRED_OXYGEN,
)
_CODES, _DISPLAYS, _UNITS = zip(*((one.code, one.display, one.unit) for one in CODES), strict=True)
_STEPS_PER_UNIT = np.array([10.0**code.decimals for code in CODES])

# P19B: nugget; one cuff or line gives all three pressures, so their errors go together.
NOISE = spread(np.array([2.2, 0.2, 0.08, 0.75, 8.0, 5.6, 6.0]), symmetric(NAMES, PRESSURES))
# z + k (z^2 - 1) has a skewness of about 6 k. P19B: HR 0.45, RR 1.1, SBP 0.5, MAP 1.0.
TOTAL_SD = np.array([17.5, 4.6, 0.75, 2.8, 24.0, 14.0, 16.5])
SKEW = np.array([0.07, 0.14, -0.03, -0.16, 0.08, 0.05, 0.09])
LOWEST = np.array([20.0, 4.0, 31.0, 40.0, 40.0, 15.0, 20.0])
HIGHEST = np.array([220.0, 60.0, 42.5, 100.0, 260.0, 180.0, 220.0])

ON_THE_HOUR_SHARE = 0.84  # M3D
# Our choice: :30, :15 and :45 more often than the other multiples of five minutes.
OFF_THE_HOUR_MINUTES = np.array([30, 30, 30, 15, 15, 45, 45, 5, 10, 20, 25, 35, 40, 50, 55])
# Shares of the sets. P19B: nothing in 11.5 % of the hours and in 93.5 % of the first; a shift off
# the hour empties some hours more.
NO_SET_SHARE = 0.055
FIRST_SET_SHARE = 0.065
MISSING = np.array([0.008, 0.10, 0.0, 0.028, 0.025, 0.0, 0.012])
TEMPERATURE_SHARE = 0.85  # in the patient's hour of four; M3D: every 240 min
TEMPERATURE_EXTRA_SHARE = 0.21  # in the other hours; P19B: 34 % of all hours
CHARTING_SIGMA = 1.5  # M3D: p25 7, p50 21, p75 54 min
CHARTING_MINUTES_MAX = 720.0  # our choice

ARTEFACT_BOUNDS = (0.0, 0.6, 0.75, 0.85, 0.92, 1.0)  # our choice

# Our choice of levels; P19B: median 40 %, p5 21 %, p99 100 %.
OXYGEN_LEVELS = np.array([21.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0])
OXYGEN_BOUNDS = np.array([0.08, 0.16, 0.62, 0.78, 0.92, 0.96])
OXYGEN_CHARTED_SHARE = 0.95  # with a blood gas; P19B: FiO2 2.3 %, pH 2.2 % of the hours


@dataclass(frozen=True, slots=True)
class Charting:
    """How the sets of vital signs of all patients are charted.

    `seen` (n, 7) are the values last measured, usual ones before the first.
    """

    draws: Draws
    course: Course
    charting_minutes: float
    artefact_share: float
    seen: FloatArray
    temperature_hour: IntArray
    oxygen: FloatArray

    def chart(self, rows: IntArray, hour: int, hidden: tuple[FloatArray, BoolArray]) -> Block:
        """Return the sets of `hour`: given vital signs (n, 7), who has a blood gas."""
        values, has_blood_gas = hidden
        subjects = self.course.subjects[rows]
        uniforms = self.draws.uniforms("charting.set", subjects, hour, size=12)
        measured = self._measured(rows, hour, uniforms)
        measured[:, 7] = has_blood_gas & (uniforms[:, 5] < OXYGEN_CHARTED_SHARE)
        noise = self.draws.normals("charting.noise", subjects, hour, size=8)
        shown = self._shown(rows, values + portable.matvec(NOISE, noise[:, :7]), uniforms)
        occurred = hour * HOUR_MS + _minutes_past(uniforms[:, 8]) * 60_000
        published = occurred + self._until_charted(noise[:, 7])
        measured &= (occurred < self.course.discharged_at[rows])[:, None]
        self.seen[rows] = np.where(measured[:, :7], shown[:, :7], self.seen[rows])
        places, kinds = np.nonzero(measured)
        return Block(
            type=VITAL_SIGN,
            subject=subjects[places],
            occurred_at=occurred[places],
            published_at=published[places],
            columns={**_coded(kinds), "value": shown[places, kinds]},
        )

    def _measured(self, rows: IntArray, hour: int, uniforms: FloatArray) -> BoolArray:
        """Return which columns (n, 8) of the set are charted."""
        measured = np.empty((len(rows), 8), dtype=np.bool_)
        measured[:, :7] = uniforms[:, :7] >= MISSING
        due = self.temperature_hour[rows] == hour % 4
        share = np.where(due, TEMPERATURE_SHARE, TEMPERATURE_EXTRA_SHARE)
        measured[:, TEMPERATURE] = uniforms[:, TEMPERATURE] < share
        measured[:, DBP] = measured[:, SBP]
        measured[:, MAP] &= measured[:, SBP]
        is_first = hour * HOUR_MS - self.course.admitted_at[rows] < HOUR_MS
        missed = uniforms[:, 7] >= np.where(is_first, FIRST_SET_SHARE, 1.0 - NO_SET_SHARE)
        return measured & ~missed[:, None]

    def _shown(self, rows: IntArray, values: FloatArray, uniforms: FloatArray) -> FloatArray:
        """Return the values (n, 8) as the devices show them, rounded."""
        shown = np.empty((len(rows), 8))
        z = (values - MEAN) / TOTAL_SD
        z += SKEW * (z * z - 1.0)
        shown[:, :7] = MEAN + z * TOTAL_SD
        _order_pressures(shown)
        self._spoil(shown, uniforms[:, 9])
        np.clip(shown[:, :7], LOWEST, HIGHEST, out=shown[:, :7])
        level = 0.85 * self.oxygen[rows] + 0.15 * uniforms[:, 10]
        shown[:, 7] = OXYGEN_LEVELS[np.searchsorted(OXYGEN_BOUNDS, level)]
        rounded: FloatArray = np.rint(shown * _STEPS_PER_UNIT) / _STEPS_PER_UNIT
        return rounded

    def _spoil(self, shown: FloatArray, chance: FloatArray) -> None:
        """Put an artefact into few sets: probe off, line flushed or damped, pulse counted twice."""
        places = np.flatnonzero(chance < self.artefact_share)
        if len(places):
            _spoil_rows(shown, places, chance[places] / self.artefact_share)

    def _until_charted(self, normals: FloatArray) -> IntArray:
        minutes = self.charting_minutes * portable.exp(CHARTING_SIGMA * normals)
        late = np.rint(np.clip(minutes, 0.02, CHARTING_MINUTES_MAX) * 60.0).astype(np.int64)
        return late * 1_000


def make_charting(course: Course, parameters: Parameters, draws: Draws) -> Charting:
    """Draw the habits that stay the same for a patient."""
    return Charting(
        draws=draws,
        course=course,
        charting_minutes=parameters.charting_minutes,
        artefact_share=parameters.artefact_share,
        seen=np.tile(MEAN, (len(course.subjects), 1)),
        temperature_hour=draws.integers("charting.temperature", course.subjects, below=4),
        oxygen=draws.uniform("charting.oxygen", course.subjects),
    )


def _coded(kinds: IntArray) -> dict[str, Coded]:
    return {
        "code": Coded(kinds, _CODES),
        "display": Coded(kinds, _DISPLAYS),
        "unit": Coded(kinds, _UNITS),
    }


def _minutes_past(chance: FloatArray) -> IntArray:
    beyond = np.maximum(chance - ON_THE_HOUR_SHARE, 0.0) / (1.0 - ON_THE_HOUR_SHARE)
    minutes = OFF_THE_HOUR_MINUTES[(beyond * len(OFF_THE_HOUR_MINUTES)).astype(np.int64)]
    return np.where(chance < ON_THE_HOUR_SHARE, 0, minutes)


def _order_pressures(shown: FloatArray) -> None:
    """Keep diastolic below mean below systolic, as one pulse wave has them."""
    shown[:, SBP] = np.maximum(shown[:, SBP], shown[:, MAP] + 6.0)
    shown[:, DBP] = np.minimum(shown[:, DBP], shown[:, MAP] - 4.0)


def _spoil_rows(shown: FloatArray, places: IntArray, kind: FloatArray) -> None:
    # Our choice of kinds and shares; most false alarms come from the saturation probe.
    probe, flushed, damped, pulse, breath = (
        places[(low <= kind) & (kind < high)] for low, high in pairwise(ARTEFACT_BOUNDS)
    )
    shown[probe, SPO2] -= 8.0 + 60.0 * kind[kind < ARTEFACT_BOUNDS[1]]
    shown[flushed, SBP:] = 255.0
    shown[damped, SBP] = shown[damped, DBP]
    shown[pulse, HR] *= 1.8
    shown[breath, RR] *= 2.0
