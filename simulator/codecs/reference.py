"""The slow and obvious way to write events, with which the fast one is compared."""

from __future__ import annotations

import msgspec

from simulator.codecs.envelope import Envelope, dataschema
from simulator.core.catalog import Catalog, EventRef
from simulator.core.events import Block, Coded, Column, Event, Instants, SequencedBlock
from simulator.core.time import SimTime, format_instant


def encode_reference(sequenced: SequencedBlock, catalog: Catalog, seed: int) -> list[bytes]:
    """Return the bytes of each row, each event built as an object of its own."""
    rows = range(len(sequenced.number))
    return [encode_one(event_of(sequenced, row, (catalog, seed)), catalog) for row in rows]


def encode_one(event: Event, catalog: Catalog) -> bytes:
    """Return the CloudEvent of an event as JSON."""
    envelope = Envelope(
        id=event.id,
        source=event.source,
        type=event.type,
        subject=event.subject,
        time=format_instant(event.occurred_at),
        dataschema=dataschema(catalog.scenario_id, event.type),
        data=event.data,
    )
    return msgspec.json.encode(envelope)


def event_of(sequenced: SequencedBlock, row: int, run: tuple[Catalog, int]) -> Event:
    """Return the event of a row, in the run of a catalog and a seed."""
    catalog, seed = run
    block = sequenced.block
    subject, number = int(block.subject[row]), int(sequenced.number[row])
    return Event(
        id=catalog.event_id(seed, EventRef(block.type.name, subject, number)),
        source=catalog.source(seed),
        type=block.type.name,
        subject=catalog.subject_name(subject),
        occurred_at=SimTime(int(block.occurred_at[row])),
        published_at=SimTime(int(block.published_at[row])),
        data=data_of(block, row),
    )


def data_of(block: Block, row: int) -> msgspec.Struct:
    """Return the data of a row as the Struct of its type."""
    if block.objects is not None:
        return block.objects[row]
    values = {name: _value(column, row) for name, column in (block.columns or {}).items()}
    return block.type.data(**values)


def _value(column: Column, row: int) -> object:
    if isinstance(column, Coded):
        return column.values[int(column.index[row])]
    if isinstance(column, Instants):
        return format_instant(int(column.values[row]))
    return column[row].item()
