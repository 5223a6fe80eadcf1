"""Orders follow from how patients are, what was measured and what is done, never from what is to come."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.sepsis.course import HOUR_MS, NEVER, Course, draw_course
from scenarios.sepsis.events import CATALOG
from scenarios.sepsis.ordering import GAS, make_ordering
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.physiology import HR, MAP, MEAN, RR, TEMPERATURE, illness
from scenarios.sepsis.urgency import Condition, urgency
from simulator.core.arrays import BoolArray, IntArray
from simulator.core.draws import Draws
from simulator.core.scenario import WorldSetup
from simulator.core.time import SimTime, days, hours
from tests.unit.sepsis_worlds import START

PARAMETERS = Parameters(septic_share=1.0)
DRAWS = Draws(5)
ROWS = np.arange(2_000, dtype=np.int64)
COURSE: Course = draw_course(
    WorldSetup(CATALOG, PARAMETERS, DRAWS, ROWS, START, SimTime(START + days(30))), PARAMETERS
)  # fmt: skip
FIRST_HOUR = (START + days(20)) // HOUR_MS  # all have been admitted by then


def condition(count: int = 1, **others: object) -> Condition:
    """Return the condition of patients with whom nothing is amiss, but for `others`."""
    calm = Condition(
        illness=np.zeros(count),
        failure=np.zeros(count),
        seen=np.tile(MEAN, (count, 1)),
        since_culture=np.full(count, -NEVER),
    )
    return replace(calm, **others)  # type: ignore[arg-type]  # fields by name


def orders(course: Course, state: Condition) -> BoolArray:
    """Return the panels ordered in a day of hours alike."""
    ordering = make_ordering(course, DRAWS)
    return np.stack([ordering.orders(ROWS, FIRST_HOUR + hour, state).panels for hour in range(24)])


def seen(sign: int, value: float) -> dict[str, object]:
    values = np.tile(MEAN, (1, 1))
    values[0, sign] = value
    return {"seen": values}


def test_two_patients_alike_are_ordered_the_same_whoever_will_be_septic() -> None:
    never = np.full(len(ROWS), NEVER)
    spared = replace(
        COURSE,
        septic=np.zeros(len(ROWS), dtype=np.bool_),
        shock=np.zeros(len(ROWS), dtype=np.bool_),
        onset_at=never,
        sofa_at=never,
        suspicion_at=never,
    )
    state = condition(len(ROWS))
    np.testing.assert_array_equal(orders(COURSE, state), orders(spared, state))


def test_nothing_is_urgent_when_nothing_is_amiss() -> None:
    assert urgency(condition()).tolist() == [0.0]


@pytest.mark.parametrize(
    "amiss",
    [
        {"illness": np.array([0.5])},
        {"failure": np.array([1.0])},
        {"since_culture": np.array([hours(2)])},
        seen(MAP, 60.0),
        seen(TEMPERATURE, 38.5),
        seen(HR, 120.0),
        seen(RR, 26.0),
    ],
)
def test_each_thing_amiss_makes_it_urgent(amiss: dict[str, object]) -> None:
    assert urgency(condition(**amiss))[0] > 0.0


@pytest.mark.parametrize("since", [-hours(1), hours(24), hours(100)])
def test_a_culture_to_come_or_long_past_is_no_suspicion(since: int) -> None:
    assert urgency(condition(since_culture=np.array([since]))).tolist() == [0.0]


def gases(antibiotic_at: IntArray) -> int:
    """Return the blood gases of a day, as ill as patients are 12 h after onset."""
    ill = illness(COURSE, ROWS, (COURSE.onset_at + hours(12), antibiotic_at))
    return int(orders(COURSE, condition(len(ROWS), illness=ill))[:, :, GAS].sum())


def test_treatment_ten_hours_before_the_onset_spares_orders_after_it() -> None:
    untreated, treated = gases(np.full(len(ROWS), NEVER)), gases(COURSE.onset_at - hours(10))
    calm = int(orders(COURSE, condition(len(ROWS)))[:, :, GAS].sum())
    assert treated - calm < 0.5 * (untreated - calm)
