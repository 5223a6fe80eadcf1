"""What antibiotics do: the fever of the treated falls, that of the same patients untreated does not."""

import numpy as np

from scenarios.sepsis.course import HOUR_MS, NEVER, Course, draw_course
from scenarios.sepsis.events import CATALOG
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.physiology import TEMPERATURE, illness, make_physiology
from simulator.core.arrays import FloatArray
from simulator.core.draws import Draws
from simulator.core.scenario import WorldSetup
from simulator.core.time import SimTime, days
from tests.unit.sepsis_worlds import START

PARAMETERS = Parameters(septic_share=1.0)
DRAWS = Draws(3)
ROWS = np.arange(500, dtype=np.int64)
COURSE: Course = draw_course(
    WorldSetup(CATALOG, PARAMETERS, DRAWS, ROWS, START, SimTime(START + days(30))), PARAMETERS
)  # fmt: skip
PHYSIOLOGY = make_physiology(COURSE, PARAMETERS, DRAWS)


def temperature(after_hours: int, *, is_treated: bool) -> FloatArray:
    """Return the hidden temperatures so long after onset, with antibiotics at onset or never."""
    given_at = COURSE.onset_at if is_treated else np.full(len(ROWS), NEVER)
    ill = illness(COURSE, ROWS, (COURSE.onset_at + after_hours * HOUR_MS, given_at))
    return PHYSIOLOGY.values(ROWS, 0, ill)[:, TEMPERATURE]


def gained(after_hours: int) -> float:
    """Return by how much treatment lowers the mean temperature."""
    untreated, treated = temperature(after_hours, is_treated=False), temperature(after_hours, is_treated=True)
    return float(np.mean(untreated - treated))


def test_fever_falls_within_two_days_of_antibiotics_and_not_without() -> None:
    onset, later = temperature(0, is_treated=True), temperature(48, is_treated=True)
    assert float(np.mean(onset - later)) > 0.2
    assert float(np.mean(temperature(48, is_treated=False) - onset)) > 0.0
    assert gained(48) > 0.3


def test_nothing_is_seen_of_antibiotics_in_the_first_six_hours() -> None:
    assert (gained(0), gained(6)) == (0.0, 0.0)
    assert gained(24) > 0.1
