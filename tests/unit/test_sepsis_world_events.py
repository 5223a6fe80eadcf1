"""What the world publishes: its golden events, nobody real, times in their order, and its types."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from scenarios.sepsis.events import CATALOG
from scenarios.sepsis.parameters import Parameters
from simulator.core.time import format_instant, hours, read_instant
from tests.unit.sepsis_worlds import Row, run_world, sepsis_world

GOLDEN = Path(__file__).parents[1] / "golden" / "sepsis_events.jsonl"
DURATION = hours(72)
PARAMETERS = Parameters(septic_share=0.5)
ROWS, _ = run_world(sepsis_world(duration=DURATION, parameters=PARAMETERS), [DURATION])
BY_TYPE = {name: [row for row in ROWS if row[0] == name] for name in CATALOG.type_names}


def golden_line(row: Row) -> str:
    kind, subject, published, occurred, data = row
    times = {"occurred_at": format_instant(occurred), "published_at": format_instant(published)}
    event = {"type": kind, "subject": CATALOG.subject_name(subject), **times, "data": json.loads(data)}
    return json.dumps(event, sort_keys=True)


def test_the_first_events_of_each_type_are_the_golden_ones() -> None:
    first = [golden_line(row) for name in CATALOG.type_names for row in BY_TYPE[name][:3]]
    assert first == GOLDEN.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", CATALOG.type_names)
def test_the_data_of_every_event_are_of_its_type(name: str) -> None:
    expected = CATALOG.event_type(name).data
    read = [msgspec.to_builtins(msgspec.json.decode(row[4], type=expected)) for row in BY_TYPE[name]]
    assert read == [json.loads(row[4]) for row in BY_TYPE[name]] != []


def test_no_name_can_be_a_real_persons() -> None:
    patients = [json.loads(row[4])["patient"] for row in BY_TYPE["encounter.admitted"]]
    assert all(re.fullmatch(r"[A-Za-z]+\d{3}", one[part]) for one in patients for part in ("given", "family"))
    assert {one["security"] for one in patients} == {"HTEST"}
    assert all(one["identifier"].startswith("syn-") for one in patients)


def test_a_result_passes_order_specimen_receipt_and_release() -> None:
    orders = {(row[1], json.loads(row[4])["order"]): row[3] for row in BY_TYPE["lab.ordered"]}
    for _, subject, published, occurred, data in BY_TYPE["lab.resulted"]:
        result = json.loads(data)
        passed = [read_instant(result[f"{step}_at"]) for step in ("collected", "received", "resulted")]
        assert [orders[subject, result["order"]], *passed, published] == sorted(
            {orders[subject, result["order"]], *passed, published}
        )
        assert passed[0] == occurred


def test_an_order_number_names_one_order_of_a_patient() -> None:
    numbers = [(row[1], json.loads(row[4])["order"]) for row in BY_TYPE["lab.ordered"]]
    assert len(numbers) == len(set(numbers))


def test_nobody_is_measured_before_admission_or_after_discharge() -> None:
    admitted = {row[1]: row[3] for row in BY_TYPE["encounter.admitted"]}
    discharged = {row[1]: row[3] for row in BY_TYPE["encounter.discharged"]}
    measured = BY_TYPE["vital-sign.measured"] + BY_TYPE["lab.resulted"] + BY_TYPE["medication.administered"]
    assert all(admitted[row[1]] <= row[3] < discharged.get(row[1], row[3] + 1) for row in measured)
