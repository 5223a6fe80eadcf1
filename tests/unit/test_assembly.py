"""Blocks become one batch a topic, in the order of the stream."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.codecs.assembly import assemble
from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.codecs.keys import SubjectKeys
from simulator.core.events import Block, EventType
from simulator.core.records import Record, RecordBatch
from simulator.core.sequencing import Sequencer
from simulator.core.time import SimTime
from tests.unit.wire_examples import CATALOG, NOTE, NOTHING, Note, Nothing

CODEC = CloudEventsCodec(CATALOG, seed=42)
PARTITION_OF = np.array([0, 1, 0, 2])
MANY = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=20)


def block(event_type: EventType, many: list[tuple[int, int]]) -> Block:
    """Return a block of (subject, published_at)."""
    times = np.array([one[1] for one in many], dtype=np.int64)
    data = tuple(Note("x") if event_type is NOTE else Nothing() for _ in many)
    subject = np.array([one[0] for one in many], dtype=np.int64)
    return Block(event_type, subject, occurred_at=times + 50, published_at=times, objects=data)


def assembled(*blocks: Block) -> list[RecordBatch]:
    """Return the batches of a release of everything."""
    sequencer = Sequencer(CATALOG, PARTITION_OF)
    sequencer.push(blocks)
    return assemble(sequencer.release(SimTime(100)), CODEC, CATALOG, prefix="test.")


@settings(deadline=None)
@given(MANY, MANY)
def test_types_that_share_a_topic_share_a_batch_in_order(
    notes: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    batches = assembled(block(NOTE, notes), block(NOTHING, others))
    assert [(batch.topic, len(batch)) for batch in batches] == [("test.wire.notes", len(notes + others))] * bool(
        batches
    )
    for batch in batches:
        places = list(zip(batch.partitions.tolist(), batch.timestamps.tolist(), batch.subjects.tolist(), strict=True))
        assert places == sorted(places)
        assert batch.partitions.tolist() == PARTITION_OF[batch.subjects].tolist()


@settings(deadline=None)
@given(MANY, MANY)
def test_every_record_is_the_event_its_columns_say(notes: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    for batch in assembled(block(NOTE, notes), block(NOTHING, others)):
        for row, value in enumerate(batch.values):
            timestamp = int(batch.timestamps[row])
            key = CATALOG.subject_name(int(batch.subjects[row]))
            event = CODEC.decode(Record(batch.topic, 0, row, timestamp, batch.keys[row], value))
            assert batch.keys[row] == key.encode()
            assert (event.subject, event.occurred_at) == (key, batch.occurred[row])
            ref = CATALOG.parse_event_id(42, event.id)
            assert ref is not None
            place = (CATALOG.type_names.index(ref.type), ref.subject, ref.number)
            assert place == (batch.types[row], batch.subjects[row], batch.numbers[row])


def test_nothing_released_is_nothing_sent() -> None:
    assert assembled() == []


def test_keys_are_those_of_the_catalog_wherever_subjects_lie() -> None:
    keys = SubjectKeys(CATALOG)
    for subjects in ([5, 3, 5], [9], [0, 7], [10_000_000, 0, 9_999_999], [9_999_999], [10**14, 0], []):
        wanted = [CATALOG.subject_name(subject).encode() for subject in subjects]
        assert keys.of(np.array(subjects, dtype=np.int64)) == wanted


def test_a_key_is_made_once() -> None:
    keys, subjects = SubjectKeys(CATALOG), np.array([3, 3, 7])
    once, twice, later = keys.of(subjects)[0], keys.of(subjects)[1], keys.of(subjects + 4)
    assert once is twice
    assert later[0] is keys.of(subjects)[2]
