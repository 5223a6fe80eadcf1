"""The hidden course of each patient, drawn once: who falls ill, when, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.parameters import Parameters
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.draws import Draws
from simulator.core.scenario import WorldSetup

HOUR_MS = 3_600_000
NEVER = 2**62  # beyond every instant; as a time, "does not happen"

EARLY_ONSET_SHARE = 0.195  # P19B: labelled from the first row, so onset in the first 6 h
CULTURE_FIRST_SHARE = 0.75  # our choice
SUSPICION_FIRST_SHARE = 0.4  # our choice
SHOCK_SHARE = 0.27  # EICU: septic shock 3.1 % of stays, sepsis 11.4 %
PRESSOR_SHARE = 0.06  # EICU: norepinephrine in 7.6 % of stays, septic ones included
MICU_SHARE = 0.5  # P19B
MALE_SHARE = 0.537  # P19B
STEP_DOWN_SHARE = 0.35  # our choice
VENTILATED_SHARE = 0.22  # P19B: blood gases ever in 29 % of the patients
SEPTIC_VENTILATED_SHARE = 0.6  # P19B: blood gases 2.8 times as often long before onset; a risk, not a sign


@dataclass(frozen=True, slots=True)
class Course:
    """Arrays with one entry a patient; instants in ms, NEVER where there is none.

    `culture_at` and `antibiotic_at` are of the usual course, without alerts.
    """

    subjects: IntArray
    admitted_at: IntArray
    discharged_at: IntArray
    transferred_at: IntArray
    hospital_hours: FloatArray
    age: FloatArray
    female: BoolArray
    medical: BoolArray
    severity: FloatArray
    ventilated: BoolArray
    septic: BoolArray
    suspected: BoolArray
    shock: BoolArray
    onset_at: IntArray
    sofa_at: IntArray
    suspicion_at: IntArray
    culture_at: IntArray
    antibiotic_at: IntArray
    vasopressor_at: IntArray


def draw_course(setup: WorldSetup, parameters: Parameters) -> Course:
    """Draw the course of every subject of the setup."""
    draws, subjects = setup.draws, setup.subjects
    admitted = _admissions(setup, parameters)
    septic = draws.bernoulli("course.septic", subjects, probability=parameters.septic_share)
    doubt = draws.bernoulli("course.suspected", subjects, probability=parameters.suspected_share)
    suspected = doubt & ~septic
    drawn = _Drawn(draws, subjects)
    usual_hours = _usual_hours(drawn)
    onset = np.where(septic, admitted + ms(_onset_hours(drawn)), NEVER)
    sofa, infection = _sepsis_times(drawn, onset)
    infection = np.where(suspected, _suspicion(drawn, admitted, usual_hours), infection)
    culture, antibiotic = _treatment_times(drawn, infection, parameters.antibiotic_hours)
    recovered = _recoveries(drawn, np.maximum(np.maximum(sofa, culture), antibiotic))
    left = np.where(septic, recovered, admitted + ms(usual_hours))
    shock = septic & draws.bernoulli("course.shock", subjects, probability=SHOCK_SHARE)
    severity = draws.normal("course.severity", subjects)
    people = _people(drawn)
    return Course(
        subjects=subjects,
        admitted_at=admitted,
        discharged_at=left,
        transferred_at=_transfers(drawn, (admitted, left), severity),
        hospital_hours=draws.lognormal("course.hospital", subjects, median=8.6, sigma=1.93),  # P19B
        age=people.age,
        female=people.female,
        medical=people.medical,
        severity=severity,
        ventilated=_ventilation(drawn, septic, severity),
        septic=septic,
        suspected=suspected,
        shock=shock,
        onset_at=onset,
        sofa_at=sofa,
        suspicion_at=infection,
        culture_at=culture,
        antibiotic_at=antibiotic,
        vasopressor_at=_vasopressors(drawn, (admitted, sofa), (septic, shock)),
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Whom to draw for, and from what."""

    draws: Draws
    subjects: IntArray


@dataclass(frozen=True, slots=True)
class _People:
    age: FloatArray
    female: BoolArray
    medical: BoolArray


def ms(hours: FloatArray) -> IntArray:
    """Return hours as whole milliseconds, to the second."""
    return np.rint(hours * 3_600.0).astype(np.int64) * 1_000


def after(instants: IntArray, hours: FloatArray) -> IntArray:
    """Return the instants so many hours later; NEVER stays NEVER."""
    return np.where(instants < NEVER, instants + ms(hours), NEVER)


def _admissions(setup: WorldSetup, parameters: Parameters) -> IntArray:
    span_hours = (setup.end - setup.start) / HOUR_MS * parameters.admission_share
    return setup.start + ms(setup.draws.uniform("course.admission", setup.subjects) * span_hours)


def _people(drawn: _Drawn) -> _People:
    # P19B: 60.65 +/- 16.67 years, p5 30, p50 62, p95 85: skewed to the young.
    z = drawn.draws.normal("course.age", drawn.subjects)
    age = np.clip(62.0 + 17.0 * (z - 0.07 * z * z), 18.0, 100.0)
    return _People(
        age=age,
        female=~drawn.draws.bernoulli("course.sex", drawn.subjects, probability=MALE_SHARE),
        medical=drawn.draws.bernoulli("course.unit", drawn.subjects, probability=MICU_SHARE),
    )


