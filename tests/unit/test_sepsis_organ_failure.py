"""SOFA as the chart shows it: in sepsis it rises at t_SOFA, and lactate rises in shock."""

import numpy as np

from scenarios.sepsis.course import NEVER, Course, draw_course
from scenarios.sepsis.events import CATALOG, LAB_RESULTED, MEDICATION
from scenarios.sepsis.organ_failure import ORGANS
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.world import make_world
from simulator.clinical.laboratory import LACTATE
from simulator.core.arrays import BoolArray, FloatArray, IntArray
from simulator.core.draws import Draws
from simulator.core.events import Block, Coded
from simulator.core.scenario import WorldSetup
from simulator.core.time import SimTime, days, hours
from tests.unit.sepsis_worlds import START

PARAMETERS = Parameters(septic_share=0.4)
SUBJECTS = np.arange(900, dtype=np.int64)
END = SimTime(START + days(30))
SETUP = WorldSetup(CATALOG, PARAMETERS, Draws(11), SUBJECTS, START, END)
COURSE: Course = draw_course(SETUP, PARAMETERS)
BLOCKS: list[Block] = list(make_world(SETUP).step(END, []).blocks)


def results(code: str) -> tuple[IntArray, IntArray, FloatArray]:
    """Return whose, when taken and what of every result with this code."""
    found = []
    for block in (one for one in BLOCKS if one.type is LAB_RESULTED):
        columns = block.columns or {}
        coded = columns["code"]
        assert isinstance(coded, Coded)
        kept = np.flatnonzero(coded.index == coded.values.index(code))
        found.append((block.subject[kept], block.occurred_at[kept], np.asarray(columns["value"])[kept]))
    subject, taken, value = (np.concatenate(part) for part in zip(*found, strict=True))
    return subject, taken, value


def pressor_begins() -> IntArray:
    """Return when each patient is first given norepinephrine, NEVER without."""
    begins = np.full(len(SUBJECTS), NEVER)
    for block in (one for one in BLOCKS if one.type is MEDICATION):
        coded = (block.columns or {})["code"]
        assert isinstance(coded, Coded)
        given = np.flatnonzero(coded.index == coded.values.index("7512"))
        np.minimum.at(begins, block.subject[given], block.occurred_at[given])
    return begins


def rises(around: IntArray) -> BoolArray:
    """Return in whom an organ is charted with 2 points more in the day from an instant than last before it."""
    begins = pressor_begins()
    risen = (begins >= around) & (begins < around + hours(24))  # 3 points at any rate
    for organ in ORGANS:
        subject, taken, value = results(organ.code.code)
        ascends = organ.limits[0] < organ.limits[-1]
        limits = np.array(organ.limits)[:, None]
        points = np.sum(value >= limits if ascends else value < limits, axis=0)
        before, after = np.full(len(SUBJECTS), 99), np.zeros(len(SUBJECTS), dtype=np.int64)
        earlier = np.flatnonzero(taken < around[subject])
        earlier = earlier[np.argsort(taken[earlier], kind="stable")]
        before[subject[earlier]] = points[earlier]
        within = (taken >= around[subject]) & (taken < around[subject] + hours(24))
        np.maximum.at(after, subject[within], points[within])
        risen |= after - before >= 2
    return risen


def middle() -> IntArray:
    """Return t_SOFA of the septic, the middle of the stay of others."""
    return np.where(COURSE.septic, COURSE.sofa_at, (COURSE.admitted_at + COURSE.discharged_at) // 2)


SEEN = COURSE.discharged_at < END
RISEN = rises(middle())


def test_most_of_the_septic_show_two_points_of_sofa_more_and_few_others_do() -> None:
    septic, other = float(RISEN[SEEN & COURSE.septic].mean()), float(RISEN[SEEN & ~COURSE.septic].mean())
    print(f"\nSOFA +2 within a day: {septic:.2f} of the septic, {other:.3f} of others")  # noqa: T201 - a measured figure
    assert septic > 0.45
    assert other < 0.12


def test_nothing_rises_before_sofa_does() -> None:
    day_before = rises(COURSE.sofa_at - hours(25))
    long_there = COURSE.sofa_at - COURSE.admitted_at > hours(60)
    assert float(day_before[SEEN & COURSE.septic & long_there & ~COURSE.shock].mean()) < 0.15


def test_most_lactates_in_shock_are_above_two() -> None:
    subject, taken, value = results(LACTATE.code)
    begun = (taken >= COURSE.sofa_at[subject]) & (taken < COURSE.sofa_at[subject] + hours(24))
    shock = COURSE.shock[subject] & begun
    assert float(np.mean(value[shock] > 2.0)) > 0.7
    assert float(np.mean(value[~COURSE.septic[subject]] > 2.0)) < 0.55
    assert np.median(value[shock]) < 7.0
