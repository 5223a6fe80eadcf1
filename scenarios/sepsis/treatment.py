"""Treatment: cultures, antibiotics and vasopressors, and how an alert brings them forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.agenda import Agenda
from scenarios.sepsis.course import HOUR_MS, NEVER, Course, ms
from scenarios.sepsis.events import ALERT_RAISED, MEDICATION
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.physiology import PRODROME_HOURS
from simulator.clinical.medication import (
    ANTIBIOTICS,
    CEFEPIME,
    CEFTRIAXONE,
    LEVOFLOXACIN,
    MEROPENEM,
    NOREPINEPHRINE,
    PIPERACILLIN_TAZOBACTAM,
    VANCOMYCIN,
)
from simulator.core import portable
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.catalog import Catalog
from simulator.core.decisions import Decision
from simulator.core.draws import Draws
from simulator.core.events import Block, Coded
from simulator.core.time import minutes

REACTION_TIME = minutes(20)  # NY: the quickest quarter of patients was treated within 0.35 h
REACTION_MINUTES = 37.0  # median of what comes on top, to the antibiotic; NY: 0.95 h in all
REACTION_SIGMA = 0.8  # our choice
CULTURE_PART = 0.5  # of that time, to the culture; our choice

DRUGS = (*ANTIBIOTICS, NOREPINEPHRINE)
VASOPRESSOR = DRUGS.index(NOREPINEPHRINE)
# EICU, shares of the orders.
_WEIGHTS = {
    VANCOMYCIN: 38.0,
    PIPERACILLIN_TAZOBACTAM: 17.0,
    LEVOFLOXACIN: 12.0,
    CEFTRIAXONE: 12.0,
    CEFEPIME: 4.0,
    MEROPENEM: 3.0,
}
_INTERVAL_MS = np.array([int(drug.interval_hours * HOUR_MS) for drug in DRUGS])
_DOSE = np.array([drug.dose for drug in DRUGS])
RATE_SIGMA = 0.57  # EICU: norepinephrine .10 ug/kg/min, IQR .06-.13
VASOPRESSOR_HOURS = 30.0  # median; our choice
VASOPRESSOR_SIGMA = 0.7  # our choice
SEPTIC_ANTIBIOTIC_HOURS = 168.0  # our choice; CCM19 asks for 72 at least
OTHER_ANTIBIOTIC_HOURS = 60.0  # our choice
CHARTED_AFTER_MINUTES = 4.0  # median, with the bar code at the bedside; sigma 0.8; our choice

# Logit of death in hospital: chosen for 15-17 % with sepsis, 27-43 % with shock, 5-9 %
# without (I33: Rhee, EICU, Jeon).
LOGIT = -3.05
LOGIT_PER_SEVERITY = 0.7
LOGIT_PER_YEAR = 0.025
LOGIT_SEPTIC = 0.3
LOGIT_SHOCK = 1.8
HOURS_OF_WAITING_MAX = 24.0  # beyond, waiting longer no longer adds; our choice


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done when: arrays over the patients, changed by alerts and by time."""

    catalog: Catalog
    course: Course
    parameters: Parameters
    cultures: Agenda
    antibiotics: Agenda
    vasopressors: Agenda
    culture_at: IntArray
    antibiotic_at: IntArray
    next_antibiotic_at: IntArray
    next_vasopressor_at: IntArray
    vasopressor_until: IntArray
    first_rate: FloatArray
    drug: IntArray
    charted_after_ms: IntArray
    death_draw: FloatArray
    reaction_ms: IntArray
    needlessly_cultured: BoolArray

    def react(self, decisions: Sequence[Decision], now: int) -> None:
        """Bring treatment forward for the patients of the alerts, never into the past.

        Of several alerts for a patient the earliest that finds an infection counts; the same
        alert again changes nothing, nor does one for somebody who is not there.
        """
        for decision in decisions:
            if decision.type == ALERT_RAISED.name and self._row(decision.subject) >= 0:
                self._react_to(decision, now)

    def doses(self, after: int, until: int) -> list[Block]:
        """Return the doses given after `after` and up to `until`."""
        blocks = []
        while len(due := self.antibiotics.between(after, until)):
            blocks.append(self._antibiotics(due))
        while len(due := self.vasopressors.between(after, until)):
            blocks.append(self._vasopressors(due))
        return blocks

    def death_probability(self, rows: IntArray) -> FloatArray:
        """Return how likely death is at the end of each stay, given what was done so far."""
        return 1.0 / (1.0 + portable.exp(-self._logit(rows)))

    def dies(self, rows: IntArray, probability: FloatArray) -> BoolArray:
        """Return who of `rows` dies at the end of the stay, given how likely it is.

        The same uniform draw decides whatever was done: earlier antibiotics never cost a life.
        """
        dead: BoolArray = self.death_draw[rows] < probability
        return dead

    def _react_to(self, decision: Decision, now: int) -> None:
        row, alerted_at = self._row(decision.subject), int(decision.time)
        if not self.course.admitted_at[row] <= alerted_at < self.course.discharged_at[row]:
            return
        earliest, reaction = alerted_at + REACTION_TIME, int(self.reaction_ms[row])
        is_found = self._is_recognisable(row, alerted_at)
        if is_found:
            self._bring_forward(row, max(earliest + reaction, now + 1))
        if is_found or self.needlessly_cultured[row]:
            culture_at = max(earliest + int(reaction * CULTURE_PART), now + 1)
            self.culture_at[row] = min(int(self.culture_at[row]), culture_at)
            self.cultures.look_again()

    def _row(self, subject: str) -> int:
        """Return the place of a subject in the cohort, -1 for a stranger."""
        number, subjects = self.catalog.subject_number(subject), self.course.subjects
        row = -1 if number is None else int(np.searchsorted(subjects, number))
        return row if 0 <= row < len(subjects) and subjects[row] == number else -1

    def _bring_forward(self, row: int, instant: int) -> None:
        if instant < self.antibiotic_at[row]:
            self.antibiotic_at[row] = self.next_antibiotic_at[row] = instant
            self.antibiotics.look_again()

    def _is_recognisable(self, row: int, instant: int) -> bool:
        """Return whether there is an infection to be found: from a day before it shows."""
        shows = min(int(self.course.onset_at[row]), int(self.course.suspicion_at[row]))
        return instant >= shows - PRODROME_HOURS * HOUR_MS

    def _antibiotics(self, due: IntArray) -> Block:
        instant = self.next_antibiotic_at[due]
        septic = self.course.septic[due]
        hours = np.where(septic, SEPTIC_ANTIBIOTIC_HOURS, OTHER_ANTIBIOTIC_HOURS)
        until = self.antibiotic_at[due] + np.rint(hours * HOUR_MS).astype(np.int64)
        following = instant + _INTERVAL_MS[self.drug[due]]
        self.next_antibiotic_at[due] = np.where(following < until, following, NEVER)
        return self._block(due, instant, drug=self.drug[due], dose=_DOSE[self.drug[due]])

    def _vasopressors(self, due: IntArray) -> Block:
        instant = self.next_vasopressor_at[due]
        following = instant + _INTERVAL_MS[VASOPRESSOR]
        self.next_vasopressor_at[due] = np.where(following < self.vasopressor_until[due], following, NEVER)
        # Weaned evenly, from the first rate to a third of it; our choice.
        begun, until = self.course.vasopressor_at[due], self.vasopressor_until[due]
        rate = self.first_rate[due] * (1.0 - (instant - begun) / (until - begun) / 1.5)
        rounded = np.maximum(np.rint(rate * 100.0), 1.0) / 100.0
        return self._block(due, instant, drug=np.full(len(due), VASOPRESSOR), dose=rounded)

    def _block(self, rows: IntArray, instant: IntArray, *, drug: IntArray, dose: FloatArray) -> Block:
        stays = instant < self.course.discharged_at[rows]
        rows, instant, drug, dose = rows[stays], instant[stays], drug[stays], dose[stays]
        subjects = self.course.subjects[rows]
        return Block(
            type=MEDICATION,
            subject=subjects,
            occurred_at=instant,
            published_at=instant + self.charted_after_ms[rows],
            columns={
                "code": Coded(drug, tuple(one.code for one in DRUGS)),
                "display": Coded(drug, tuple(one.display for one in DRUGS)),
                "dose": dose,
                "unit": Coded(drug, tuple(one.unit for one in DRUGS)),
                "route": Coded(drug, ("intravenous",) * len(DRUGS)),
            },
        )

    def _logit(self, rows: IntArray) -> FloatArray:
        course = self.course
        waited = np.where(course.septic[rows], self.antibiotic_at[rows] - course.onset_at[rows], 0)
        hours = np.clip(waited / HOUR_MS, 0.0, HOURS_OF_WAITING_MAX)
        per_hour = portable.log(np.array([self.parameters.odds_ratio_per_hour]))[0]
        logit: FloatArray = (
            LOGIT
            + LOGIT_PER_SEVERITY * course.severity[rows]
            + LOGIT_PER_YEAR * (course.age[rows] - 61.0)
            + LOGIT_SEPTIC * course.septic[rows]
            + LOGIT_SHOCK * course.shock[rows]
            + per_hour * hours
        )
        return logit


