"""The table of patient-hours and the scores over it, on a stream small enough to reckon by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from scenarios.sepsis.charting import CODES
from scenarios.sepsis.early_warning import news2, qsofa, sirs
from scenarios.sepsis.events import CATALOG, VITAL_SIGN
from scenarios.sepsis.hourly import HourlyTable, make_hourly_table
from scenarios.sepsis.labels import ENCOUNTER_ENDED, SEPSIS_ONSET, Ending, Onset
from simulator.core.arrays import IntArray
from simulator.core.events import Block, Coded
from simulator.core.labels import Label
from simulator.core.time import SimTime, hours, minutes

START = SimTime(1_767_571_200_000 + 600_000)  # ten past, so that hours of the stay are not the clock's


def stay(subject: int, length_hours: int) -> Label:
    data = Ending(discharged_at=None, outcome="alive", is_septic=False, antibiotics_at=None, death_probability=0.1)
    end = SimTime(START + hours(length_hours))
    return Label(subject=CATALOG.subject_name(subject), kind=ENCOUNTER_ENDED.name, at=START, known_at=end, data=data)


def onset(subject: int, at_hour: float) -> Label:
    at = SimTime(START + hours(at_hour))
    data = Onset(suspicion_at=at, sofa_at=at)
    return Label(subject=CATALOG.subject_name(subject), kind=SEPSIS_ONSET.name, at=at, known_at=at, data=data)


def measured(rows: list[tuple[int, float, str, float]]) -> Block:
    """Return a block of (subject, hours after START, short name, value)."""
    names = [code.name for code in CODES]
    at = START + np.array([round(row[1] * 3_600_000) for row in rows], dtype=np.int64)
    index = np.array([names.index(row[2]) for row in rows], dtype=np.int64)

    def coded(of: str) -> Coded:
        return Coded(index, tuple(getattr(code, of) for code in CODES))

    columns = {"code": coded("code"), "display": coded("display"), "unit": coded("unit")}
    value = np.array([row[3] for row in rows])
    subject = np.array([row[0] for row in rows], dtype=np.int64)
    return Block(VITAL_SIGN, subject, at, at + minutes(5), columns={**columns, "value": value})


def table(rows: list[tuple[int, float, str, float]], labels: list[Label]) -> HourlyTable:
    return make_hourly_table([measured(rows)], labels)


def test_an_hour_holds_the_median_of_what_was_measured_in_it() -> None:
    rows = [(1, 0.9, "heart_rate", 80.0), (1, 1.0, "heart_rate", 90.0), (1, 1.5, "heart_rate", 70.0),
            (1, 1.9, "heart_rate", 71.0), (1, 3.1, "heart_rate", 99.0), (2, 0.0, "heart_rate", 60.0)]  # fmt: skip
    found = table(rows, [stay(1, 3), stay(2, 2)])
    np.testing.assert_array_equal(found.columns["HR"], [80.0, 71.0, np.nan, 60.0, np.nan])
    np.testing.assert_array_equal(found.hour, [0, 1, 2, 0, 1])


def test_a_value_is_carried_forward_within_the_patient_only() -> None:
    rows = [(1, 1.0, "heart_rate", 90.0), (2, 1.0, "heart_rate", 60.0)]
    found = table(rows, [stay(1, 3), stay(2, 3)]).carried_forward("HR")
    np.testing.assert_array_equal(found, [np.nan, 90.0, 90.0, np.nan, 60.0, 60.0])


def test_the_label_begins_six_hours_before_onset_and_the_rows_stop_three_after() -> None:
    found = table([], [stay(1, 40), onset(1, 10.5), stay(2, 5)])
    np.testing.assert_array_equal(np.flatnonzero(found.label), range(4, 14))
    assert len(found.hour) == 14 + 5


@pytest.mark.parametrize(
    ("score", "values", "points"),
    [
        (sirs, {"temperature": 38.1, "heart_rate": 91.0, "respiratory_rate": 21.0}, 3),
        (sirs, {"temperature": 38.0, "heart_rate": 90.0, "respiratory_rate": 20.0}, 0),
        (sirs, {"temperature": 35.9}, 1),
        (qsofa, {"systolic": 100.0, "respiratory_rate": 22.0}, 2),
        (qsofa, {"systolic": 101.0, "respiratory_rate": 21.0}, 0),
        (news2, {"respiratory_rate": 8.0}, 3),
        (news2, {"respiratory_rate": 12.0, "oxygen_saturation": 96.0, "systolic": 111.0}, 0),
        (news2, {"oxygen_saturation": 91.0, "inspired_oxygen": 40.0}, 5),
        (news2, {"inspired_oxygen": 21.0, "temperature": 36.0}, 1),
        (news2, {"temperature": 39.1, "heart_rate": 131.0, "systolic": 90.0}, 8),
        (news2, {"temperature": 38.0, "heart_rate": 90.0, "systolic": 219.0}, 0),
    ],
)
def test_scores_give_the_points_of_their_charts(
    score: Callable[[HourlyTable], IntArray], values: dict[str, float], points: int
) -> None:
    rows = [(1, 0.5, name, value) for name, value in values.items()]
    assert score(table(rows, [stay(1, 1)])).tolist() == [points]
