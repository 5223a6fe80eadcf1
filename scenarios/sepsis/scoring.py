"""What good means: alerts in time, few enough, and better than chance.

An alert is in time from twelve hours before the onset to three hours after it: the span in
which the PhysioNet/CinC Challenge 2019 rewards one. It counts when it was concluded, by the
stream's time. A patient counts as septic when the onset lies in the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from scenarios.sepsis.events import ALERT_RAISED
from scenarios.sepsis.labels import ENCOUNTER_ENDED, SEPSIS_ONSET, Ending
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.history import History
from simulator.core.labels import Label
from simulator.core.scenario import Metric, Scores
from simulator.core.time import Milliseconds, SimTime, hours
from simulator.scoring import (
    WIRE_METRICS,
    ChanceComparison,
    FollowUp,
    Window,
    alarms_per_patient_day,
    compare_with_chance,
    lead_time_hours,
    normalised_utility,
    proportion,
    quartiles,
    wilson_interval,
    wire_scores,
)

IN_TIME = Window(before=hours(12), after=hours(3))  # CCM19: reward from -12 h to +3 h
STANDS = hours(6)  # our choice: an alert is a prediction for the challenge's horizon of six hours
COMPARABLE_CASES_MIN = 10  # our choice: fewer septic patients are no ground for a share, nor tell it from chance

METRICS = (
    Metric("sensitivity", "septic patients with an alert in time (recall)", "1", "higher"),
    Metric("sensitivity_low", "lower end of its 95 % interval (Wilson)", "1", "higher"),
    Metric("sensitivity_high", "upper end of its 95 % interval (Wilson)", "1", "higher"),
    Metric("alert_ppv", "alerts in time for a septic patient (precision)", "1", "higher"),
    Metric("patient_ppv", "alerted patients who were septic and alerted in time", "1", "higher"),
    Metric("alarms_per_patient_day", "alarm burden", "1/d", "lower"),
    Metric("alerted_share", "patients with at least one alert", "1"),
    Metric("lead_time_hours", "median time from first alert in time to onset", "h", "higher"),
    Metric("lead_time_hours_q1", "its first quartile; negative is after the onset", "h", "higher"),
    Metric("lead_time_hours_q3", "its third quartile", "h", "higher"),
    Metric("chance_sensitivity", "what as many alerts by lot, at those hours, reach", "1"),
    Metric("skill", "share found of what chance leaves undetected", "1", "higher"),
    Metric("chance_p", "probability that alerts by lot find as many", "1", "lower"),
    Metric("utility", "PhysioNet 2019 utility: 0 is silence, 1 foresight", "1", "higher"),
    Metric("patients", "patients admitted", "patients"),
    Metric("septic_patients", "patients whose onset lies in the run", "patients"),
    Metric("alerts", "alerts raised", "alerts"),
    Metric("stray_alerts", "alerts about nobody in the unit at that time", "alerts", "lower"),
    Metric("deaths", "deaths in the unit", "patients", "lower"),
    Metric("expected_deaths", "sum of all patients' probabilities of death, as treated", "patients", "lower"),
    Metric("septic_deaths", "deaths in the unit of septic patients", "patients", "lower"),
    Metric("antibiotics_after_onset_hours", "median time from onset to first antibiotic", "h", "lower"),
    *WIRE_METRICS,
)

REQUIREMENTS = (
    "sensitivity>=0.3",  # the Epic model as deployed: 33 % (PMC8218233)
    "alarms_per_patient_day<=1",  # our choice
    # Our choice. Lots drawn for the patients, for the hours or for both reach it once in a thousand runs.
    "chance_p<=0.001",
    "skill>=0.15",  # our choice: in a large cohort even a useless difference is beyond chance
)


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as the judge knows them, in the unit from `admitted` to `left`.

    Whoever is there at the end of the run has left by then.
    """

    admitted: SimTime
    left: SimTime
    onset: SimTime | None
    ending: Ending

    @property
    def observed(self) -> Milliseconds:
        """Return how long the patient was in the unit during the run."""
        return Milliseconds(self.left - self.admitted)

    def is_in_time(self, alerted: SimTime) -> bool:
        """Say whether an alert is in time for this patient's onset."""
        return self.onset is not None and -IN_TIME.before <= alerted - self.onset <= IN_TIME.after


