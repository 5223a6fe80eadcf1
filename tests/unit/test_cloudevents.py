"""Events as CloudEvents: fast bytes are the obvious bytes, and come back as they were."""

import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.codecs.reference import encode_reference, event_of
from simulator.core.catalog import Catalog
from simulator.core.errors import CodecError
from simulator.core.events import Block, Coded, Event, EventType, SequencedBlock
from simulator.core.records import Record
from simulator.core.time import parse_instant
from simulator.testing.codecs import check_codec
from tests.unit.wire_examples import CATALOG, NOTE, READING, Line, Note, Reading, sequenced_blocks

MOMENT = parse_instant("2026-01-05T00:00:00Z")
CODEC = CloudEventsCodec(CATALOG, seed=42)


def sequenced(block: Block) -> SequencedBlock:
    """Return a block numbered from 0, in partition 0."""
    rows = np.arange(len(block), dtype=np.int64)
    return SequencedBlock(block, number=rows, partition=np.zeros_like(rows))


def notes(*objects: Note) -> SequencedBlock:
    """Return notes about subject 17."""
    same = np.full(len(objects), 17, dtype=np.int64)
    when = np.full(len(objects), MOMENT, dtype=np.int64)
    return sequenced(Block(NOTE, subject=same, occurred_at=when, published_at=when + 5, objects=objects))


def record(value: bytes | str) -> Record:
    """Return a record of a value, at a place of its own."""
    raw = value if isinstance(value, bytes) else value.encode()
    return Record(topic="wire.notes", partition=2, offset=91, timestamp=MOMENT + 5, key=b"syn-0000017", value=raw)


def cloud_event(**changes: object) -> str:
    """Return a note as another writer may write it, with some attributes changed; None drops one."""
    attributes = {
        "type": "note.written",
        "data": {"title": "hello"},
        "time": "2026-01-05T01:00:00.000+01:00",
        "subject": "syn-0000017",
        "source": "https://example.org/ward",
        "id": "7",
        "specversion": "1.0",
        **changes,
    }
    return json.dumps({name: value for name, value in attributes.items() if value is not None})


@settings(deadline=None)
@given(sequenced_blocks())
def test_the_fast_way_writes_what_the_obvious_way_writes(block: SequencedBlock) -> None:
    assert CODEC.encode(block) == encode_reference(block, CATALOG, 42)


@settings(deadline=None)
@given(sequenced_blocks())
def test_the_codec_conforms(block: SequencedBlock) -> None:
    check_codec(CloudEventsCodec, CATALOG, [block])


def test_an_event_has_the_attributes_of_a_cloud_event_in_their_order() -> None:
    assert CODEC.encode(notes(Note("hello", lines=(Line("é"),)))) == [
        (
            b'{"specversion":"1.0","id":"wire-v3/42/syn-0000017/note.written/0","source":"urn:pulsetrain:wire-v3:42",'
            b'"type":"note.written","subject":"syn-0000017","time":"2026-01-05T00:00:00.000Z",'
            b'"datacontenttype":"application/json","dataschema":"urn:pulsetrain:wire-v3:note.written",'
            b'"data":{"title":"hello","lines":[{"text":"\xc3\xa9","weight":null}]}}'
        )
    ]


def test_a_block_of_thousands_of_rows_keeps_their_order() -> None:
    rows = np.arange(5_000, dtype=np.int64)
    titles = Coded(rows % 7, tuple(f"note {one}" for one in range(7)))
    title_only = EventType("note.written", "notes", msgspec.defstruct("Title", [("title", str)]), "a note")
    names = replace(CATALOG, event_types=(title_only,))
    many = Block(
        title_only, subject=rows[::-1] * 11, occurred_at=rows * 977, published_at=rows, columns={"title": titles}
    )
    assert CloudEventsCodec(names, seed=1).encode(sequenced(many)) == encode_reference(sequenced(many), names, 1)


