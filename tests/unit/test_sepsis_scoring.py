"""Sepsis alerts earn what they are worth; nothing, everything and lots drawn never pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from scenarios.sepsis import scenario
from scenarios.sepsis.labels import ENCOUNTER_ENDED, SEPSIS_ONSET, Ending, Onset
from scenarios.sepsis.scoring import METRICS, score
from simulator.clinical.alert import Alert
from simulator.core.arrays import FloatArray, IntArray
from simulator.core.decisions import Decision
from simulator.core.draws import Draws
from simulator.core.history import Delivery, History
from simulator.core.labels import Label
from simulator.core.time import SimTime, days, hours
from simulator.harness.plan import requirements_of
from simulator.scoring import verdict

END = SimTime(days(7))
Alerts = Sequence[tuple[int, float]]


def stay(
    subject: int,
    admitted: float,
    left: float | None,
    *,
    onset: float | None = None,
    treated: float | None = None,
    died: bool = False,
) -> list[Label]:
    """Return the labels of a stay; all times in hours of the run."""
    ending = Ending(
        discharged_at=None if left is None else at(left),
        outcome="died" if died else "alive",
        is_septic=onset is not None,
        antibiotics_at=None if treated is None else at(treated),
        death_probability=0.25 if onset is None else 0.5,
    )
    labels = [label(ENCOUNTER_ENDED.name, subject, admitted, ending)]
    if onset is not None:
        labels.append(label(SEPSIS_ONSET.name, subject, onset, Onset(suspicion_at=at(onset), sofa_at=at(onset))))
    return labels


def label(kind: str, subject: int, hour: float, data: Ending | Onset) -> Label:
    return Label(subject=name(subject), kind=kind, at=at(hour), known_at=at(hour), data=data)


def at(hour: float) -> SimTime:
    return SimTime(hours(hour))


def name(subject: int) -> str:
    return f"syn-{subject:07d}"


def history(labels: Sequence[Label], alerts: Alerts, **others: object) -> History:
    """Return the history of a run in which alerts were raised: subject and hour of each."""
    decisions = [
        Decision(
            type="alert.raised", subject=name(subject), time=at(hour), caused_by="e", data=Alert(score=7, rule="r")
        )
        for subject, hour in alerts
    ]
    subjects = len({one.subject for one in labels})
    fields = {"start": SimTime(0), "end": END, "subjects": subjects, "labels": labels, "decisions": decisions}
    return History(**{**fields, **others})  # type: ignore[arg-type]  # fields by name


THREE = [*stay(0, 0, 60, onset=30, treated=32), *stay(1, 10, 40), *stay(2, 20, None)]


TENFOLD = [
    one
    for tenth in range(0, 30, 3)
    for one in (*stay(tenth, 0, 60, onset=30, treated=32), *stay(tenth + 1, 10, 40), *stay(tenth + 2, 20, None))
]


def scored(alerts: Alerts, *names: str, labels: Sequence[Label] = THREE) -> list[float | None]:
    found = score(history(labels, alerts))
    return [found[one] for one in names]


def scored_tenfold(alerts: Alerts, *names: str) -> list[float | None]:
    """Score ten times the three patients, with the same alerts about each."""
    return scored(
        [(subject + tenth, hour) for subject, hour in alerts for tenth in range(0, 30, 3)], *names, labels=TENFOLD
    )


def test_the_score_has_a_value_for_every_metric_and_no_other() -> None:
    assert sorted(score(history(THREE, []))) == sorted(metric.name for metric in METRICS)


@pytest.mark.parametrize(("hour", "sensitivity"), [(17.9, 0), (18, 1), (30, 1), (33, 1), (33.01, 0), (59, 0)])
def test_an_alert_counts_from_twelve_hours_before_the_onset_to_three_after(hour: float, sensitivity: float) -> None:
    assert scored_tenfold([(0, hour)], "sensitivity", "alert_ppv") == [sensitivity, sensitivity]


def test_a_patient_is_detected_once_and_each_alert_is_counted() -> None:
    found = scored_tenfold([(0, 20), (0, 26), (0, 50), (1, 15)], "sensitivity", "alert_ppv", "patient_ppv", "alerts")
    assert found == [1, 0.5, 0.5, 40]


def test_the_same_decision_seen_twice_is_one_alert() -> None:
    assert scored([(0, 20), (0, 20)], "alerts", "alert_ppv") == [1, 1]


def test_the_lead_time_is_that_of_the_first_alert_in_time() -> None:
    assert scored([(0, 2), (0, 25), (0, 29)], "lead_time_hours", "lead_time_hours_q1") == [5, 5]


def test_an_alert_after_the_onset_has_a_negative_lead_time() -> None:
    assert scored_tenfold([(0, 32)], "lead_time_hours", "sensitivity") == [-2, 1]


@pytest.mark.parametrize("alert", [(9, 30.0), (1, 9.9), (1, 40.1)])
def test_an_alert_about_nobody_in_the_unit_is_a_stray_and_a_false_one(alert: tuple[int, float]) -> None:
    found = scored([alert, (0, 25)], "stray_alerts", "alerts", "alert_ppv", "patient_ppv")
    assert found == [1, 2, 0.5, 1]


def test_the_burden_is_alarms_a_day_in_the_unit() -> None:
    # 60 + 30 + 148 hours in the unit.
    assert scored([(0, 5), (1, 15)], "alarms_per_patient_day", "alerted_share") == pytest.approx([2 * 24 / 238, 2 / 3])


def test_an_onset_outside_the_run_or_the_stay_is_nobodys() -> None:
    labels = [*stay(0, 0, 500, onset=400), *stay(1, 0, 30, onset=31), *stay(2, 10, 90, onset=5)]
    assert scored([(0, 30)], "septic_patients", "sensitivity", "utility", labels=labels) == [0, None, None]


def test_other_decisions_are_no_alerts() -> None:
    other = Decision(type="note.written", subject=name(0), time=at(25), caused_by="e", data=Alert(score=7, rule="r"))
    found = score(history(TENFOLD, [], decisions=[other]))
    assert (found["alerts"], found["sensitivity"]) == (0, 0)


def test_an_alert_that_stands_around_the_onset_is_useful_and_one_for_the_healthy_harmful() -> None:
    useful, late, harmful = (scored([alert], "utility")[0] for alert in [(0, 22), (0, 34.5), (1, 20)])
    assert useful is not None
    assert late is not None
    assert harmful is not None
    assert (useful > 0.3, late, harmful < 0) == (True, 0.0, True)


def test_silence_has_no_utility() -> None:
    assert scored([], "utility", "alert_ppv", "lead_time_hours") == [0, None, None]


def test_outcomes_are_counted() -> None:
    labels = [
        *stay(0, 0, 60, onset=30, treated=33, died=True),
        *stay(1, 0, 50, died=True),
        *stay(2, 0, None, onset=9, treated=10),
    ]
    found = scored([], "deaths", "septic_deaths", "antibiotics_after_onset_hours", labels=labels)
    assert found == [2, 1, 2]


def test_expected_deaths_count_everybody_by_probability_whether_or_not_they_died() -> None:
    labels = [*stay(0, 0, 60, onset=30, died=True), *stay(1, 0, 50), *stay(2, 0, None)]
    assert scored([], "expected_deaths", labels=labels) == [0.5 + 0.25 + 0.25]


def test_few_septic_patients_tell_nothing_from_chance() -> None:
    assert scored([(0, 25)], "chance_p", "skill", "chance_sensitivity") == [None, None, None]


@pytest.mark.parametrize(("cases", "sensitivity"), [(9, None), (10, 1.0)])
def test_few_septic_patients_are_no_ground_for_a_sensitivity(cases: int, sensitivity: float | None) -> None:
    labels = [one for patient in range(cases) for one in stay(patient, 0, 60, onset=30)]
    alerts = [(patient, 25.0) for patient in range(cases)]
    assert scored(alerts, "sensitivity", "sensitivity_high", labels=labels) == [sensitivity, pytest.approx(1.0)]
    low, septic = scored(alerts, "sensitivity_low", "septic_patients", labels=labels)
    assert low is not None
    assert (0.6 < low < 0.8, septic) == (True, cases)


@pytest.mark.parametrize("alerts", [[(0, 25.0)], [(1, 20.0)]])
def test_a_small_cohort_is_inconclusive_whatever_is_found(alerts: Alerts) -> None:
    judged = verdict(score(history(THREE, alerts)), DEFAULTS, decided=True)
    assert judged.outcome == "inconclusive"
    assert judged.reasons[0].startswith("sensitivity is required, but the run gives no ground for it: too few cases;")


def test_what_became_of_the_records_is_in_the_score() -> None:
    delivery = Delivery(published=9, received=8, lost=1, duplicated=2, reordered=3, phantom=4)
    found = score(history(THREE, [], delivery=delivery, latencies_ms=[1.0, 3.0], repeated_decisions=5))
    names = ("delivery_lost", "delivery_duplicated", "delivery_reordered", "delivery_phantom", "repeated_decisions")
    assert [found[one] for one in (*names, "latency_p50_ms")] == [1, 2, 3, 4, 5, 2.0]


class Cohort:
    """A thousand patients, some 65 septic, as a week of the unit has them; all times in hours."""

    def __init__(self, seed: int, size: int = 1_000) -> None:
        """Draw who is there, from when to when, and who becomes septic."""
        self.seed, self.draws, self.patients = seed, Draws(seed), np.arange(size, dtype=np.int64)
        self.admitted = self.uniform("admitted") * 100
        onset = np.where(
            self.uniform("early") < 0.195, 5.0, self.draws.lognormal("later", self.patients, median=48, sigma=1)
        )
        self.septic = self.uniform("septic") < 0.0727
        self.onset = self.admitted + onset
        usual = self.draws.lognormal("left", self.patients, median=38, sigma=0.7)
        self.left = np.minimum(self.admitted + np.where(self.septic, onset + 60, usual), 168)

    def uniform(self, purpose: str, index: int = 0) -> FloatArray:
        """Draw a value for each patient."""
        return self.draws.uniform(purpose, self.patients, index)

    def labels(self) -> list[Label]:
        """Return what the judge is told."""
        onsets = [onset if septic else None for onset, septic in zip(self.onset.tolist(), self.septic, strict=True)]
        stays = zip(self.patients.tolist(), self.admitted.tolist(), self.left.tolist(), onsets, strict=True)
        return [one for patient, admitted, left, onset in stays for one in stay(patient, admitted, left, onset=onset)]

    def hourly(self) -> tuple[IntArray, FloatArray]:
        """Return each hour of each patient: the patient, and the hour of the run."""
        lengths = (self.left - self.admitted).astype(np.int64)
        owner = np.repeat(self.patients, lengths)
        hour = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return owner, self.admitted[owner] + hour + 0.5


def everything(cohort: Cohort) -> Alerts:
    """Alert for everybody, every hour."""
    owner, hour = cohort.hourly()
    return list(zip(owner.tolist(), hour.tolist(), strict=True))


def lots(per_day: float) -> Callable[[Cohort], Alerts]:
    """Alert in hours that are drawn by lot."""

    def alerts(cohort: Cohort) -> Alerts:
        owner, hour = cohort.hourly()
        index = (hour * 10).astype(np.int64)
        drawn = Draws(cohort.seed + 1_000).uniform("lot", owner, index) < per_day / 24
        return list(zip(owner[drawn].tolist(), hour[drawn].tolist(), strict=True))

    return alerts


def chosen_patients(cohort: Cohort) -> Alerts:
    """Alert for every third patient, drawn by lot, every twelve hours."""
    owner, hour = cohort.hourly()
    chosen = (Draws(cohort.seed + 2_000).uniform("lot", owner) < 1 / 3) & ((hour - cohort.admitted[owner]) % 12 < 1)
    return list(zip(owner[chosen].tolist(), hour[chosen].tolist(), strict=True))


def on_admission(cohort: Cohort) -> Alerts:
    """Alert for everybody on admission."""
    return list(zip(cohort.patients.tolist(), cohort.admitted.tolist(), strict=True))


def unit_clock(*at_hours: float) -> Callable[[Cohort], Alerts]:
    """Alert for everybody who is there so many hours after the own admission."""
    return lambda cohort: [
        (patient, cohort.admitted[patient] + hour)
        for hour in at_hours
        for patient in cohort.patients.tolist()
        if cohort.admitted[patient] + hour <= cohort.left[patient]
    ]


def wall_clock(cohort: Cohort) -> Alerts:
    """Alert for everybody who is there, once a day at noon."""
    return [
        (patient, hour)
        for hour in range(12, 168, 24)
        for patient in cohort.patients.tolist()
        if cohort.admitted[patient] <= hour <= cohort.left[patient]
    ]


def informed(cohort: Cohort) -> Alerts:
    """Alert by lot as NEWS2 does, and for two in five of the septic patients besides, around the onset."""
    found = cohort.septic & (cohort.uniform("found") < 0.4)
    hour = np.clip(cohort.onset - 8 + 10 * cohort.uniform("found at"), cohort.admitted, cohort.left)
    return [*lots(0.35)(cohort), *zip(cohort.patients[found].tolist(), hour[found].tolist(), strict=True)]


DEFAULTS = requirements_of(scenario)


def outcome(seed: int, consumer: Callable[[Cohort], Alerts], *, require: Sequence[str] = ()) -> str:
    cohort = Cohort(seed)
    alerts = consumer(cohort)
    required = requirements_of(scenario, require)
    return verdict(score(history(cohort.labels(), alerts)), required, decided=bool(alerts)).outcome


def test_deciding_nothing_is_inconclusive() -> None:
    assert outcome(0, lambda cohort: []) == "inconclusive"


@pytest.mark.parametrize("consumer", [lots(0.3), lots(0.7), lots(1.0), lots(2.0), chosen_patients])
def test_drawing_lots_never_passes(consumer: Callable[[Cohort], Alerts]) -> None:
    assert {outcome(seed, consumer) for seed in range(20)} == {"fail"}


@pytest.mark.parametrize(
    "consumer", [everything, on_admission, unit_clock(48), unit_clock(4, 24, 48, 72, 96), wall_clock]
)
def test_what_knows_nothing_of_the_patients_never_passes(consumer: Callable[[Cohort], Alerts]) -> None:
    assert {outcome(seed, consumer) for seed in range(4)} == {"fail"}


@pytest.mark.parametrize("require", [("sensitivity>=0.5",), ("dead_letters<=0",), ("skill>=0",)])
@pytest.mark.parametrize("consumer", [everything, lots(1.0), lots(2.0), chosen_patients])
def test_no_further_condition_lets_them_pass(consumer: Callable[[Cohort], Alerts], require: tuple[str, ...]) -> None:
    assert {outcome(seed, consumer, require=require) for seed in range(3)} == {"fail"}


def test_knowing_something_passes() -> None:
    passes = [outcome(seed, informed) for seed in range(20)].count("pass")
    assert passes >= 18
