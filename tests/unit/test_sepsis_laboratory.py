"""What the laboratory makes of orders at the end of a stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenarios.sepsis.course import HOUR_MS, draw_course
from scenarios.sepsis.events import CATALOG, LAB_ORDERED, LAB_RESULTED
from scenarios.sepsis.laboratory import make_laboratory
from scenarios.sepsis.ordering import Ordered
from scenarios.sepsis.parameters import Parameters
from simulator.clinical.laboratory import PANELS
from simulator.core.draws import Draws
from simulator.core.scenario import WorldSetup
from simulator.core.time import SimTime, days
from tests.unit.sepsis_worlds import START

DRAWS, ROWS = Draws(5), np.arange(50, dtype=np.int64)
COURSE = draw_course(WorldSetup(CATALOG, Parameters(), DRAWS, ROWS, START, SimTime(START + days(3))), Parameters())
HOUR = int(COURSE.admitted_at[ROWS].max()) // HOUR_MS + 1


def results_of(stay_ms: int) -> dict[str, int]:
    """Return how many orders and results come of all panels, when all leave so long after ordering."""
    left = np.full(len(COURSE.discharged_at), HOUR * HOUR_MS + stay_ms)
    laboratory = make_laboratory(replace(COURSE, discharged_at=left), DRAWS)
    every = np.ones((len(ROWS), len(PANELS) - 1), dtype=np.bool_)
    ordered = Ordered(panels=every, past_ms=np.zeros(len(ROWS), dtype=np.int64))
    blocks = laboratory.examine(ROWS, HOUR, (ordered, np.zeros(len(ROWS))))
    return {block.type.name: len(block) for block in blocks}


def test_a_specimen_that_was_not_taken_before_discharge_has_no_result() -> None:
    orders = len(ROWS) * (len(PANELS) - 1)
    assert results_of(1_000) == {LAB_ORDERED.name: orders, LAB_RESULTED.name: 0}
    assert results_of(24 * HOUR_MS)[LAB_RESULTED.name] > orders
