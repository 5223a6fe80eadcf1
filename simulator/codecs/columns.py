"""The data of a block's rows as JSON: by the column where they are dense, else by the object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from math import isfinite

import msgspec

from simulator.codecs.fragments import (
    Choice,
    Part,
    instant_texts,
    number_texts,
    value_texts,
)
from simulator.codecs.reference import data_of
from simulator.core.errors import CodecError
from simulator.core.events import Block, Coded, Column, Instants

_Field = tuple[bytes, Column]


def data_parts(block: Block) -> list[Part]:
    """Return the parts of which the JSON of each row's data is put together.

    Raises CodecError, naming the type and the field, for a number that is not finite.
    """
    if block.objects is not None:
        return [object_texts(block.objects)]
    if block.columns is None or not _is_plain(block.type.data, block.columns):
        return [object_texts(data_of(block, row) for row in range(len(block)))]
    data = block.type.data
    names = zip(data.__struct_encode_fields__, data.__struct_fields__, strict=True)
    fields = [(_key(encoded, place), block.columns[name]) for place, (encoded, name) in enumerate(names)]
    parts: list[Part] = [b"{"]
    for _, run in groupby(fields, key=_sharing):
        parts += _run_parts(list(run))
    return [*parts, b"}"]


def object_texts(objects: Iterable[msgspec.Struct]) -> list[bytes]:
    """Return the JSON of each object.

    Raises CodecError for a number that is not finite.
    """
    return [_object_text(one) for one in objects]


def _object_text(one: msgspec.Struct) -> bytes:
    text = msgspec.json.encode(one)
    # A number that is not finite is written as null; few objects hold a null at all.
    if b"null" in text:
        for number in _floats(one):
            if not isfinite(number):
                raise CodecError(f"{type(one).__name__}: {number} cannot be written as JSON")
    return text


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, msgspec.Struct):
        yield from _floats(msgspec.structs.astuple(value))
    elif isinstance(value, Mapping):
        yield from _floats(tuple(value.values()))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from _floats(one)


def _is_plain(data: type[msgspec.Struct], columns: Mapping[str, Column]) -> bool:
    config = data.__struct_config__
    is_object = not config.array_like and config.tag is None and not config.omit_defaults
    return is_object and columns.keys() == set(data.__struct_fields__)


def _key(name: str, place: int) -> bytes:
    return (b"," if place else b"") + msgspec.json.encode(name) + b":"


def _sharing(field: _Field) -> tuple[bool, int]:
    """Return what is equal for Coded columns that share an index, and different otherwise."""
    column = field[1]
    if isinstance(column, Coded):
        return True, id(column.index)
    return False, id(column)


def _run_parts(run: list[_Field]) -> list[Part]:
    key, column = run[0]
    if isinstance(column, Coded):
        return [Choice(_merged(run), column.index)]
    if isinstance(column, Instants):
        return [key + b'"', instant_texts(column.values), b'"']
    return [key, number_texts(column)]


def _merged(run: list[_Field]) -> list[bytes]:
    """Return for each value of the shared index the texts of all its columns as one."""
    texts = [value_texts(column.values) for _, column in run if isinstance(column, Coded)]
    keys = [key for key, _ in run]
    return [b"".join(key + text for key, text in zip(keys, row, strict=True)) for row in zip(*texts, strict=False)]
