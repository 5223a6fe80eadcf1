"""Encounters: who comes, moves and leaves, and the label of each stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scenarios.sepsis.course import Course, ms
from scenarios.sepsis.events import ADMITTED, DISCHARGED, TRANSFERRED
from simulator.clinical.encounter import (
    EXPIRED,
    HOME,
    MEDICAL_ICU,
    OTHER_FACILITY,
    REHABILITATION,
    SKILLED_NURSING,
    STEP_DOWN,
    SURGICAL_ICU,
    Admission,
    Discharge,
    Transfer,
)
from simulator.clinical.patient import Patient
from simulator.core import portable
from simulator.core.arrays import BoolArray, IntArray
from simulator.core.catalog import Catalog
from simulator.core.draws import Draws
from simulator.core.events import Block, EventType
from simulator.generators.names import draw_name_numbers, spell_name

YEAR_MS = 31_556_952_000  # the Gregorian year
REGISTERED_AFTER_MINUTES = 5.0  # median; our choice
REGISTERED_SIGMA = 0.8  # our choice
DISPOSITIONS = (HOME, SKILLED_NURSING, REHABILITATION, OTHER_FACILITY)
DISPOSITION_WEIGHTS = (60.0, 20.0, 8.0, 12.0)  # of the survivors; our choice


@dataclass(frozen=True, slots=True)
class Encounters:
    """The encounters of all patients.

    `late_ms` (n, 3) is from admission, transfer and discharge to their records.
    """

    catalog: Catalog
    course: Course
    names: IntArray
    late_ms: IntArray
    disposition: IntArray

    def admissions(self, rows: IntArray) -> Block:
        """Return the admissions of `rows`."""
        admitted = self.course.admitted_at[rows]
        in_hospital = _texts(admitted - ms(self.course.hospital_hours[rows]), "ms")
        objects = tuple(
            Admission(patient=patient, unit=unit, hospital_admitted_at=f"{instant}Z")
            for patient, unit, instant in zip(self._patients(rows), self._first_units(rows), in_hospital, strict=True)
        )
        return self._block(ADMITTED, rows, (admitted, admitted + self.late_ms[rows, 0]), objects=objects)

    def transfers(self, rows: IntArray) -> Block:
        """Return the transfers of `rows` to step-down."""
        objects = tuple(Transfer(from_unit=unit, to_unit=STEP_DOWN) for unit in self._first_units(rows))
        published = self.course.transferred_at[rows] + self.late_ms[rows, 1]
        return self._block(TRANSFERRED, rows, (self.course.transferred_at[rows], published), objects=objects)

    def discharges(self, rows: IntArray, died: BoolArray) -> Block:
        """Return the discharges of `rows`, of whom some died."""
        ends = zip(self._last_units(rows), died.tolist(), self.disposition[rows].tolist(), strict=True)
        objects = tuple(_discharge(unit, EXPIRED if is_dead else DISPOSITIONS[to]) for unit, is_dead, to in ends)
        published = self.course.discharged_at[rows] + self.late_ms[rows, 2]
        return self._block(DISCHARGED, rows, (self.course.discharged_at[rows], published), objects=objects)

    def _patients(self, rows: IntArray) -> Iterator[Patient]:
        course = self.course
        born_at = course.admitted_at[rows] - np.rint(course.age[rows] * YEAR_MS).astype(np.int64)
        lists = (course.subjects[rows].tolist(), self.names[rows].tolist(), course.female[rows].tolist())
        for subject, numbers, is_female, born in zip(*lists, _texts(born_at, "D"), strict=True):
            given, family = spell_name(*numbers, is_female=is_female)
            yield Patient(
                identifier=self.catalog.subject_name(subject),
                given=given,
                family=family,
                birth_date=born,
                sex="female" if is_female else "male",
            )

    def _first_units(self, rows: IntArray) -> list[str]:
        return [MEDICAL_ICU if medical else SURGICAL_ICU for medical in self.course.medical[rows].tolist()]

    def _last_units(self, rows: IntArray) -> list[str]:
        moved = self.course.transferred_at[rows] < self.course.discharged_at[rows]
        units = zip(self._first_units(rows), moved.tolist(), strict=True)
        return [STEP_DOWN if has_moved else unit for unit, has_moved in units]

    def _block(
        self,
        event_type: EventType,
        rows: IntArray,
        times: tuple[IntArray, IntArray],
        *,
        objects: tuple[Admission, ...] | tuple[Transfer, ...] | tuple[Discharge, ...],
    ) -> Block:
        return Block(
            type=event_type,
            subject=self.course.subjects[rows],
            occurred_at=times[0],
            published_at=times[1],
            objects=objects,
        )


def make_encounters(course: Course, draws: Draws, *, catalog: Catalog) -> Encounters:
    """Draw the patients' names, where they go, and how soon each record is made."""
    subjects = course.subjects
    normals = draws.normals("encounter.registered", subjects, size=3)
    seconds = REGISTERED_AFTER_MINUTES * 60.0 * portable.exp(REGISTERED_SIGMA * normals)
    return Encounters(
        catalog=catalog,
        course=course,
        names=draw_name_numbers(draws, subjects),
        late_ms=np.maximum(np.rint(seconds), 1.0).astype(np.int64) * 1_000,
        disposition=draws.choice("discharge.to", subjects, weights=DISPOSITION_WEIGHTS),
    )


def _texts(instants: IntArray, unit: Literal["ms", "D"]) -> list[str]:
    """Return instants as texts to the millisecond or the day."""
    texts: list[str] = np.datetime_as_string(instants.astype("datetime64[ms]"), unit=unit).tolist()
    return texts


def _discharge(unit: str, disposition: tuple[str, str]) -> Discharge:
    return Discharge(unit=unit, disposition=disposition[0], display=disposition[1])
