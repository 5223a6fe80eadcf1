"""The audit knows each event by its id, in any order and at any size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.arrays import IntArray
from simulator.core.catalog import EventRef
from simulator.core.history import Delivery, FaultKind
from simulator.core.records import Record, RecordBatch, record_batch
from simulator.scoring import DeliveryAudit, delivery
from simulator.scoring.arrival_order import ArrivalOrder
from simulator.scoring.event_keys import FOREIGN, EventKeys
from simulator.scoring.outstanding import Outstanding, Published
from simulator.testing.faults import Stream, audited, inject, records_of
from tests.fault_streams import CATALOG, TYPES, stream

KEYS = EventKeys(CATALOG, seed=5)
REFS = st.builds(
    EventRef,
    st.sampled_from([kind.name for kind in TYPES]),
    st.integers(0, 2**27 - 1) | st.sampled_from([9_999_999, 10_000_000]),
    st.integers(0, 2**28 - 1) | st.sampled_from([0, 9, 10]),
)


def ints(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


@given(st.lists(REFS, max_size=8))
def test_every_id_of_the_run_reads_back_as_it_was_written(refs: list[EventRef]) -> None:
    names = [CATALOG.event_id(5, ref) for ref in refs]
    keys = KEYS.read(names)
    assert KEYS.write(keys) == names
    rebuilt = KEYS.pack(KEYS.types(keys), KEYS.subjects(keys), KEYS.numbers(keys))
    assert rebuilt.tolist() == keys.tolist()


GOOD = "toy-v1/5/syn-0000001/pulse.taken/3"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "toy-v1/6/syn-0000001/pulse.taken/3",
        "toy-v2/5/syn-0000001/pulse.taken/3",
        "toy-v1/5/syn-1/pulse.taken/3",
        "toy-v1/5/syn-+000001/pulse.taken/3",
        "toy-v1/5/0000001/pulse.taken/3",
        "toy-v1/5/syn-0000001/pulse/3",
        "toy-v1/5/syn-0000001/pulse.taken/03",
        "toy-v1/5/syn-0000001/pulse.taken/+3",
        "toy-v1/5/syn-0000001/pulse.taken/-3",
        "toy-v1/5/syn-0000001/pulse.taken/ 3",
        "toy-v1/5/syn-0000001/pulse.taken/1_0",
        "toy-v1/5/syn-0000001/pulse.taken/٣",
        "toy-v1/5/syn-0000001/pulse.taken/",
        "toy-v1/5/syn-0000001/pulse.taken/3/4",
        "toy-v1/5/syn-0000001/pulse.taken/99999999999999999999",
        f"toy-v1/5/syn-0000001/pulse.taken/{2**28}",
        f"toy-v1/5/syn-{2**27}/pulse.taken/3",
    ],
)
def test_any_other_id_is_foreign_and_hides_no_neighbour(text: str) -> None:
    assert KEYS.read([GOOD, text, GOOD]).tolist() == [KEYS.read([GOOD])[0], FOREIGN, KEYS.read([GOOD])[0]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=30), st.integers(0, 30))
def test_an_event_is_behind_when_a_later_one_of_its_group_came_first(rows: list[tuple[int, int]], cut: int) -> None:
    order, found = ArrivalOrder(), []
    for part in (rows[:cut], rows[cut:]):
        found += order.is_behind(ints(*[one for one, _ in part]), ints(*[time for _, time in part])).tolist()
    expected = [any(group == one and time < then for one, then in rows[:row]) for row, (group, time) in enumerate(rows)]
    assert found == expected


def test_what_is_outstanding_is_taken_once() -> None:
    table = Outstanding()
    table.add(Published(ints(5, 1, 3), ints(50, 10, 30), ints(55, 15, 35)))
    is_found, rows = table.take(ints(3, 4, 5))
    again, _ = table.take(ints(3))
    table.add(Published(ints(2), ints(20), ints(25)))
    assert (is_found.tolist(), rows.published_at.tolist(), rows.occurred_at.tolist()) == (
        [True, False, True],
        [30, 50],
        [35, 55],
    )
    assert (again.tolist(), table.rest().keys.tolist()) == ([False], [1, 2])


def test_with_nothing_published_everything_is_foreign() -> None:
    published = stream(5)
    silent = replace(published, steps=[])
    judged = audited(silent, inject(published, []).records).judged([])
    assert judged == Delivery(phantom=360)


def test_an_undisturbed_stream_has_nothing_to_explain() -> None:
    published = stream(5)
    assert audited(published, inject(published, []).records).judged([]) == Delivery(published=360, received=360)


@pytest.mark.parametrize("at_once", [1, 7, 100, 10_000])
def test_how_many_arrivals_are_looked_at_together_does_not_show(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_ARRIVALS_AT_ONCE", at_once)
    published = stream(5)
    records = list(inject(published, []).records)
    disturbed = [*records[50:60], *records[:45], records[2], *records[60:], records[70], records[70]]
    findings = audited(published, disturbed)
    judged = findings.judged([])
    assert (judged.received, judged.lost, judged.duplicated) == (355, 5, 3)
    assert findings.event_ids(FaultKind.REORDER) == overtaken(published, disturbed)


def test_records_without_occurrence_times_are_not_judged_by_them() -> None:
    published = stream(5)
    told = [(stop, [without_occurrence(batch) for batch in batches]) for stop, batches in published.steps]
    assert audited(replace(published, steps=told), inject(published, []).records).judged([]) == Delivery(
        published=360, received=360
    )


def test_records_that_are_no_events_are_passed_over() -> None:
    audit = DeliveryAudit(CATALOG, seed=5)
    audit.published(record_batch("toy.clock", [(0, 5, b"k", b"tick")]))
    assert audit.close([]) == Delivery()


def test_an_id_was_published_or_it_was_not() -> None:
    audit, published = DeliveryAudit(CATALOG, seed=5), stream(5)
    for _, batches in published.steps:
        for batch in batches:
            audit.published(batch)
    known = CATALOG.event_id(5, EventRef("pulse.taken", 1, 19))
    others = [CATALOG.event_id(5, EventRef("pulse.taken", *place)) for place in ((1, 20), (6, 0), (99, 0))]
    assert audit.never_published([known, *others, "", known, "x"]) == [*others, "", "x"]
    assert audit.never_published([]) == []


def test_an_unreadable_record_of_an_unknown_key_is_a_phantom() -> None:
    audit = DeliveryAudit(CATALOG, seed=5)
    audit.undecodable(Record(topic="toy.vitals", partition=0, offset=0, timestamp=1, key=b"\xff", value=b"{"))
    assert audit.close([]) == Delivery(phantom=1)


def test_only_what_is_on_its_way_is_kept() -> None:
    published = stream(5, steps=40, events=200)
    audit, most = DeliveryAudit(CATALOG, seed=5), 0
    for _, batches in published.steps:
        for batch in batches:
            audit.published(batch)
            for record in records_of(batch):
                audit.received(published.codec.decode(record))
        most = max(most, len(audit.findings().found[FaultKind.DROP]))
    assert (most, audit.close([])) == (0, Delivery(published=3_600, received=3_600))


def without_occurrence(batch: RecordBatch) -> RecordBatch:
    return replace(batch, occurred=np.empty(0, dtype=np.int64))


def overtaken(published: Stream, records: list[Record]) -> list[str]:
    """Return the ids of first arrivals that a later record of the same key and topic came before."""
    latest: dict[tuple[str, bytes], int] = {}
    seen: set[str] = set()
    found = []
    for record in records:
        event, place = published.codec.decode(record), (record.topic, record.key)
        if event.id not in seen and record.timestamp < latest.get(place, 0):
            found.append(event.id)
        seen.add(event.id)
        latest[place] = max(latest.get(place, 0), record.timestamp)
    return KEYS.write(np.sort(KEYS.read(found)))
