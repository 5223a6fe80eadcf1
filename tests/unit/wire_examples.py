"""Event types with every kind of column, and blocks of them drawn by hypothesis."""

from typing import Annotated

import msgspec
import numpy as np
from hypothesis import strategies as st

from simulator.core.catalog import Catalog
from simulator.core.events import Block, Coded, Column, EventType, Instants, SequencedBlock

TEXTS = st.text(max_size=8) | st.sampled_from(
    ['"quoted"', "back\\slash", "new\nline", "per%cent %b", "\u2028é😀\x7f\x00"]
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([84.0, 1e-7, 1e22, -0.0, 0.0, 36.6, 5e-324])
INTEGERS = st.integers(-(2**63), 2**63 - 1)
INSTANTS = st.integers(0, 4_102_444_799_999)


class Reading(msgspec.Struct, frozen=True, rename={"unit": "unit%b"}):
    """Dense data: one column of each kind, two pairs that share an index."""

    code: str
    display: str | None
    value: float
    count: int
    unit: str
    is_final: bool | None
    level: float | int
    read_at: Annotated[str, msgspec.Meta(description="an instant")]


class Line(msgspec.Struct, frozen=True):
    """A part of a note."""

    text: str
    weight: float | None = None


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sparse, nested data."""

    title: str
    lines: tuple[Line, ...] = ()
    extra: dict[str, float | None] = {}


class Nothing(msgspec.Struct, frozen=True):
    """No data at all."""


READING = EventType("reading.taken", "readings", Reading, "a device was read")
NOTE = EventType("note.written", "notes", Note, "somebody wrote a note")
NOTHING = EventType('nothing."happened" 100%', "notes", Nothing, "a name that needs escaping")
CATALOG = Catalog("wire", 3, (READING, NOTE, NOTHING), (), subject_prefix="syn-")

LINES = st.builds(Line, text=TEXTS, weight=FLOATS | st.none())
NOTES = st.builds(
    Note,
    title=TEXTS,
    lines=st.lists(LINES, max_size=3).map(tuple),
    extra=st.dictionaries(TEXTS, FLOATS | st.none(), max_size=2),
)


@st.composite
def reading_columns(draw: st.DrawFn, size: int) -> dict[str, Column]:
    """Draw the columns of so many readings."""

    def array(values: st.SearchStrategy[float], dtype: str = "i8") -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype=dtype)

    def values(each: st.SearchStrategy[object]) -> tuple[object, ...]:
        return tuple(draw(st.lists(each, min_size=3, max_size=3)))

    first, second = array(st.integers(0, 2)), array(st.integers(0, 2))
    return {
        "code": Coded(first, values(TEXTS)),
        "display": Coded(first, values(TEXTS | st.none())),
        "value": array(FLOATS | st.integers(-5, 3000).map(lambda tenths: tenths / 10), "f8"),
        "count": array(INTEGERS),
        "unit": Coded(first, values(TEXTS)),
        "is_final": Coded(second, values(st.booleans() | st.none())),
        "level": Coded(second, values(FLOATS | st.integers(-9, 9))),
        "read_at": Instants(array(INSTANTS)),
    }


@st.composite
def sequenced_blocks(draw: st.DrawFn) -> SequencedBlock:
    """Draw a block of one of the types, of one row or more."""
    event_type = draw(st.sampled_from(CATALOG.event_types))
    size = draw(st.integers(1, 6))
    moments = st.lists(INSTANTS, min_size=size, max_size=size).map(lambda each: np.array(each, dtype="i8"))
    numbers = st.lists(st.integers(0, 10**9), min_size=size, max_size=size).map(lambda each: np.array(each, dtype="i8"))
    notes = st.lists(NOTES, min_size=size, max_size=size).map(tuple)
    block = Block(
        event_type,
        subject=draw(numbers),
        occurred_at=draw(moments),
        published_at=draw(moments),
        columns={READING: draw(reading_columns(size)), NOTHING: {}, NOTE: None}[event_type],
        objects=draw(notes) if event_type is NOTE else None,
    )
    return SequencedBlock(block, number=draw(numbers), partition=np.zeros(size, dtype="i8"))
