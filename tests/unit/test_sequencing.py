"""Every event gets its place, and no step length changes it."""

from collections import defaultdict
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.core import waiting
from simulator.core.catalog import Catalog
from simulator.core.events import Block, Coded, EventType, SequencedBlock
from simulator.core.sequencing import Sequencer
from simulator.core.time import SimTime

END = 30
SUBJECTS = 4
PARTITION_OF = np.array([1, 0, 1, 0])


class Serial(msgspec.Struct, frozen=True):
    """Data that tell a row from every other."""

    serial: int
    parity: str
    again: str


DENSE = EventType("pulse.felt", "pulses", Serial, "a pulse")
SPARSE = EventType("note.written", "notes", Serial, "a note")
OTHER = EventType("pulse.lost", "pulses", Serial, "no pulse")
TYPES = (DENSE, SPARSE, OTHER)
CATALOG = Catalog("hello", 1, TYPES, (), partitions=2)


class Row(msgspec.Struct, frozen=True):
    """An event, and the time of the step in which a world returns it."""

    type: int
    subject: int
    occurred_at: int
    published_at: int
    returned_at: int


class Place(msgspec.Struct, frozen=True, order=True):
    """Where an event stands in the stream: what a sequencer decides."""

    partition: int
    published_at: int
    subject: int
    type: int
    number: int
    occurred_at: int
    serial: int


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Draw rows of few instants, so that most of them are tied."""
    instants = st.integers(0, END + 5)
    many = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, SUBJECTS - 1), instants, instants, instants)))
    return [
        Row(kind, subject, occurred, max(published, returned), returned)
        for kind, subject, occurred, published, returned in many
    ]


def block(event_type: EventType, serials: list[int], found: list[Row]) -> Block:
    """Return the block of rows of one type, dense or sparse as the type is."""
    parity = np.array([serial % 2 for serial in serials], dtype=np.int64)
    columns = {
        "serial": np.array(serials, dtype=np.int64),
        "parity": Coded(parity, ("even", "odd")),
        "again": Coded(parity, ("EVEN", "ODD")),
    }
    objects = tuple(Serial(serial, "", "") for serial in serials)
    return Block(
        event_type,
        subject=np.array([row.subject for row in found], dtype=np.int64),
        occurred_at=np.array([row.occurred_at for row in found], dtype=np.int64),
        published_at=np.array([row.published_at for row in found], dtype=np.int64),
        columns=None if event_type is SPARSE else columns,
        objects=objects if event_type is SPARSE else None,
    )


def blocks_of_step(many: list[Row], after: int, until: int) -> list[Block]:
    """Return what a world returns for a step: rows in the order of their own return."""
    blocks = []
    for index, event_type in enumerate(TYPES):
        mine = [(row.returned_at, serial) for serial, row in enumerate(many) if row.type == index]
        serials = [serial for returned, serial in sorted(mine) if after < returned <= until]
        blocks.append(block(event_type, serials, [many[serial] for serial in serials]))
    return blocks


def places(sequenced: SequencedBlock) -> list[Place]:
    """Return the places of a block's rows, in their order."""
    rows, found = sequenced.block, []
    for row in range(len(rows)):
        if rows.objects is not None:
            serial = rows.objects[row].serial
        else:
            serial = int(rows.columns["serial"][row])
            parity = rows.columns["parity"]
            assert parity.values[parity.index[row]] == ("even", "odd")[serial % 2]
        found.append(
            Place(
                partition=int(sequenced.partition[row]),
                published_at=int(rows.published_at[row]),
                subject=int(rows.subject[row]),
                type=TYPES.index(rows.type),
                number=int(sequenced.number[row]),
                occurred_at=int(rows.occurred_at[row]),
                serial=serial,
            )
        )
    return found


def run(many: list[Row], instants: list[int]) -> dict[tuple[int, int], list[Place]]:
    """Step through the instants; return for each (type, partition) the places in order."""
    sequencer, stream = Sequencer(CATALOG, PARTITION_OF), defaultdict(list)
    for after, until in pairwise([-1, *instants]):
        sequencer.push(blocks_of_step(many, after, until))
        for one in sequencer.release(SimTime(until)):
            for place in places(one):
                stream[place.type, place.partition].append(place)
    return dict(stream)


def run_plainly(many: list[Row]) -> dict[tuple[int, int], list[Place]]:
    """Return what a sequencer must: one event at a time, as the module's text says."""
    last: dict[int, int] = defaultdict(lambda: -(2**62))
    numbers: dict[tuple[int, int], int] = defaultdict(int)
    stream = defaultdict(list)
    canonical = sorted(
        enumerate(many), key=lambda one: (one[1].published_at, one[1].type, one[1].occurred_at, one[1].returned_at)
    )
    for serial, row in canonical:
        published_at = max(row.published_at, last[row.subject] + 1)
        last[row.subject] = published_at
        number = numbers[row.type, row.subject]
        numbers[row.type, row.subject] += 1
        if published_at <= END:
            partition = int(PARTITION_OF[row.subject])
            place = Place(partition, published_at, row.subject, row.type, number, row.occurred_at, serial)
            stream[row.type, partition].append(place)
    return {key: sorted(stream[key]) for key in stream}


