"""The published stream as a table of patient-hours, as the PhysioNet 2019 data set has it.

One row is an hour of a patient since admission, a column the median of what was measured in that
hour (by occurred_at), NaN where nothing was. As there, the rows of a septic patient stop three
hours after onset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.course import HOUR_MS
from scenarios.sepsis.events import CATALOG, LAB_RESULTED, VITAL_SIGN
from scenarios.sepsis.labels import ENCOUNTER_ENDED, SEPSIS_ONSET, Ending
from simulator.clinical import laboratory as lab
from simulator.clinical import vital_sign as vital
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.events import Block, Coded
from simulator.core.labels import Label

HOURS_AFTER_ONSET = 3
LABEL_HOURS_BEFORE = 6

# Column names of the data set, and the LOINC codes that go into each.
COLUMNS = {
    "HR": (vital.HEART_RATE.code,),
    "RR": (vital.RESPIRATORY_RATE.code,),
    "Temp": (vital.TEMPERATURE.code,),
    "SpO2": (vital.OXYGEN_SATURATION.code,),
    "SBP": (vital.SYSTOLIC.code,),
    "DBP": (vital.DIASTOLIC.code,),
    "MAP": (vital.MEAN_ARTERIAL.code,),
    "FiO2": (vital.INSPIRED_OXYGEN.code,),
    "Creatinine": (lab.CREATININE.code,),
    "BUN": (lab.UREA_NITROGEN.code,),
    "WBC": (lab.LEUKOCYTES.code,),
    "Platelets": (lab.PLATELETS.code,),
    "Hgb": (lab.HEMOGLOBIN.code,),
    "Potassium": (lab.POTASSIUM.code,),
    "Glucose": (lab.GLUCOSE.code, lab.GLUCOSE_POINT_OF_CARE.code),
    "Lactate": (lab.LACTATE.code,),
    "pH": (lab.PH.code,),
    "PaCO2": (lab.CARBON_DIOXIDE.code,),
    "Bilirubin": (lab.BILIRUBIN.code,),
}


@dataclass(frozen=True, slots=True)
class Cohort:
    """The patients who stay an hour at least; onset_hour is -1 without sepsis."""

    subject: IntArray
    admitted_at: IntArray
    hours: IntArray
    onset_hour: IntArray
    died: BoolArray

    @property
    def first_row(self) -> IntArray:
        """Return where each stay's rows begin."""
        return np.concatenate([[0], np.cumsum(self.hours)[:-1]])


@dataclass(frozen=True, slots=True)
class HourlyTable:
    """Patient-hours: whose row, which hour since admission, and the columns."""

    cohort: Cohort
    patient: IntArray
    hour: IntArray
    columns: Mapping[str, FloatArray]

    @property
    def to_onset(self) -> FloatArray:
        """Return hours since onset, NaN in those who have none."""
        onset = self.cohort.onset_hour[self.patient]
        return np.where(onset >= 0, self.hour - onset, np.nan)

    @property
    def label(self) -> BoolArray:
        """Return whether the hour is labelled septic: from six hours before onset on."""
        septic: BoolArray = self.to_onset >= -LABEL_HOURS_BEFORE
        return septic

    def carried_forward(self, name: str) -> FloatArray:
        """Return a column with each gap filled by the patient's last value, if any."""
        column = self.columns[name]
        rows = np.arange(len(column))
        last = np.maximum.accumulate(np.where(np.isnan(column), -1, rows))
        own = last >= self.cohort.first_row[self.patient]
        return np.where(own, column[np.maximum(last, 0)], np.nan)


def make_hourly_table(blocks: Iterable[Block], labels: Sequence[Label]) -> HourlyTable:
    """Return the table of all stays that the labels tell of."""
    cohort = _cohort(labels)
    measurements = _measurements(blocks, cohort)
    rows = int(cohort.hours.sum())
    patient = np.repeat(np.arange(len(cohort.hours)), cohort.hours)
    return HourlyTable(
        cohort=cohort,
        patient=patient,
        hour=np.arange(rows) - cohort.first_row[patient],
        columns={name: _medians(*measurements[name], rows) for name in COLUMNS},
    )


def _cohort(labels: Sequence[Label]) -> Cohort:
    onsets = {one.subject: one.at for one in labels if one.kind == SEPSIS_ONSET.name}
    rows = []
    for one in labels:
        if one.kind == ENCOUNTER_ENDED.name:
            onset = (onsets[one.subject] - one.at) // HOUR_MS if one.subject in onsets else -1
            hours = (one.known_at - one.at) // HOUR_MS
            kept = min(hours, onset + HOURS_AFTER_ONSET + 1) if onset >= 0 else hours
            died = isinstance(one.data, Ending) and one.data.outcome == "died"
            rows.append((CATALOG.subject_number(one.subject), one.at, kept, onset, died))
    table = np.array(sorted(row for row in rows if row[2] > 0), dtype=np.int64).reshape(-1, 5).T
    return Cohort(table[0], table[1], table[2], table[3], table[4] > 0)


def _measurements(blocks: Iterable[Block], cohort: Cohort) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return the rows and values of each column's measurements."""
    column_of = {code: name for name, codes in COLUMNS.items() for code in codes}
    found: dict[str, list[tuple[IntArray, FloatArray]]] = {name: [] for name in COLUMNS}
    for block in blocks:
        if block.type in (VITAL_SIGN, LAB_RESULTED):
            rows, kept = _rows(block, cohort)
            for code, places in _places_by_code(block, kept):
                if code in column_of:
                    found[column_of[code]].append((rows[places], _values(block)[places]))
    empty = (np.empty(0, dtype=np.int64), np.empty(0))
    return {
        name: (np.concatenate([p[0] for p in [empty, *parts]]), np.concatenate([p[1] for p in [empty, *parts]]))
        for name, parts in found.items()
    }


def _rows(block: Block, cohort: Cohort) -> tuple[IntArray, BoolArray]:
    stay = np.minimum(np.searchsorted(cohort.subject, block.subject), len(cohort.subject) - 1)
    hour = (block.occurred_at - cohort.admitted_at[stay]) // HOUR_MS
    kept = (cohort.subject[stay] == block.subject) & (hour >= 0) & (hour < cohort.hours[stay])
    return cohort.first_row[stay] + hour, kept


def _places_by_code(block: Block, kept: BoolArray) -> list[tuple[str, IntArray]]:
    assert block.columns is not None
    code = block.columns["code"]
    assert isinstance(code, Coded)
    return [(str(value), np.flatnonzero((code.index == i) & kept)) for i, value in enumerate(code.values)]


def _values(block: Block) -> FloatArray:
    assert block.columns is not None
    value = block.columns["value"]
    assert isinstance(value, np.ndarray)
    return value.astype(np.float64)


def _medians(rows: FloatArray, values: FloatArray, count: int) -> FloatArray:
    """Return the median of the values of each row, NaN where there is none."""
    order = np.lexsort((values, rows))
    found, first, number = np.unique(rows[order], return_index=True, return_counts=True)
    ordered = values[order]
    medians = np.full(count, np.nan)
    medians[found] = (ordered[first + (number - 1) // 2] + ordered[first + number // 2]) / 2.0
    return medians