def _usual_hours(drawn: _Drawn) -> FloatArray:
    # P19B without its cut at 58 h, which would let the clock tell who is septic (I36).
    return np.clip(drawn.draws.lognormal("course.stay", drawn.subjects, median=38.0, sigma=0.7), 8.0, 336.0)


def _onset_hours(drawn: _Drawn) -> FloatArray:
    """Return hours from admission to onset: P19B median 48, IQR 22-95, a fifth before hour 6."""
    early = drawn.draws.bernoulli("onset.early", drawn.subjects, probability=EARLY_ONSET_SHARE)
    first = 4.0 + 2.0 * drawn.draws.uniform("onset.first", drawn.subjects)  # CCM19: at hour 4 at the earliest
    later = drawn.draws.lognormal("onset.later", drawn.subjects, median=48.0, sigma=1.0)
    return np.where(early, first, np.clip(later, 6.0, 330.0))


def _sepsis_times(drawn: _Drawn, onset: IntArray) -> tuple[IntArray, IntArray]:
    """Return t_SOFA and t_suspicion: the earlier is the onset, the gap as CCM19 demands."""
    suspected_first = drawn.draws.bernoulli("onset.order", drawn.subjects, probability=SUSPICION_FIRST_SHARE)
    gap = drawn.draws.exponential("onset.gap", drawn.subjects)  # our choice: means of 4 h
    to_sofa, to_suspicion = np.minimum(4.0 * gap, 12.0), np.minimum(4.0 * gap, 24.0)
    sofa = np.where(suspected_first, after(onset, to_sofa), onset)
    return sofa, np.where(suspected_first, onset, after(onset, to_suspicion))


def _suspicion(drawn: _Drawn, admitted: IntArray, usual_hours: FloatArray) -> IntArray:
    early = drawn.draws.uniform("suspicion.at", drawn.subjects)
    return admitted + ms(0.5 + usual_hours * early * early)


def _treatment_times(drawn: _Drawn, suspicion: IntArray, median_hours: float) -> tuple[IntArray, IntArray]:
    """Return blood culture and first antibiotic; suspicion is the earlier of the two."""
    culture_first = drawn.draws.bernoulli("culture.first", drawn.subjects, probability=CULTURE_FIRST_SHARE)
    # NY: antibiotics after 0.95 h, IQR 0.35-1.95. That is not quite lognormal; sigma fits its upper
    # half, ln(1.95 / 0.95) / 0.674, for it is the long waits that cost lives.
    wait = drawn.draws.lognormal("antibiotic.wait", drawn.subjects, median=median_hours, sigma=1.07)
    late_culture = np.minimum(drawn.draws.exponential("culture.wait", drawn.subjects), 12.0)
    culture = np.where(culture_first, suspicion, after(suspicion, late_culture))
    antibiotic = np.where(culture_first, after(suspicion, np.minimum(wait, 24.0)), suspicion)
    return culture, antibiotic


def _recoveries(drawn: _Drawn, treated: IntArray) -> IntArray:
    """Return when the septic leave, once all that marks the sepsis has come."""
    rest = drawn.draws.lognormal("course.recovery", drawn.subjects, median=60.0, sigma=0.8)
    return after(treated, np.clip(rest, 6.0, 336.0))  # our choice


def _transfers(drawn: _Drawn, stay: tuple[IntArray, IntArray], severity: FloatArray) -> IntArray:
    """Return when the less severely ill go to step-down, in the last third of their stay."""
    admitted, left = stay
    chosen = drawn.draws.bernoulli("transfer.chosen", drawn.subjects, probability=STEP_DOWN_SHARE)
    share = 1.0 - drawn.draws.uniform("transfer.at", drawn.subjects) / 3.0
    instant = admitted + np.rint((left - admitted) / 1_000 * share).astype(np.int64) * 1_000
    return np.where(chosen & (severity < 0.8), instant, NEVER)


def _ventilation(drawn: _Drawn, septic: BoolArray, severity: FloatArray) -> BoolArray:
    base = np.where(septic, SEPTIC_VENTILATED_SHARE, VENTILATED_SHARE)
    chance = np.clip(base + 0.1 * severity, 0.02, 0.95)  # our choice
    return drawn.draws.bernoulli("course.ventilated", drawn.subjects, probability=chance)


def _vasopressors(
    drawn: _Drawn,
    times: tuple[IntArray, IntArray],
    kinds: tuple[BoolArray, BoolArray],
) -> IntArray:
    admitted, sofa = times
    septic, shock = kinds
    wait = drawn.draws.exponential("vasopressor.wait", drawn.subjects)
    other = drawn.draws.bernoulli("vasopressor.other", drawn.subjects, probability=PRESSOR_SHARE) & ~septic
    start = np.where(shock, after(sofa, 2.0 * wait), admitted + ms(6.0 * wait))
    return np.where(shock | other, start, NEVER)