def test_columns_that_the_data_can_do_without_may_be_missing() -> None:
    one = np.zeros(1, dtype=np.int64)
    short = sequenced(Block(NOTE, one, one, one, columns={"title": Coded(one, ("alone",))}))
    assert msgspec.json.decode(CODEC.encode(short)[0])["data"] == {"title": "alone"}


@pytest.mark.parametrize("name", ["value", "level"])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused(name: str, number: float) -> None:
    one = np.zeros(1, dtype=np.int64)
    columns = {field: Coded(one, ("x",)) for field in Reading.__struct_fields__}
    columns |= {"value": np.array([1.5]), "level": Coded(one, (1.5,))}
    columns[name] = np.array([number]) if name == "value" else Coded(one, (number,))
    block = sequenced(Block(READING, one, one, one, columns=columns))
    with pytest.raises(CodecError, match=rf"reading\.taken.*{number} cannot be written as JSON"):
        CODEC.encode(block)


@pytest.mark.parametrize("bad", [Note("a", lines=(Line("b", np.nan),)), Note("a", extra={"b": np.inf})])
def test_a_number_that_is_not_finite_is_refused_in_objects(bad: Note) -> None:
    with pytest.raises(CodecError, match=r"note\.written.*Note: (nan|inf) cannot be written as JSON"):
        CODEC.encode(notes(Note("good"), bad))
    with pytest.raises(CodecError, match="cannot be written as JSON"):
        CODEC.encode_event(event_of(notes(bad), 0, (CATALOG, 42)))


def test_a_foreign_cloud_event_is_read() -> None:
    foreign = cloud_event(traceparent="00-0af7", sequence=5, datacontenttype="application/json; charset=utf-8")
    assert CODEC.decode(record(foreign)) == Event(
        id="7",
        source="https://example.org/ward",
        type="note.written",
        subject="syn-0000017",
        occurred_at=MOMENT,
        published_at=MOMENT + 5,
        data=Note("hello"),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (cloud_event(type="note.burnt"), r"note\.burnt.*\$\.type"),
        (cloud_event(type=None), "missing required field `type`"),
        (cloud_event(data=None), "missing required field `data`"),
        (cloud_event(data={"title": 5}), r"Expected `str`, got `int` - at `\$\.data\.title`"),
        (cloud_event(data={}), r"missing required field `title` - at `\$\.data`"),
        (cloud_event(time="yesterday"), r"`\$\.time`"),
        (cloud_event(time="2026-01-05T00:00:00"), r"timezone.*`\$\.time`"),
        (cloud_event(specversion="0.3"), r"0\.3.*`\$\.specversion`"),
        (cloud_event(specversion=None), "missing required field `specversion`"),
        (cloud_event(id=""), r"`\$\.id`"),
        (cloud_event()[:-1], "truncated"),
        (cloud_event() + "}", "trailing"),
        (b"\xff\xfe", "malformed"),
        (cloud_event(id="ID").encode().replace(b"ID", b"\xe9"), "utf-8"),
        ('{"a":' * 100_000, "recursion|truncated"),
    ],
)
def test_what_is_no_event_of_ours_is_refused_with_the_reason(text: str | bytes, reason: str) -> None:
    with pytest.raises(CodecError, match=rf"record 91 of wire\.notes, partition 2, .*({reason})"):
        CODEC.decode(record(text))


def test_a_catalog_of_one_type_refuses_all_others() -> None:
    codec = CloudEventsCodec(Catalog("wire", 3, (NOTE,), ()), seed=42)
    assert codec.decode(record(cloud_event())).type == "note.written"
    for other in (cloud_event(type=None), cloud_event(type="reading.taken")):
        with pytest.raises(CodecError, match="type"):
            codec.decode(record(other))


def test_microseconds_are_rounded_down_to_the_millisecond() -> None:
    event = CODEC.decode(record(cloud_event(time="2026-01-04T23:59:59.999999Z")))
    assert event.occurred_at == MOMENT - 1
