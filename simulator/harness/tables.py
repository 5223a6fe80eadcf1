"""Events as rows: one table an event type, with flat columns; written as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec.inspect import BoolType, FloatType, IntType, Metadata, StrType, StructType, Type, UnionType, type_info

from simulator.codecs.protocol import Codec
from simulator.core.catalog import Catalog
from simulator.core.events import Event, EventType
from simulator.core.records import Record
from simulator.core.time import format_instant

ENVELOPE = ("id", "subject", "occurred_at", "published_at")
_SCALARS: dict[type[Type], type] = {BoolType: bool, FloatType: float, IntType: int, StrType: str}


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """A field of an event's data, however deep: its dotted name and where it is.

    `kind` is bool, int, float or str; None for what has no flat form and is written as JSON.
    """

    name: str
    path: tuple[str, ...]
    kind: type | None

    def value(self, data: msgspec.Struct) -> Any:
        """Return the field's value in an event's data; None where it is absent."""
        found: Any = data
        for step in self.path:
            found = None if found is None else getattr(found, step)
        return found if self.kind is not None or found is None else msgspec.json.encode(found).decode()


def flat_columns(kind: EventType) -> tuple[FlatColumn, ...]:
    """Return the columns of an event type's data, nested Structs taken apart."""
    return tuple(_flatten(_bare(type_info(kind.data)), ()))


class CSVFiles:
    """One CSV file an event type."""

    def __init__(self, folder: Path, catalog: Catalog, codec: Codec) -> None:
        """Open a file for each event type and write its heading."""
        self._codec, self._open = codec, ExitStack()
        self._columns = {kind.name: flat_columns(kind) for kind in catalog.event_types}
        self._counts = dict.fromkeys(catalog.type_names, 0)
        self._writers = {}
        for name, columns in self._columns.items():
            file = self._open.enter_context((folder / f"{name}.csv").open("w", newline="", encoding="utf-8"))
            self._writers[name] = csv.writer(file, lineterminator="\n")
            self._writers[name].writerow([*ENVELOPE, *(column.name for column in columns)])

    def write(self, records: list[Record]) -> None:
        """Write a row for each event."""
        for event in map(self._codec.decode, records):
            self._writers[event.type].writerow([*_envelope(event), *self._fields(event)])
            self._counts[event.type] += 1

    def close(self) -> dict[str, int]:
        """Close the files; return for each how many events it has."""
        self._open.close()
        return {f"{name}.csv": count for name, count in self._counts.items()}

    def _fields(self, event: Event) -> Iterator[object]:
        return (column.value(event.data) for column in self._columns[event.type])


def _envelope(event: Event) -> tuple[str, str, str, str]:
    return event.id, event.subject, format_instant(event.occurred_at), format_instant(event.published_at)


def _flatten(kind: Type, path: tuple[str, ...]) -> Iterator[FlatColumn]:
    if isinstance(kind, StructType):
        for field in kind.fields:
            yield from _flatten(_bare(field.type), (*path, field.name))
    else:
        yield FlatColumn(".".join(path), path, _SCALARS.get(type(kind)))


def _bare(kind: Type) -> Type:
    """Return a type without its description, and without its None."""
    if isinstance(kind, Metadata):
        return _bare(kind.type)
    if isinstance(kind, UnionType) and kind.includes_none and len(kind.types) == 2:
        return _bare(next(one for one in kind.types if type(one) is not msgspec.inspect.NoneType))
    return kind
