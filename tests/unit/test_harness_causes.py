"""No decision may be dated before the event that it names was published."""

import numpy as np
import pytest

from scenarios.sepsis.events import CATALOG
from simulator.clinical.alert import Alert
from simulator.core.catalog import EventRef
from simulator.core.decisions import Decision
from simulator.core.records import RecordBatch
from simulator.core.time import SimTime
from simulator.harness.causes import CauseTimes, backdated_hindrance

SEED = 5
PUBLISHED = {EventRef("vital-sign.measured", 3, 0): 1_000, EventRef("vital-sign.measured", 3, 1): 2_000}


def decision(ref: EventRef, *, time: int) -> Decision:
    return Decision(
        type="alert.raised",
        subject=CATALOG.subject_name(ref.subject),
        time=SimTime(time),
        caused_by=CATALOG.event_id(SEED, ref),
        data=Alert(score=7.0, rule="NEWS2"),
    )


@pytest.fixture
def causes() -> CauseTimes:
    times = CauseTimes(CATALOG, seed=SEED)
    refs = list(PUBLISHED)
    row = np.array([CATALOG.type_names.index(ref.type) for ref in refs])
    times.add(
        [
            RecordBatch(
                topic="sepsis.vitals",
                partitions=np.zeros(len(refs), dtype=np.int64),
                timestamps=np.array(list(PUBLISHED.values())),
                keys=[b"k"] * len(refs),
                values=[b"{}"] * len(refs),
                types=row,
                subjects=np.array([ref.subject for ref in refs]),
                numbers=np.array([ref.number for ref in refs]),
            )
        ]
    )
    return times


def test_a_decision_before_its_cause_is_backdated(causes: CauseTimes) -> None:
    early = decision(EventRef("vital-sign.measured", 3, 1), time=1_999)
    honest = decision(EventRef("vital-sign.measured", 3, 1), time=2_000)
    assert causes.backdated([honest, early]) == [early]


def test_a_decision_on_an_unknown_cause_is_left_to_the_phantoms(causes: CauseTimes) -> None:
    assert causes.backdated([decision(EventRef("vital-sign.measured", 9, 0), time=0)]) == []


def test_nothing_is_backdated_where_nothing_was_kept() -> None:
    nothing = CauseTimes(CATALOG, seed=SEED)
    assert nothing.backdated([decision(EventRef("vital-sign.measured", 3, 0), time=0)]) == []


def test_backdated_decisions_keep_a_run_from_passing() -> None:
    assert backdated_hindrance(0) == []
    assert "write the record's timestamp" in backdated_hindrance(2)[0]
