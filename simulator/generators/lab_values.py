"""Values of laboratory analytes: a patient's own level, a slow drift, and the assay's noise.

On the scale of the analyte (logarithmic unless linear) a value is

    median + sd * (Z + skew * Z^2),   Z = own + slow + noise + shift,

with `slow` an Ornstein-Uhlenbeck process that is moved on only when a specimen is drawn, by as
much time as has passed since the last. So it costs nothing while nothing is measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.clinical.laboratory import LabCode
from simulator.core import portable
from simulator.core.arrays import FloatArray, IntArray
from simulator.core.draws import Draws
from simulator.generators.ornstein_uhlenbeck import spread

_HOUR_MS = 3_600_000.0
_MEDIAN, _SD, _SKEW, _SLOW_SD, _NOISE_SD, _TAU, _IS_LINEAR, _STEPS = range(8)
_LONG_AGO = -(2**50)


@dataclass(frozen=True, slots=True)
class AnalyteModel:
    """How an analyte varies. Shares are of the variance; what is left is the noise."""

    code: LabCode
    median: float
    sd: float
    skew: float
    own_share: float
    slow_share: float
    tau_hours: float
    is_linear: bool = False


@dataclass(frozen=True, slots=True)
class LabValues:
    """The analytes of all patients; `slow` and `drawn_at` change with each draw."""

    draws: Draws
    subjects: IntArray
    models: tuple[AnalyteModel, ...]
    own: FloatArray
    slow: FloatArray
    drawn_at: IntArray
    table: FloatArray

    def draw(self, rows: IntArray, analytes: IntArray, drawn: tuple[IntArray, IntArray, FloatArray]) -> FloatArray:
        """Return the values of `analytes` in `rows`, moving their drift on.

        `drawn` is when the specimens are taken (ms), the index of the draw, and a passing shift
        in SDs. A pair of patient and analyte stands at most once in a call.
        """
        taken_at, index, shift = drawn
        model = self.table[analytes].T
        normals = self.draws.normals("lab.value", self.subjects[rows], index * 32 + analytes, size=2)
        before = self.drawn_at[rows, analytes]
        passed = np.maximum(taken_at - before, 0) / _HOUR_MS
        kept = portable.exp(-np.minimum(passed / model[_TAU], 50.0))
        slow = self.slow[rows, analytes] * kept + normals[:, 0] * np.sqrt(1.0 - kept * kept)
        self.slow[rows, analytes] = slow
        self.drawn_at[rows, analytes] = np.maximum(taken_at, before)
        z = self.own[rows, analytes] + model[_SLOW_SD] * slow + model[_NOISE_SD] * normals[:, 1]
        return _reported(z + shift, model)


def _reported(z: FloatArray, model: FloatArray) -> FloatArray:
    moved = model[_SD] * (z + model[_SKEW] * z * z)
    linear = model[_IS_LINEAR] > 0.0
    factor = portable.exp(np.where(linear, 0.0, moved))
    value = np.where(linear, model[_MEDIAN] + moved, model[_MEDIAN] * factor)
    rounded: FloatArray = np.maximum(np.rint(value * model[_STEPS]), 1.0) / model[_STEPS]
    return rounded


def make_lab_values(
    draws: Draws,
    subjects: IntArray,
    models: tuple[AnalyteModel, ...],
    *,
    correlations: FloatArray,
    shift: FloatArray,
) -> LabValues:
    """Draw each patient's own levels.

    `correlations` (a, a) is between the patients' own levels, `shift` (n, a) is added to them,
    in SDs of the analyte.
    """
    own_sd = np.sqrt(np.array([model.own_share for model in models]))
    normals = draws.normals("lab.own", subjects, size=len(models))
    own = portable.matvec(spread(own_sd, correlations), normals) + shift
    start = draws.normals("lab.start", subjects, size=len(models))
    return LabValues(
        draws=draws,
        subjects=subjects,
        models=models,
        own=own,
        slow=start,
        drawn_at=np.full((len(subjects), len(models)), _LONG_AGO, dtype=np.int64),
        table=np.array([_row(model) for model in models]),
    )


def _row(model: AnalyteModel) -> tuple[float, ...]:
    return (
        model.median,
        model.sd,
        model.skew,
        math.sqrt(model.slow_share),
        math.sqrt(max(0.0, 1.0 - model.own_share - model.slow_share)),
        model.tau_hours,
        float(model.is_linear),
        10.0**model.code.decimals,
    )
