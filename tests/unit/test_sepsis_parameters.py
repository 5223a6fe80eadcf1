"""Every parameter acts, in the direction that its description says."""

import json
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from scenarios.sepsis.parameters import Parameters
from simulator.core.labels import Label
from simulator.core.time import hours
from tests.unit.sepsis_worlds import START, Row, every, run_world, sepsis_world

DURATION = hours(72)
Run = tuple[list[Row], list[Label]]


def onsets(run: Run) -> float:
    return sum(one.kind == "sepsis.onset" for one in run[1])


def last_admission(run: Run) -> float:
    return max(row[3] for row in run[0] if row[0] == "encounter.admitted") - START


def antibiotics(run: Run) -> float:
    return sum(row[0] == "medication.administered" for row in run[0])


def charting(run: Run) -> float:
    return float(np.median([row[2] - row[3] for row in run[0] if row[0] == "vital-sign.measured"]))


def waiting(run: Run) -> float:
    cultured = {row[1]: row[3] for row in run[0] if row[0] == "lab.ordered" and '"600-7"' in row[4]}
    given = [row for row in run[0] if row[0] == "medication.administered" and '"7512"' not in row[4]]
    first = {row[1]: row[3] for row in sorted(given, key=lambda row: row[3], reverse=True)}
    return float(np.median([first[one] - cultured[one] for one in first if one in cultured]))


def deaths(run: Run) -> float:
    return sum(one.data.outcome == "died" for one in run[1] if one.kind == "encounter.ended")


def values(run: Run, code: str) -> list[float]:
    return [json.loads(row[4])["value"] for row in run[0] if f'"{code}"' in row[4]]


def low_saturations(run: Run) -> float:
    return sum(value < 80.0 for value in values(run, "59408-5"))


def temperature_spread(run: Run) -> float:
    return float(np.std(values(run, "8310-5")))


@pytest.mark.parametrize(
    ("name", "low", "high", "seen"),
    [
        ("septic_share", 0.1, 0.8, onsets),
        ("suspected_share", 0.0, 0.9, antibiotics),
        ("admission_share", 0.1, 1.0, last_admission),
        ("drift", 0.0, 5.0, temperature_spread),
        ("circadian", 0.0, 20.0, temperature_spread),
        ("charting_minutes", 5.0, 60.0, charting),
        ("antibiotic_hours", 0.5, 10.0, waiting),
        ("odds_ratio_per_hour", 1.0, 1.5, deaths),
        ("artefact_share", 0.0, 0.2, low_saturations),
    ],
)
def test_a_parameter_acts(name: str, low: float, high: float, seen: Callable[[Run], float]) -> None:
    def run(value: float) -> Run:
        sick = Parameters(septic_share=0.5, antibiotic_hours=6.0)
        chosen = msgspec.structs.replace(sick, **{name: value})
        world = sepsis_world(subjects=range(120), duration=DURATION, parameters=chosen)
        return run_world(world, every(hours(24), DURATION))

    assert seen(run(low)) < seen(run(high))


def test_every_parameter_names_its_unit_and_source() -> None:
    schema = msgspec.inspect.type_info(Parameters)
    extras = {field.name: field.type.extra or {} for field in schema.fields}
    assert {name for name, extra in extras.items() if {"unit", "source"} - set(extra)} == set()