def make_treatment(course: Course, parameters: Parameters, draws: Draws, *, catalog: Catalog) -> Treatment:
    """Return the usual course of treatment, before any alert."""
    subjects = course.subjects
    length = draws.lognormal("vasopressor.length", subjects, median=VASOPRESSOR_HOURS, sigma=VASOPRESSOR_SIGMA)
    weights = [_WEIGHTS[drug] for drug in ANTIBIOTICS]
    share = parameters.needless_workup_share
    culture_at, next_antibiotic_at = course.culture_at.copy(), course.antibiotic_at.copy()
    next_vasopressor_at = course.vasopressor_at.copy()
    return Treatment(
        catalog=catalog,
        course=course,
        parameters=parameters,
        cultures=Agenda(culture_at),
        antibiotics=Agenda(next_antibiotic_at),
        vasopressors=Agenda(next_vasopressor_at),
        culture_at=culture_at,
        antibiotic_at=course.antibiotic_at.copy(),
        next_antibiotic_at=next_antibiotic_at,
        next_vasopressor_at=next_vasopressor_at,
        vasopressor_until=course.vasopressor_at + ms(length),
        first_rate=draws.lognormal("vasopressor.rate", subjects, median=NOREPINEPHRINE.dose, sigma=RATE_SIGMA),
        drug=draws.choice("antibiotic.drug", subjects, weights=weights),
        charted_after_ms=_minutes(draws, subjects, ("dose.charting", CHARTED_AFTER_MINUTES, 0.8)),
        death_draw=draws.uniform("outcome.death", subjects),
        reaction_ms=_minutes(draws, subjects, ("alert.reaction", REACTION_MINUTES, REACTION_SIGMA)),
        needlessly_cultured=draws.bernoulli("alert.needless", subjects, probability=share),
    )


def _minutes(draws: Draws, subjects: IntArray, kind: tuple[str, float, float]) -> IntArray:
    """Return milliseconds, at least a second, from a purpose, a median in minutes, a sigma."""
    purpose, median, sigma = kind
    return np.maximum(ms(draws.lognormal(purpose, subjects, median=median / 60.0, sigma=sigma)), 1_000)
