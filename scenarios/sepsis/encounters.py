"""Encounters: who comes, moves and leaves, and the label of each stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.course import HOUR_MS, Course
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
from simulator.core.arrays import BoolArray, IntArray
from simulator.core.catalog import Catalog
from simulator.core.draws import Draws
from simulator.core.events import Block, EventType
from simulator.core.time import format_instant
from simulator.generators.names import draw_names

YEAR_MS = 31_556_952_000  # the Gregorian year
REGISTERED_AFTER_MINUTES = 5.0  # median; our choice
DISPOSITIONS = (HOME, SKILLED_NURSING, REHABILITATION, OTHER_FACILITY)
DISPOSITION_WEIGHTS = (60.0, 20.0, 8.0, 12.0)  # of the survivors; our choice


@dataclass(frozen=True, slots=True)
class Encounters:
    """The encounters of all patients."""

    draws: Draws
    catalog: Catalog
    course: Course

    def admissions(self, rows: IntArray) -> Block:
        """Return the admissions of `rows`."""
        course = self.course
        names = draw_names(self.draws, course.subjects[rows], female=course.female[rows])
        objects = tuple(self._admission(*row) for row in zip(rows.tolist(), names, strict=True))
        return self._block(ADMITTED, rows, course.admitted_at[rows], objects)

    def transfers(self, rows: IntArray) -> Block:
        """Return the transfers of `rows` to step-down."""
        objects = tuple(Transfer(from_unit=unit, to_unit=STEP_DOWN) for unit in self._first_units(rows))
        return self._block(TRANSFERRED, rows, self.course.transferred_at[rows], objects)

    def discharges(self, rows: IntArray, died: BoolArray) -> Block:
        """Return the discharges of `rows`, of whom some died."""
        subjects = self.course.subjects[rows]
        to = self.draws.choice("discharge.to", subjects, weights=DISPOSITION_WEIGHTS).tolist()
        ends = zip(self._last_units(rows), died.tolist(), to, strict=True)
        objects = tuple(_discharge(unit, EXPIRED if is_dead else DISPOSITIONS[place]) for unit, is_dead, place in ends)
        return self._block(DISCHARGED, rows, self.course.discharged_at[rows], objects)

    def _admission(self, row: int, name: tuple[str, str]) -> Admission:
        course = self.course
        admitted = int(course.admitted_at[row])
        born = admitted - int(course.age[row] * YEAR_MS)
        in_hospital = admitted - int(course.hospital_hours[row] * HOUR_MS)
        patient = Patient(
            identifier=self.catalog.subject_name(int(course.subjects[row])),
            given=name[0],
            family=name[1],
            birth_date=format_instant(born)[:10],
            sex="female" if course.female[row] else "male",
        )
        return Admission(
            patient=patient,
            unit=MEDICAL_ICU if course.medical[row] else SURGICAL_ICU,
            hospital_admitted_at=format_instant(in_hospital),
        )

    def _first_units(self, rows: IntArray) -> list[str]:
        return [MEDICAL_ICU if medical else SURGICAL_ICU for medical in self.course.medical[rows]]

    def _last_units(self, rows: IntArray) -> list[str]:
        moved = self.course.transferred_at[rows] < self.course.discharged_at[rows]
        units = zip(self._first_units(rows), moved.tolist(), strict=True)
        return [STEP_DOWN if has_moved else unit for unit, has_moved in units]

    def _block(
        self,
        event_type: EventType,
        rows: IntArray,
        instants: IntArray,
        objects: tuple[Admission, ...] | tuple[Transfer, ...] | tuple[Discharge, ...],
    ) -> Block:
        subjects = self.course.subjects[rows]
        late = self.draws.lognormal(
            f"registered.{event_type.name}", subjects, median=REGISTERED_AFTER_MINUTES, sigma=0.8
        )
        published = instants + np.maximum(np.rint(late * 60.0), 1.0).astype(np.int64) * 1_000
        return Block(
            type=event_type,
            subject=subjects,
            occurred_at=instants,
            published_at=published,
            objects=objects,
        )


def _discharge(unit: str, disposition: tuple[str, str]) -> Discharge:
    return Discharge(unit=unit, disposition=disposition[0], display=disposition[1])
