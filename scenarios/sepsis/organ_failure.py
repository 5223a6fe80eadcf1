"""What makes SOFA rise: from t_SOFA on an organ fails in every septic patient.

The laboratory sees it. In shock the lactate rises as well; the vasopressor, which SOFA also counts, is in treatment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.analytes import CODES, MODELS
from scenarios.sepsis.course import Course
from simulator.clinical import laboratory as lab
from simulator.core import portable
from simulator.core.arrays import FloatArray, IntArray
from simulator.core.draws import Draws
from simulator.generators.lab_values import LabValues


@dataclass(frozen=True, slots=True)
class Organ:
    """An organ to SOFA: analyte, limits of 1 to 4 points, how often it fails."""

    code: lab.LabCode
    limits: tuple[float, float, float, float]
    weight: float


# SOFA (1996), mg/dL and 10^3/uL; weights are our choice.
ORGANS = (
    Organ(lab.CREATININE, (1.2, 2.0, 3.5, 5.0), 45.0),
    Organ(lab.PLATELETS, (150.0, 100.0, 50.0, 20.0), 35.0),
    Organ(lab.BILIRUBIN, (1.2, 2.0, 6.0, 12.0), 20.0),
)
BEYOND = 0.25  # log of what the value goes beyond the limit of two points more; our choice
SHOCK_LACTATE = 1.0  # SDs of the analyte: shock has lactate above 2 mmol/L, by definition


@dataclass(frozen=True, slots=True)
class OrganFailure:
    """What failing organs add to the analytes at worst (n, a), in SDs."""

    course: Course
    worst: FloatArray

    def shift(self, rows: IntArray, analytes: IntArray, moment: tuple[IntArray, FloatArray]) -> FloatArray:
        """Return what is added to `analytes` in `rows`, in SDs, given how ill each is.

        Nothing before t_SOFA; treatment mends organs more slowly than it does fever.
        """
        return self.share(rows, moment) * self.worst[rows, analytes]

    def share(self, rows: IntArray, moment: tuple[IntArray | int, FloatArray]) -> FloatArray:
        """Return how far each patient's organ has failed: 0 before t_SOFA, 1 at worst."""
        now, illness = moment
        return np.where(now >= self.course.sofa_at[rows], np.sqrt(np.minimum(illness, 1.0)), 0.0)


def make_organ_failure(course: Course, draws: Draws, *, values: LabValues) -> OrganFailure:
    """Draw which organ fails in whom, and how far it must to be worth two points more."""
    organ = draws.choice("failure.organ", course.subjects, weights=[one.weight for one in ORGANS])
    worst = np.zeros((len(course.subjects), len(CODES)))
    for place, one in enumerate(ORGANS):
        column = CODES.index(one.code)
        failing = np.flatnonzero(course.septic & (organ == place))
        worst[failing, column] = _two_points(one, values.own[failing, column])
    worst[course.shock, CODES.index(lab.LACTATE)] = SHOCK_LACTATE
    return OrganFailure(course, worst)


def _two_points(organ: Organ, own: FloatArray) -> FloatArray:
    """Return the shift (SDs) that brings usual levels beyond the limit of two points more."""
    model = MODELS[CODES.index(organ.code)]
    rises = organ.limits[0] < organ.limits[-1]
    limits = portable.log(np.array(organ.limits) / model.median) / model.sd
    usual = own + model.skew * own * own
    points = np.sum(usual[:, None] >= limits if rises else usual[:, None] < limits, axis=1)
    aim = limits[np.minimum(points + 1, len(limits) - 1)] + (BEYOND if rises else -BEYOND) / model.sd
    # The inverse of z + skew * z * z, as values have it.
    wanted = (np.sqrt(np.maximum(1.0 + 4.0 * model.skew * aim, 0.0)) - 1.0) / (2.0 * model.skew)
    shift: FloatArray = np.maximum(wanted - own, 0.0) if rises else np.minimum(wanted - own, 0.0)
    return shift