@dataclass(frozen=True, slots=True)
class Chart:
    """A patient, the alerts raised while they were in the unit, and those in time."""

    patient: Patient
    alerts: tuple[SimTime, ...]
    hits: tuple[SimTime, ...]


def score(history: History) -> Scores:
    """Return a value, or None, for each of METRICS."""
    patients = patients_of(history)
    alerts = _alerts(history)
    charts = _charts(patients, alerts)
    strays = len(alerts) - sum(len(chart.alerts) for chart in charts)
    return {
        **_detection(charts, alerts=len(alerts)),
        **_lead_times(charts),
        **_chance(charts),
        "utility": _utility(charts),
        "patients": len(charts),
        "septic_patients": sum(chart.patient.onset is not None for chart in charts),
        "alerts": len(alerts),
        "stray_alerts": strays,
        **_outcomes([chart.patient for chart in charts]),
        **wire_scores(history),
    }


def patients_of(history: History) -> dict[str, Patient]:
    """Return the patients of a run by their subject's name, as its labels tell."""
    onsets = {label.subject: label.at for label in history.labels if label.kind == SEPSIS_ONSET.name}
    endings = [label for label in history.labels if label.kind == ENCOUNTER_ENDED.name]
    return {label.subject: _patient(label, onsets.get(label.subject), history.end) for label in endings}


def _patient(ended: Label, onset: SimTime | None, end: SimTime) -> Patient:
    ending = ended.data
    assert isinstance(ending, Ending)
    left = end if ending.discharged_at is None else min(ending.discharged_at, end)
    in_run = onset is not None and ended.at <= onset <= left
    return Patient(admitted=ended.at, left=left, onset=onset if in_run else None, ending=ending)


def _alerts(history: History) -> list[tuple[str, SimTime]]:
    """Return subject and time of each alert, by time; the same id counts once."""
    by_id = {one.id: (one.subject, one.time) for one in history.decisions if one.type == ALERT_RAISED.name}
    return sorted(by_id.values(), key=lambda alert: (alert[1], alert[0]))


def _charts(patients: Mapping[str, Patient], alerts: Iterable[tuple[str, SimTime]]) -> list[Chart]:
    raised: dict[str, list[SimTime]] = {name: [] for name in patients}
    for name, alerted in alerts:
        patient = patients.get(name)
        if patient is not None and patient.admitted <= alerted <= patient.left:
            raised[name].append(alerted)
    return [_chart(patient, tuple(raised[name])) for name, patient in patients.items()]


def _chart(patient: Patient, alerts: tuple[SimTime, ...]) -> Chart:
    return Chart(patient, alerts, tuple(alerted for alerted in alerts if patient.is_in_time(alerted)))


def _detection(charts: Sequence[Chart], *, alerts: int) -> Scores:
    septic = sum(chart.patient.onset is not None for chart in charts)
    alerted = sum(bool(chart.alerts) for chart in charts)
    hits = [len(chart.hits) for chart in charts if chart.hits]
    low, high = wilson_interval(len(hits), septic) or (None, None)
    observed = Milliseconds(sum(chart.patient.observed for chart in charts))
    return {
        "sensitivity": proportion(len(hits), septic) if septic >= COMPARABLE_CASES_MIN else None,
        "sensitivity_low": low,
        "sensitivity_high": high,
        "alert_ppv": proportion(sum(hits), alerts),
        "patient_ppv": proportion(len(hits), alerted),
        "alarms_per_patient_day": alarms_per_patient_day(alerts, observed),
        "alerted_share": proportion(alerted, len(charts)),
    }


