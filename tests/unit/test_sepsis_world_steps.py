"""The promises of a world: step lengths, other subjects and the run's end do not show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core.time import SimTime, hours, minutes
from tests.unit.sepsis_worlds import START, alert, every, run_world, sepsis_world

DURATION = hours(48)
WHOLE = run_world(sepsis_world(duration=DURATION), [DURATION])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, DURATION - 1), max_size=30, unique=True))
def test_the_length_of_the_steps_does_not_show(ends: list[int]) -> None:
    assert run_world(sepsis_world(duration=DURATION), [*sorted(ends), DURATION]) == WHOLE


@pytest.mark.parametrize("length", [minutes(1), minutes(15), hours(1), hours(7)])
def test_steps_of_one_length_give_what_one_step_gives(length: int) -> None:
    assert run_world(sepsis_world(duration=DURATION), every(length, DURATION)) == WHOLE


def test_alerts_give_the_same_whatever_the_step_up_to_the_reaction_time() -> None:
    alerts = {subject: minutes(10 * subject + 1) for subject in range(40)}

    def run(length: int) -> object:
        def decide(until: SimTime, _blocks: object) -> list[object]:
            since = until - length
            return [alert(s, at) for s, at in alerts.items() if since < START + at <= until]

        return run_world(sepsis_world(duration=DURATION), every(length, DURATION), decide)

    assert run(minutes(15)) == run(minutes(5)) == run(minutes(1))


def test_a_patient_is_the_same_among_few_and_among_many() -> None:
    rows, labels = run_world(sepsis_world(subjects=[3, 17, 900_000]), every(hours(1), DURATION))
    among_many = sepsis_world(subjects=[*range(60), 900_000])
    many_rows, many_labels = run_world(among_many, every(hours(5), DURATION))
    chosen = {"syn-0000003", "syn-0000017", "syn-0900000"}
    assert rows == [row for row in many_rows if row[1] in (3, 17, 900_000)]
    assert labels == [one for one in many_labels if one.subject in chosen]


@pytest.mark.parametrize("length", [minutes(15), minutes(40), hours(3)])
def test_no_later_step_returns_what_should_have_been_published(length: int) -> None:
    world = sepsis_world(subjects=range(200), duration=DURATION)
    reached, earliest = START - 1, []
    for end in every(length, DURATION):
        blocks = world.step(SimTime(START + end), []).blocks
        earliest += [int(block.published_at.min()) - reached for block in blocks]
        reached = START + end
    assert min(earliest) > 0


def test_every_event_is_published_after_it_occurred_and_belongs_to_a_patient_who_is_there() -> None:
    rows, labels = WHOLE
    stays = {one.subject: one for one in labels if one.kind == "encounter.ended"}
    assert all(published > occurred for _, _, published, occurred, _ in rows)
    assert all(
        stays[f"syn-{subject:07d}"].at <= occurred <= stays[f"syn-{subject:07d}"].known_at
        for kind, subject, _, occurred, _ in rows
        if kind != "culture.resulted" and occurred <= START + DURATION
    )


def test_a_start_off_the_hour_loses_nobody() -> None:
    rows, _ = run_world(sepsis_world(duration=minutes(90)), [minutes(37), minutes(90)])
    admitted = [row for row in rows if row[0] == "encounter.admitted"]
    assert len(admitted) == 40


def test_values_are_rounded_as_a_device_shows_them() -> None:
    world = sepsis_world(subjects=range(100), duration=DURATION)
    blocks = [block for block in world.step(SimTime(START + DURATION), []).blocks if block.columns]
    values = np.concatenate([block.columns["value"] for block in blocks if "value" in block.columns])
    assert np.array_equal(values, np.array([float(f"{value:.2f}") for value in values]))


def test_a_world_of_nobody_has_nothing_to_tell() -> None:
    nobody = sepsis_world(subjects=[], duration=DURATION)
    assert run_world(nobody, every(hours(6), DURATION), lambda _until, _blocks: [alert(3, hours(1))]) == ([], [])


def test_a_run_shorter_than_an_hour_has_an_ending_for_everybody() -> None:
    rows, labels = run_world(sepsis_world(duration=minutes(1)), [minutes(1)])
    assert [sum(row[0] == "encounter.admitted" for row in rows), len(labels)] == [40, 40]