@settings(deadline=None)
@given(rows(), st.sets(st.integers(0, END)))
@example([Row(0, 0, 1, 9, 0), Row(0, 0, 1, 9, 9), Row(2, 0, 0, 9, 5), Row(0, 0, 0, 9, 6)], {3, 5, 9})
@example([Row(0, 0, 0, 30, 0), Row(0, 0, 0, 30, 0)], {29})
def test_no_step_length_changes_the_stream(many: list[Row], cuts: set[int]) -> None:
    wanted = run_plainly(many)
    assert run(many, [END]) == wanted
    assert run(many, list(range(END + 1))) == wanted
    assert run(many, sorted({*cuts, END})) == wanted


@settings(deadline=None)
@given(rows(), st.sets(st.integers(0, END)), st.integers(0, 8))
@example([Row(0, 0, 0, 9, 0), Row(0, 0, 0, 9, 4), Row(0, 0, 0, 9, 6)], {3, 5, 8}, 0)
@example([Row(0, 0, 0, 7, 0)] * 3 + [Row(0, 0, 0, 8, 0)] * 3, {7, 8}, 1)
def test_however_many_rows_are_sorted_as_they_wait_the_stream_is_the_same(
    many: list[Row], cuts: set[int], few: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "_FEW", few)
        assert run(many, sorted({*cuts, END})) == run_plainly(many)


def test_events_at_one_instant_are_published_a_millisecond_apart() -> None:
    tied = [Row(0, 2, 5, 7, 0)] * 3
    assert [place.published_at for place in run(tied, [END])[0, 1]] == [7, 8, 9]


def test_an_event_bumped_past_the_step_waits_for_the_next() -> None:
    sequencer = Sequencer(CATALOG, PARTITION_OF)
    sequencer.push(blocks_of_step([Row(0, 2, 5, 7, 0)] * 3, -1, 7))
    counts = [sum(map(len, map(places, sequencer.release(SimTime(until))))) for until in (7, 8, 8, 9)]
    assert counts == [1, 1, 0, 1]


def test_subjects_at_one_instant_stand_in_the_order_of_their_numbers() -> None:
    tied = [Row(0, subject, 0, 7, 0) for subject in (2, 0)]
    assert [place.subject for place in run(tied, [END])[0, 1]] == [0, 2]


def test_numbers_go_on_from_release_to_release() -> None:
    many = [Row(0, 1, when, when, when) for when in range(6)]
    assert [place.number for place in run(many, [2, 4, END])[0, 0]] == list(range(6))


def test_columns_that_share_their_index_share_it_afterwards() -> None:
    sequencer = Sequencer(CATALOG, PARTITION_OF)
    many = [Row(0, 1, 0, when, 0) for when in (3, 9, 4, 8)]
    sequencer.push(blocks_of_step(many, -1, 0))
    sequencer.release(SimTime(5))
    sequencer.push(blocks_of_step([*many, Row(0, 0, 1, 8, 1)], 0, 1))
    [last] = sequencer.release(SimTime(9))
    assert last.block.columns["parity"].index is last.block.columns["again"].index
    assert len(last.block) == 3


def test_what_nothing_was_pushed_for_releases_nothing() -> None:
    assert Sequencer(CATALOG, PARTITION_OF).release(SimTime(END)) == []


def test_subjects_and_times_too_wide_to_pack_are_sequenced_all_the_same() -> None:
    far = 2**59
    partition_of = np.zeros(3, dtype=np.int64)
    sequencer = Sequencer(CATALOG, partition_of)
    many = [Row(0, 2, 0, far, 0), Row(0, 0, 0, 1, 0), Row(0, 2, 0, 1, 0), Row(0, 2, 0, far, 0)]
    sequencer.push([block(DENSE, [0, 1, 2, 3], many)])
    [found] = sequencer.release(SimTime(far + 1))
    assert [(one.subject, one.published_at, one.number) for one in places(found)] == [
        (0, 1, 0),
        (2, 1, 0),
        (2, far, 1),
        (2, far + 1, 2),
    ]


def test_an_event_type_of_another_scenario_is_a_mistake() -> None:
    stranger = EventType("stranger.came", "pulses", Serial, "unknown")
    with pytest.raises(KeyError, match=r"stranger\.came"):
        Sequencer(CATALOG, PARTITION_OF).push([block(stranger, [0], [Row(0, 0, 0, 0, 0)])])
