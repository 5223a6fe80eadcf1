"""The hidden world of an ICU: patients come, some fall septic, and the chart tells what it can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenarios.sepsis.agenda import Agenda
from scenarios.sepsis.charting import make_charting
from scenarios.sepsis.course import HOUR_MS, draw_course
from scenarios.sepsis.encounters import make_encounters
from scenarios.sepsis.labels import ENCOUNTER_ENDED, SEPSIS_ONSET, Ending, Onset
from scenarios.sepsis.laboratory import make_laboratory
from scenarios.sepsis.microbiology import make_microbiology
from scenarios.sepsis.ordering import GAS, make_ordering
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.physiology import illness, make_physiology
from scenarios.sepsis.treatment import make_treatment
from scenarios.sepsis.urgency import Condition
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.decisions import Decision
from simulator.core.events import Block
from simulator.core.labels import Label
from simulator.core.scenario import Step, WorldSetup
from simulator.core.time import SimTime


class SepsisWorld:
    """A cohort of ICU patients, stepped through time.

    Vital signs and laboratory orders go by the clock's hours; all else happens at instants of its
    own. Both are taken in order of time, so the length of a step does not show.
    """

    def __init__(self, setup: WorldSetup) -> None:
        """Draw what is fixed in each patient."""
        parameters = setup.parameters
        assert isinstance(parameters, Parameters)
        assert (np.diff(setup.subjects) > 0).all(), "subjects rise"
        draws = setup.draws
        self._setup = setup
        self._reached = int(setup.start) - 1
        self._course = draw_course(setup, parameters)
        self._admissions = Agenda(self._course.admitted_at)
        self._transfers = Agenda(self._course.transferred_at)
        self._discharges = Agenda(self._course.discharged_at)
        self._onsets = Agenda(self._course.onset_at)
        self._physiology = make_physiology(self._course, parameters, draws)
        self._charting = make_charting(self._course, parameters, draws)
        self._ordering = make_ordering(self._course, draws)
        self._laboratory = make_laboratory(self._course, draws)
        self._microbiology = make_microbiology(self._course, draws, laboratory=self._laboratory)
        self._encounters = make_encounters(self._course, draws, catalog=setup.catalog)
        self._treatment = make_treatment(self._course, parameters, draws, catalog=setup.catalog)

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Step:
        """Return all that came to pass up to `until`, after the decisions have been heard."""
        end = min(int(until), int(self._setup.end))
        self._treatment.react(decisions, self._reached)
        blocks: list[Block] = []
        labels: list[Label] = []
        for hour in range(self._reached // HOUR_MS + 1, end // HOUR_MS + 1):
            self._pass(hour * HOUR_MS, blocks, labels)
            blocks += self._hour(hour)
        self._pass(end, blocks, labels)
        return Step(blocks=[block for block in blocks if len(block)], labels=labels)

    def _hour(self, hour: int) -> list[Block]:
        """Return the vital signs and the orders of an hour of the clock."""
        now, course = hour * HOUR_MS, self._course
        rows = np.flatnonzero((course.admitted_at <= now) & (course.discharged_at > now))
        if not len(rows):
            return []
        first = rows[course.admitted_at[rows] > now - HOUR_MS]
        self._physiology.advance(rows, first, hour)
        ill = illness(course, rows, (now, self._treatment.antibiotic_at))
        values = self._physiology.values(rows, hour, ill)
        # Orders follow from what was measured before this hour: no effect comes before its cause.
        condition = Condition(
            illness=ill,
            failure=self._laboratory.failure.share(rows, (now, ill)),
            seen=self._charting.seen[rows],
            since_culture=now - self._treatment.culture_at[rows],
        )
        ordered = self._ordering.orders(rows, hour, condition)
        chart = self._charting.chart(rows, hour, (values, ordered.panels[:, GAS]))
        return [chart, *self._laboratory.examine(rows, hour, (ordered, ill))]

    def _pass(self, until: int, blocks: list[Block], labels: list[Label]) -> None:
        """Add what happens at instants of its own after the last pass, up to `until`."""
        after, self._reached = self._reached, max(self._reached, until)
        if until <= after:
            return
        blocks += self._encounters_between(after, until)
        blocks += self._cultures(self._treatment.cultures.between(after, until))
        blocks += self._treatment.doses(after, until)
        labels += self._onset_labels(self._onsets.between(after, until))
        self._endings(after, until, (blocks, labels))

    def _encounters_between(self, after: int, until: int) -> list[Block]:
        blocks: list[Block] = []
        if len(rows := self._admissions.between(after, until)):
            blocks.append(self._encounters.admissions(rows))
        if len(rows := self._transfers.between(after, until)):
            blocks.append(self._encounters.transfers(rows))
        return blocks

    def _cultures(self, rows: IntArray) -> list[Block]:
        instants = self._treatment.culture_at[rows]
        here = instants < self._course.discharged_at[rows]
        rows, instants = rows[here], instants[here]
        return self._microbiology.culture(rows, instants) if len(rows) else []

    def _onset_labels(self, rows: IntArray) -> list[Label]:
        course = self._course
        return [
            Label(
                subject=self._setup.catalog.subject_name(int(course.subjects[row])),
                kind=SEPSIS_ONSET.name,
                at=SimTime(int(course.onset_at[row])),
                known_at=SimTime(int(max(course.suspicion_at[row], course.sofa_at[row]))),
                data=Onset(
                    suspicion_at=SimTime(int(course.suspicion_at[row])),
                    sofa_at=SimTime(int(course.sofa_at[row])),
                ),
            )
            for row in rows.tolist()
        ]

    def _endings(self, after: int, until: int, out: tuple[list[Block], list[Label]]) -> None:
        """Add the discharges, and the labels of what ends with them or with the run."""
        course, end = self._course, int(self._setup.end)
        blocks, labels = out
        if len(rows := self._discharges.between(after, until)):
            risk = self._treatment.death_probability(rows)
            died = self._treatment.dies(rows, risk)
            blocks.append(self._encounters.discharges(rows, died))
            labels += self._ending_labels(rows, died, risk)
        if until >= end:
            rows = np.flatnonzero((course.admitted_at <= end) & (course.discharged_at > end))
            alive = np.zeros(len(rows), dtype=np.bool_)
            labels += self._ending_labels(rows, alive, self._treatment.death_probability(rows))

    def _ending_labels(self, rows: IntArray, died: BoolArray, risk: FloatArray) -> list[Label]:
        course, end, name = self._course, int(self._setup.end), self._setup.catalog.subject_name
        left, treated = course.discharged_at[rows], self._treatment.antibiotic_at[rows]
        known = np.minimum(left, end)
        septic = course.onset_at[rows] <= known
        columns = (course.subjects[rows], course.admitted_at[rows], known, left, treated, septic, died, risk)
        return [
            Label(
                subject=name(subject),
                kind=ENCOUNTER_ENDED.name,
                at=admitted_at,
                known_at=known_at,
                data=Ending(
                    discharged_at=left_at if left_at <= end else None,
                    outcome="died" if is_dead else "alive",
                    is_septic=is_septic,
                    antibiotics_at=treated_at if treated_at < known_at else None,
                    death_probability=probability,
                ),
            )
            for subject, admitted_at, known_at, left_at, treated_at, is_septic, is_dead, probability in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]


def make_world(setup: WorldSetup) -> SepsisWorld:
    """Return the world of a setup, at its start."""
    return SepsisWorld(setup)
