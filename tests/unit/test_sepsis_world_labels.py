"""What was true: onsets by Sepsis-3's rule, and one ending for every stay."""

from scenarios.sepsis.parameters import Parameters
from simulator.core.time import hours
from tests.unit.sepsis_worlds import START, every, run_world, sepsis_world

DURATION = hours(120)
SUBJECTS = range(300)
ROWS, LABELS = run_world(
    sepsis_world(subjects=SUBJECTS, duration=DURATION, parameters=Parameters(septic_share=0.4)),
    every(hours(6), DURATION),
)
ONSETS = {one.subject: one for one in LABELS if one.kind == "sepsis.onset"}
ENDED = {one.subject: one for one in LABELS if one.kind == "encounter.ended"}


def test_every_patient_has_one_stay() -> None:
    names = [one.subject for one in LABELS if one.kind == "encounter.ended"]
    assert names == sorted(f"syn-{subject:07d}" for subject in SUBJECTS)


def test_onset_is_the_earlier_of_suspicion_and_sofa_and_known_with_the_later() -> None:
    assert all(
        (one.at, one.known_at)
        == (min(one.data.suspicion_at, one.data.sofa_at), max(one.data.suspicion_at, one.data.sofa_at))
        for one in ONSETS.values()
    )


def test_sofa_rises_within_a_day_before_and_half_a_day_after_suspicion() -> None:
    gaps = [one.data.sofa_at - one.data.suspicion_at for one in ONSETS.values()]
    assert (min(gaps) >= -hours(24), max(gaps) <= hours(12), min(gaps) < 0 < max(gaps)) == (True, True, True)


def test_onsets_lie_in_the_stay_at_hour_four_at_the_earliest() -> None:
    assert all(ENDED[name].at + hours(4) <= one.at <= ENDED[name].known_at for name, one in ONSETS.items())


def test_a_stay_is_septic_when_it_has_an_onset() -> None:
    assert {name for name, one in ENDED.items() if one.data.is_septic} == set(ONSETS)


def test_a_discharge_is_published_for_every_stay_that_ended_with_its_outcome() -> None:
    published = {row[1]: '"exp"' in row[4] for row in ROWS if row[0] == "encounter.discharged"}
    ended = {int(name[4:]): one.data.outcome == "died" for name, one in ENDED.items() if one.data.discharged_at}
    assert published == ended


def test_a_stay_that_outlasts_the_run_ends_with_it_alive() -> None:
    cut = [one for one in ENDED.values() if one.data.discharged_at is None]
    assert {(one.known_at, one.data.outcome) for one in cut} == {(START + DURATION, "alive")}


def test_as_many_die_as_the_probabilities_of_those_who_left_say() -> None:
    left = [one.data for one in ENDED.values() if one.data.discharged_at is not None]
    died, chance = sum(one.outcome == "died" for one in left), [one.death_probability for one in left]
    spread = sum(p * (1.0 - p) for p in chance) ** 0.5
    assert abs(died - sum(chance)) < 2.0 * spread


def test_suspicion_is_what_the_chart_shows_first_of_culture_and_antibiotics() -> None:
    first: dict[str, int] = {}
    for kind, subject, _, occurred, data in ROWS:
        is_culture = kind == "lab.ordered" and '"600-7"' in data
        is_antibiotic = kind == "medication.administered" and '"7512"' not in data
        if is_culture or is_antibiotic:
            name = f"syn-{subject:07d}"
            first[name] = min(first.get(name, occurred), occurred)
    seen = {name: one.data.suspicion_at for name, one in ONSETS.items() if one.known_at < START + DURATION}
    assert {name: first[name] for name in seen} == seen
