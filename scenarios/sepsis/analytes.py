"""The laboratory analytes of an ICU patient, and how illness shifts them."""

from __future__ import annotations

import numpy as np

from scenarios.sepsis.course import Course
from simulator.clinical import laboratory as lab
from simulator.core.arrays import FloatArray
from simulator.core.draws import Draws
from simulator.generators.lab_values import AnalyteModel, LabValues, make_lab_values
from simulator.generators.ornstein_uhlenbeck import symmetric

# Median, SD and skew: from p5, p50 and p95 of P19B (sodium, oxygen, bicarbonate: our choice).
# Shares and time constants: from the serial correlations of P19B, else our choice.
MODELS = (
    AnalyteModel(lab.SODIUM, 138.5, 4.5, 0.0, 0.55, 0.35, 48.0, is_linear=True),
    AnalyteModel(lab.POTASSIUM, 4.0, 0.147, 0.05, 0.25, 0.60, 12.0),
    AnalyteModel(lab.BICARBONATE, 23.4, 3.1, 0.0, 0.45, 0.45, 24.0, is_linear=True),
    AnalyteModel(lab.UREA_NITROGEN, 17.0, 0.714, 0.07, 0.70, 0.29, 90.0),
    AnalyteModel(lab.CREATININE, 0.96, 0.728, 0.28, 0.72, 0.27, 100.0),
    AnalyteModel(lab.GLUCOSE, 127.0, 0.318, 0.104, 0.30, 0.45, 6.0),
    AnalyteModel(lab.GLUCOSE_POINT_OF_CARE, 127.0, 0.318, 0.104, 0.30, 0.45, 6.0),
    AnalyteModel(lab.LEUKOCYTES, 9.3, 0.467, 0.0, 0.60, 0.34, 40.0),
    AnalyteModel(lab.HEMOGLOBIN, 9.95, 0.21, 0.025, 0.60, 0.34, 36.0),
    AnalyteModel(lab.HEMATOCRIT, 30.5, 0.21, 0.025, 0.60, 0.34, 36.0),
    AnalyteModel(lab.PLATELETS, 182.0, 0.529, -0.125, 0.77, 0.21, 48.0),
    AnalyteModel(lab.BILIRUBIN, 0.8, 0.86, 0.187, 0.80, 0.18, 72.0),
    AnalyteModel(lab.ASPARTATE_AMINOTRANSFERASE, 32.0, 1.19, 0.33, 0.75, 0.23, 36.0),
    AnalyteModel(lab.ALKALINE_PHOSPHATASE, 70.0, 0.56, 0.13, 0.85, 0.13, 96.0),
    AnalyteModel(lab.PH, 7.38, 0.082, -0.09, 0.35, 0.50, 8.0, is_linear=True),
    AnalyteModel(lab.CARBON_DIOXIDE, 39.0, 0.226, 0.068, 0.45, 0.40, 8.0),
    AnalyteModel(lab.OXYGEN, 105.0, 0.45, 0.0, 0.30, 0.40, 6.0),
    AnalyteModel(lab.LACTATE, 1.8, 0.704, 0.173, 0.35, 0.60, 12.0),
)
NAMES = tuple(model.code.code for model in MODELS)
CODES = tuple(model.code for model in MODELS)

# P19B: the same hour, logarithms where skewed; those with our choice are marked.
_PAIRS = {
    (lab.POTASSIUM, lab.CREATININE): 0.32,
    (lab.UREA_NITROGEN, lab.CREATININE): 0.70,  # our choice
    (lab.LEUKOCYTES, lab.PLATELETS): 0.20,
    (lab.GLUCOSE, lab.LACTATE): 0.20,
    (lab.GLUCOSE, lab.GLUCOSE_POINT_OF_CARE): 0.95,  # our choice
    (lab.GLUCOSE_POINT_OF_CARE, lab.LACTATE): 0.20,
    (lab.HEMOGLOBIN, lab.HEMATOCRIT): 0.97,  # our choice
    (lab.BILIRUBIN, lab.ASPARTATE_AMINOTRANSFERASE): 0.47,
    (lab.BICARBONATE, lab.LACTATE): -0.40,  # our choice
    (lab.PH, lab.LACTATE): -0.35,  # our choice
    (lab.PH, lab.CARBON_DIOXIDE): -0.40,  # our choice
}
_CORRELATIONS = symmetric(NAMES, {(one.code, other.code): r for (one, other), r in _PAIRS.items()})

# In SDs of the analyte, our choice: what one SD of severity does, and what comes with sepsis.
_PER_SEVERITY = {
    lab.UREA_NITROGEN: 0.15,
    lab.CREATININE: 0.15,
    lab.LEUKOCYTES: 0.12,
    lab.PLATELETS: -0.12,
    lab.BICARBONATE: -0.15,
    lab.LACTATE: 0.20,
    lab.BILIRUBIN: 0.10,
}
_WITH_ILLNESS = {
    lab.LEUKOCYTES: 0.35,  # P19B: mean 12.2 two days before onset, 14.9 in the last 3 h
    lab.CREATININE: 0.10,
    lab.PLATELETS: -0.10,
    lab.LACTATE: 0.10,
}
_SEPTIC = {lab.LEUKOCYTES: 0.40, lab.PLATELETS: -0.20, lab.UREA_NITROGEN: 0.20}


def _vector(table: dict[lab.LabCode, float]) -> FloatArray:
    return np.array([table.get(code, 0.0) for code in CODES])


WITH_ILLNESS = _vector(_WITH_ILLNESS)
"""What the drift to onset adds, in SDs of the analyte."""


def make_values(course: Course, draws: Draws) -> LabValues:
    """Draw the patients' own levels of all analytes."""
    return make_lab_values(
        draws,
        course.subjects,
        MODELS,
        correlations=_CORRELATIONS,
        shift=course.severity[:, None] * _vector(_PER_SEVERITY) + course.septic[:, None] * _vector(_SEPTIC),
    )