def _lead_times(charts: Sequence[Chart]) -> Scores:
    found = quartiles(
        [
            lead_time_hours(chart.hits[0], chart.patient.onset)
            for chart in charts
            if chart.patient.onset is not None and chart.hits
        ]
    )
    return {
        "lead_time_hours": found.median if found else None,
        "lead_time_hours_q1": found.q1 if found else None,
        "lead_time_hours_q3": found.q3 if found else None,
    }


def _chance(charts: Sequence[Chart]) -> Scores:
    found = _comparison(charts)
    cases, expected = len(found.shares), found.expected
    if cases < COMPARABLE_CASES_MIN:
        return {"chance_sensitivity": None, "skill": None, "chance_p": None}
    skill = (found.detected - expected) / (cases - expected) if expected < cases else 0.0
    return {"chance_sensitivity": expected / cases, "skill": skill, "chance_p": found.p_value}


def _comparison(charts: Sequence[Chart]) -> ChanceComparison:
    patients = [chart.patient for chart in charts]
    followed = FollowUp(
        observed=_integers(patient.observed for patient in patients),
        onset=_integers(-1 if patient.onset is None else patient.onset - patient.admitted for patient in patients),
    )
    owners, times = _alert_columns(charts)
    return compare_with_chance(followed, owners, times, window=IN_TIME)


def _alert_columns(charts: Sequence[Chart]) -> tuple[IntArray, IntArray]:
    """Return the positions of the alerted patients, and the alerts' times since their admission."""
    owners = _integers(place for place, chart in enumerate(charts) for _ in chart.alerts)
    times = _integers(alerted - chart.patient.admitted for chart in charts for alerted in chart.alerts)
    return owners, times


def _utility(charts: Sequence[Chart]) -> float | None:
    # An hour without alert of a patient without onset counts nothing, so most patients can be left out.
    return normalised_utility(*_hourly([chart for chart in charts if chart.alerts or chart.patient.onset is not None]))


def _hourly(charts: Sequence[Chart]) -> tuple[FloatArray, BoolArray]:
    """Return hours from onset (NaN without one) and whether an alert stands, for each hour in the unit."""
    lengths = _integers(chart.patient.observed // hours(1) + 1 for chart in charts)
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(charts)), lengths)
    onsets = [chart.patient.onset for chart in charts]
    onset_hours = np.array(
        [
            np.nan if at is None else (at - chart.patient.admitted) // hours(1)
            for at, chart in zip(onsets, charts, strict=True)
        ],
        dtype=np.float64,
    )
    hour = np.arange(len(owner)) - starts[owner]
    owners, times = _alert_columns(charts)
    first = starts[owners] + times // hours(1)
    last = np.minimum(first + STANDS // hours(1), starts[owners] + lengths[owners])
    edges = np.zeros(len(owner) + 1, dtype=np.int64)
    np.add.at(edges, first, 1)
    np.add.at(edges, last, -1)
    return hour - onset_hours[owner], np.cumsum(edges[:-1]) > 0


def _outcomes(patients: Sequence[Patient]) -> Scores:
    died = [patient for patient in patients if patient.ending.outcome == "died" and patient.ending.discharged_at]
    waits = [
        lead_time_hours(patient.onset, patient.ending.antibiotics_at)
        for patient in patients
        if patient.onset is not None and patient.ending.antibiotics_at is not None
    ]
    found = quartiles(waits)
    return {
        "deaths": len(died),
        "expected_deaths": fsum(patient.ending.death_probability for patient in patients),
        "septic_deaths": sum(patient.onset is not None for patient in died),
        "antibiotics_after_onset_hours": found.median if found else None,
    }


def _integers(values: Iterable[int]) -> IntArray:
    return np.array(list(values), dtype=np.int64)
