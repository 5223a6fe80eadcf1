"""The closed loop: what an alert changes, what it cannot change, and when at the earliest."""

import pytest

from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.treatment import REACTION_TIME
from simulator.core.decisions import Decision
from simulator.core.labels import Label
from simulator.core.time import hours, minutes
from tests.unit.sepsis_worlds import START, Row, alert, every, run_world, sepsis_world

DURATION = hours(96)
SUBJECTS = range(150)
SICK = Parameters(septic_share=0.5, suspected_share=0.0, odds_ratio_per_hour=1.5)


def run_with(alerts: list[Decision], parameters: Parameters = SICK) -> tuple[list[Row], list[Label]]:
    world = sepsis_world(subjects=SUBJECTS, duration=DURATION, parameters=parameters)
    given = sorted(alerts, key=lambda one: one.time)

    def decide(until: int, _blocks: object) -> list[Decision]:
        return [one for one in given if until - minutes(15) < one.time <= until]

    return run_world(world, every(minutes(15), DURATION), decide)


def ends(labels: list[Label]) -> dict[str, object]:
    return {one.subject: one.data for one in labels if one.kind == "encounter.ended"}


UNALERTED = run_with([])
ONSETS = {one.subject: one.at for one in UNALERTED[1] if one.kind == "sepsis.onset"}
EARLY_ALERTS = [alert(int(name[4:]), at - START - hours(4)) for name, at in ONSETS.items() if at > START + hours(5)]
ALERTED = run_with(EARLY_ALERTS)


def test_an_alert_before_onset_brings_antibiotics_forward() -> None:
    usual, alerted = ends(UNALERTED[1]), ends(ALERTED[1])
    sooner = [usual[one.subject].antibiotics_at - alerted[one.subject].antibiotics_at
              for one in EARLY_ALERTS if usual[one.subject].antibiotics_at is not None]  # fmt: skip
    assert min(sooner) >= 0
    assert sum(sooner) > hours(1) * len(sooner)


def test_no_antibiotic_is_given_before_the_reaction_time_has_passed() -> None:
    alerted = ends(ALERTED[1])
    given = [alerted[one.subject].antibiotics_at - one.time for one in EARLY_ALERTS]
    assert min(wait for wait in given) >= REACTION_TIME


def test_the_antibiotics_that_the_labels_tell_of_are_given() -> None:
    doses = [row for row in ALERTED[0] if row[0] == "medication.administered" and '"7512"' not in row[4]]
    told = {(int(name[4:]), end.antibiotics_at) for name, end in ends(ALERTED[1]).items() if end.antibiotics_at}
    assert told <= {(row[1], row[3]) for row in doses}


def test_nothing_changes_before_the_reaction_time() -> None:
    first = min(one.time for one in EARLY_ALERTS)
    before = [row for row in ALERTED[0] if row[3] < first + REACTION_TIME]
    assert before == [row for row in UNALERTED[0] if row[3] < first + REACTION_TIME]


def test_alerts_save_lives_and_cost_none() -> None:
    died = {name for name, end in ends(UNALERTED[1]).items() if end.outcome == "died"}
    still_die = {name for name, end in ends(ALERTED[1]).items() if end.outcome == "died"}
    assert still_die < died


def test_alerts_lower_the_probability_of_death_and_raise_nobodys() -> None:
    usual, alerted = ends(UNALERTED[1]), ends(ALERTED[1])
    saved = [usual[name].death_probability - alerted[name].death_probability for name in usual]
    assert min(saved) == 0.0
    assert sum(saved) > 1.0


def test_an_alert_does_not_move_the_onset_it_is_judged_by() -> None:
    def onsets(labels: list[Label]) -> list[Label]:
        return [one for one in labels if one.kind == "sepsis.onset"]

    assert onsets(ALERTED[1]) == onsets(UNALERTED[1])


def test_the_same_alert_again_and_later_alerts_change_nothing() -> None:
    later = [alert(int(one.subject[4:]), one.time - START + hours(1)) for one in EARLY_ALERTS]
    assert run_with([*EARLY_ALERTS, *EARLY_ALERTS, *later]) == ALERTED


def test_an_alert_for_a_stranger_changes_nothing() -> None:
    assert run_with([alert(999_999, hours(1))]) == UNALERTED


def test_an_alert_before_admission_or_after_discharge_changes_nothing() -> None:
    stays = [one for one in UNALERTED[1] if one.kind == "encounter.ended"]
    before = [alert(int(one.subject[4:]), one.at - START - 1) for one in stays if one.at > START]
    ended = [one for one in stays if one.data.discharged_at is not None]
    after = [alert(int(one.subject[4:]), one.known_at - START) for one in ended]
    assert run_with([*before, *after]) == UNALERTED


@pytest.mark.parametrize(("share", "patients"), [(0.0, 0), (1.0, len(SUBJECTS))])
def test_alerts_without_infection_lead_to_cultures_by_share_and_to_no_drug(share: float, patients: int) -> None:
    healthy = Parameters(septic_share=0.0, suspected_share=0.0, needless_workup_share=share)
    alerts = [
        alert(int(name[4:]), one.at - START + hours(1))
        for name, one in ((one.subject, one) for one in UNALERTED[1] if one.kind == "encounter.ended")
    ]
    rows, _ = run_with(alerts, healthy)
    cultured = {row[1] for row in rows if row[0] == "lab.ordered" and '"600-7"' in row[4]}
    antibiotics = [row for row in rows if row[0] == "medication.administered" and '"7512"' not in row[4]]
    assert (len(cultured), antibiotics) == (patients, [])
