"""Events as Parquet files, one an event type. The one place that imports pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.codecs.protocol import Codec
from simulator.core.catalog import Catalog
from simulator.core.errors import UsageError
from simulator.core.events import Event, EventType
from simulator.core.records import Record
from simulator.core.suggestions import installation
from simulator.harness.tables import ENVELOPE, FlatColumn, flat_columns

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError as error:
    raise UsageError(f"Parquet needs pyarrow, which is not installed: {installation('formats')}.") from error

ROWS = 50_000  # our choice: rows that wait until they are worth a row group of their own


class ParquetFiles:
    """One Parquet file an event type, its instants as timestamps in UTC."""

    def __init__(self, folder: Path, catalog: Catalog, codec: Codec) -> None:
        """Open a file for each event type."""
        self._codec = codec
        self._tables = {kind.name: _Table(folder, kind) for kind in catalog.event_types}

    def write(self, records: list[Record]) -> None:
        """Add a row for each event."""
        for event in map(self._codec.decode, records):
            self._tables[event.type].add(event)

    def close(self) -> dict[str, int]:
        """Close the files; return for each how many events it has."""
        return {f"{name}.parquet": table.close() for name, table in self._tables.items()}


class _Table:
    """The file of one event type, and the rows that wait."""

    def __init__(self, folder: Path, kind: EventType) -> None:
        self._columns = flat_columns(kind)
        self._schema = _schema(self._columns)
        self._writer = parquet.ParquetWriter(folder / f"{kind.name}.parquet", self._schema, compression="zstd")
        self._rows: list[tuple[Any, ...]] = []
        self._count = 0

    def add(self, event: Event) -> None:
        fields = (column.value(event.data) for column in self._columns)
        self._rows.append((event.id, event.subject, event.occurred_at, event.published_at, *fields))
        if len(self._rows) >= ROWS:
            self._flush()

    def close(self) -> int:
        self._flush()
        self._writer.close()
        return self._count

    def _flush(self) -> None:
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(column, type=field.type) for column, field in zip(columns, self._schema, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._count += len(self._rows)
        self._rows = []


def _schema(columns: tuple[FlatColumn, ...]) -> pa.Schema:
    kinds: dict[type | None, Any] = {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    instant = pa.timestamp("ms", tz="UTC")
    envelope = zip(ENVELOPE, (pa.string(), pa.string(), instant, instant), strict=True)
    fields = [(column.name, kinds.get(column.kind, pa.string())) for column in columns]
    return pa.schema([*envelope, *fields])
