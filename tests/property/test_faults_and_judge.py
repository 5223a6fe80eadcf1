"""What was injected is what the judge finds, to the event; anything more is a bug."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core.history import Fault, FaultKind
from simulator.core.records import Record
from simulator.faults import FaultSpec, parse_fault
from simulator.testing.faults import Faulted, audited, check_ledger, inject
from tests.fault_streams import stream

SPECS = {
    FaultKind.LATE: "late:0.2,mean=2h",
    FaultKind.DUPLICATE: "duplicate:0.2,after=90s",
    FaultKind.DROP: "drop:0.2",
    FaultKind.REORDER: "reorder:0.3,within=5m",
    FaultKind.CORRUPT: "corrupt:0.2",
    FaultKind.CLOCK_SKEW: "clock-skew:0.2,by=-5m",
}
SEEDS = st.integers(0, 2**32)


def specs(*kinds: FaultKind) -> list[FaultSpec]:
    return [parse_fault(SPECS[kind]) for kind in kinds]


@pytest.mark.parametrize("kind", list(FaultKind))
@given(seed=SEEDS)
@settings(max_examples=200, deadline=None)
def test_for_each_kind_ledger_and_judge_agree_to_the_event(kind: FaultKind, seed: int) -> None:
    published = stream(seed, steps=2, subjects=3, events=10)
    faulted = inject(published, specs(kind))
    check_ledger(published, faulted)
    assert {fault.kind for fault in faulted.ledger} <= {kind.value}


@given(seed=SEEDS, kinds=st.permutations(list(FaultKind)))
@settings(max_examples=100, deadline=None)
def test_all_kinds_at_once_agree_too_in_any_order(seed: int, kinds: list[FaultKind]) -> None:
    published = stream(seed, steps=2, subjects=3, events=10)
    check_ledger(published, inject(published, specs(*kinds)))


@given(seed=SEEDS, steps=st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_the_length_of_the_steps_does_not_show(seed: int, steps: int) -> None:
    whole, cut = (inject(stream(seed, steps=count), specs(*FaultKind)) for count in (1, steps))
    assert (by_partition(cut), cut.ledger) == (by_partition(whole), whole.ledger)


@given(seed=SEEDS, kind=st.sampled_from(FaultKind))
@settings(max_examples=40, deadline=None)
def test_other_subjects_do_not_show(seed: int, kind: FaultKind) -> None:
    few, many = (inject(stream(seed, subjects=count), specs(kind)) for count in (2, 5))
    shared = by_subject(few).keys()
    assert by_subject(few) == {place: records for place, records in by_subject(many).items() if place in shared}


@given(seed=SEEDS, row=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_one_more_lost_record_behind_the_ledgers_back_is_a_bug(seed: int, row: int) -> None:
    published = stream(seed, steps=2, subjects=3, events=10)
    faulted = inject(published, specs(FaultKind.DROP, FaultKind.LATE))
    kept = [record for place, record in enumerate(faulted.records) if place != row % len(faulted.records)]
    judged = audited(published, kept).judged(faulted.ledger)
    assert (judged.lost, judged.duplicated, judged.reordered) == (1, 0, 0)


@given(seed=SEEDS, row=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_one_more_copy_behind_the_ledgers_back_is_a_bug(seed: int, row: int) -> None:
    published = stream(seed, steps=2, subjects=3, events=10)
    faulted = inject(published, specs(FaultKind.DUPLICATE))
    again = faulted.records[row % len(faulted.records)]
    judged = audited(published, [*faulted.records, again]).judged(faulted.ledger)
    assert (judged.lost, judged.duplicated, judged.reordered, judged.phantom) == (0, 1, 0, 0)


@given(seed=SEEDS, row=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_a_record_put_behind_all_others_of_its_subject_is_a_bug(seed: int, row: int) -> None:
    published = stream(seed, steps=2, subjects=3, events=10)
    records = list(inject(published, specs(FaultKind.CLOCK_SKEW)).records)
    moved = records.pop(row % len(records))
    was_last = not any(one.key == moved.key and one.topic == moved.topic for one in records[row % (len(records) + 1) :])
    ledger = inject(published, specs(FaultKind.CLOCK_SKEW)).ledger
    judged = audited(published, [*records, moved]).judged(ledger)
    assert (judged.reordered, judged.lost, judged.phantom) == (int(not was_last), 0, 0)


def test_bytes_damaged_behind_the_ledgers_back_are_a_loss() -> None:
    published = stream(7)
    faulted = inject(published, specs(FaultKind.CORRUPT))
    ledger = without_first(faulted)
    judged = audited(published, faulted.records).judged(ledger)
    assert (judged.lost, judged.duplicated, judged.reordered, judged.phantom) == (1, 0, 0, 0)


@pytest.mark.parametrize("kind", [FaultKind.LATE, FaultKind.CLOCK_SKEW])
def test_other_times_behind_the_ledgers_back_are_a_phantom(kind: FaultKind) -> None:
    published = stream(7)
    faulted = inject(published, specs(kind))
    judged = audited(published, faulted.records).judged(without_first(faulted))
    assert (judged.lost, judged.duplicated, judged.reordered, judged.phantom) == (0, 0, 0, 1)


def test_an_event_that_nobody_published_is_a_phantom() -> None:
    published = stream(7)
    records = inject(published, []).records
    judged = audited(published, [*records, *foreign(records[0])]).judged([])
    assert (judged.received, judged.phantom) == (len(records), 4)


def test_a_fault_without_effect_is_told() -> None:
    published = stream(7)
    faulted = inject(published, specs(FaultKind.DROP))
    unharmed = audited(published, inject(published, []).records)
    assert unharmed.without_effect(faulted.ledger) == list(faulted.ledger)


def test_a_consumer_that_received_nothing_lost_everything() -> None:
    published = stream(7)
    judged = audited(published, []).judged([])
    assert (judged.published, judged.received, judged.lost) == (360, 0, 360)


def by_subject(faulted: Faulted) -> dict[tuple[str, bytes], list[tuple[int, bytes]]]:
    """Return what the consumer of each subject and topic gets, in its order."""
    found: dict[tuple[str, bytes], list[tuple[int, bytes]]] = {}
    for one in faulted.records:
        found.setdefault((one.topic, one.key), []).append((one.timestamp, one.value))
    return found


def by_partition(faulted: Faulted) -> dict[tuple[str, int], list[tuple[bytes, int, bytes]]]:
    """Return what each partition of each topic gets, in its order."""
    found: dict[tuple[str, int], list[tuple[bytes, int, bytes]]] = {}
    for one in faulted.records:
        found.setdefault((one.topic, one.partition), []).append((one.key, one.timestamp, one.value))
    return found


def without_first(faulted: Faulted) -> list[Fault]:
    return list(faulted.ledger[1:])


def foreign(record: Record) -> list[Record]:
    """Return four records with ids that no event of the run has: number, seed, subject, and unreadable."""
    return [
        renamed(record, b'/0"', b'/999"'),
        renamed(record, b"toy-v1/7/", b"toy-v1/8/"),
        renamed(record, b"/syn-", b"/nys-"),
        msgspec.structs.replace(record, value=b"{", timestamp=1),
    ]


def renamed(record: Record, old: bytes, new: bytes) -> Record:
    assert old in record.value
    return msgspec.structs.replace(record, value=record.value.replace(old, new, 1))
