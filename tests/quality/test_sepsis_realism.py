"""The world against published figures, at 5,000 stays; run with -s to see the table."""

import numpy as np
import pytest

from scenarios.sepsis.bands import REQUIRED
from scenarios.sepsis.defaults import DEFAULTS
from scenarios.sepsis.events import CATALOG
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.realism import Measure, measure
from scenarios.sepsis.world import make_world
from simulator.core.draws import Draws
from simulator.core.scenario import WorldSetup
from simulator.core.time import SimTime, days

STAYS = 5_000
DURATION = days(30)


@pytest.fixture(scope="module")
def measures() -> tuple[Measure, ...]:
    subjects = np.arange(STAYS, dtype=np.int64)
    end = SimTime(DEFAULTS.start + DURATION)
    world = make_world(WorldSetup(CATALOG, Parameters(), Draws(DEFAULTS.seed), subjects, DEFAULTS.start, end))
    step = world.step(end, [])
    return measure(step.blocks, step.labels)


def test_every_required_figure_is_in_its_band(measures: tuple[Measure, ...]) -> None:
    print("\n" + "\n".join(_line(one) for one in measures))  # noqa: T201 - the table is the point
    assert [_line(one) for one in measures if one.band.id in REQUIRED and not one.is_in_band] == []


def test_every_other_figure_is_in_its_band_too(measures: tuple[Measure, ...]) -> None:
    assert [_line(one) for one in measures if one.band.id not in REQUIRED and not one.is_in_band] == []


def test_every_band_is_measured(measures: tuple[Measure, ...]) -> None:
    assert [one.band.metric for one in measures if np.isnan(one.value)] == []


def _line(one: Measure) -> str:
    verdict = "in " if one.is_in_band else "OUT"
    band = one.band
    return f"{band.id} {band.metric:45} {band.published:18} {band.low:8g} - {band.high:<8g} {one.value:9.3f} {verdict}"
