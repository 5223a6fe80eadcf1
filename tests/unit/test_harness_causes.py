"""No decision may be dated before the event that it names was published."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from scenarios.sepsis.events import CATALOG
from simulator.clinical.alert import Alert
from simulator.core.catalog import EventRef
from simulator.core.decisions import Decision
from simulator.core.history import History
from simulator.core.records import RecordBatch
from simulator.core.time import SimTime
from simulator.harness.causes import CauseTimes, misdated_hindrances, phantoms
from simulator.scoring import DeliveryAudit

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


def published() -> RecordBatch:
    refs = list(PUBLISHED)
    return RecordBatch(
        topic="sepsis.vitals",
        partitions=np.zeros(len(refs), dtype=np.int64),
        timestamps=np.array(list(PUBLISHED.values())),
        keys=[b"k"] * len(refs),
        values=[b"{}"] * len(refs),
        types=np.array([CATALOG.type_names.index(ref.type) for ref in refs]),
        subjects=np.array([ref.subject for ref in refs]),
        numbers=np.array([ref.number for ref in refs]),
    )


@pytest.fixture
def causes() -> CauseTimes:
    times = CauseTimes(CATALOG, seed=SEED)
    times.add([published()])
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


def history(**counts: int) -> History:
    return History(start=SimTime(0), end=SimTime(1), subjects=1, labels=[], decisions=[], **counts)  # type: ignore[arg-type] # counts alone


def test_misdated_decisions_keep_a_run_from_passing_each_kind_with_its_reason() -> None:
    assert misdated_hindrances(history()) == []
    early, late = misdated_hindrances(history(backdated_decisions=2, postdated_decisions=3))
    assert early.startswith(
        "2 decisions are dated before their cause was published, or in a step that was answered: write"
    )
    assert late == (
        "3 decisions are dated after all that had been published when they were heard: "
        "write the record's timestamp as their time"
    )


@pytest.mark.parametrize(
    ("number", "subject", "bound", "made_up"),
    [(0, 3, True, 0), (9, 3, True, 1), (0, 4, True, 1), (0, 4, False, 0), (9, 4, False, 1)],
)
def test_a_decision_on_an_unknown_cause_or_another_subjects_is_made_up(
    number: int, subject: int, *, bound: bool, made_up: int
) -> None:
    (kind,) = CATALOG.decision_types
    catalog = replace(CATALOG, decision_types=(replace(kind, has_subject_of_cause=bound),))
    audit = DeliveryAudit(catalog, seed=SEED)
    audit.published(published())
    on_three = decision(EventRef("vital-sign.measured", 3, number), time=3_000)
    one = msgspec.structs.replace(on_three, subject=CATALOG.subject_name(subject))
    assert phantoms([one], audit=audit, catalog=catalog) == made_up
