"""The native wire format: CloudEvents 1.0, structured mode, JSON."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from simulator.codecs.columns import data_parts, object_texts
from simulator.codecs.envelope import (
    JSON,
    SPECVERSION,
    dataschema,
    envelope_decoder,
    read_envelope,
    sim_time,
)
from simulator.codecs.fragments import instant_texts, number_texts, weave
from simulator.codecs.keys import keys_of
from simulator.codecs.reference import encode_one
from simulator.core.catalog import Catalog, EventRef
from simulator.core.errors import CodecError
from simulator.core.events import Event, SequencedBlock
from simulator.core.records import Record
from simulator.core.time import SimTime


@dataclass(frozen=True, slots=True)
class _Constants:
    """What lies between the parts that differ from row to row, for one event type."""

    before_subject: bytes
    before_number: bytes
    before_subject_again: bytes
    before_time: bytes
    before_data: bytes


class CloudEventsCodec:
    """Write dense blocks from fragments of text, read with one typed decoder."""

    name = "cloudevents"

    def __init__(self, catalog: Catalog, *, seed: int) -> None:
        """Prepare what all events of a type have in common."""
        self._catalog = catalog
        self._keys = keys_of(catalog)
        self._constants = {name: _constants(catalog, seed, name) for name in catalog.type_names}
        self._decoder = envelope_decoder({one.name: one.data for one in catalog.event_types})

    def encode(self, sequenced: SequencedBlock) -> list[bytes]:
        """Return the bytes of each row. Raises CodecError for a number that is not finite."""
        block = sequenced.block
        between = self._constants[block.type.name]
        subjects = self._keys.of(block.subject)
        try:
            data = data_parts(block)
        except CodecError as wrong:
            raise CodecError(f"{block.type.name}: {wrong}") from wrong
        return weave(
            [
                *(between.before_subject, subjects),
                *(between.before_number, number_texts(sequenced.number)),
                *(between.before_subject_again, subjects),
                *(between.before_time, instant_texts(block.occurred_at)),
                between.before_data,
                *data,
                b"}",
            ]
        )

    def encode_event(self, event: Event) -> bytes:
        """Return the bytes of one event.

        Raises CodecError for a number that is not finite.
        """
        object_texts([event.data])
        return encode_one(event, self._catalog)

    def decode(self, record: Record) -> Event:
        """Return the event of a record.

        Raises CodecError when its bytes hold none of ours.
        """
        envelope = read_envelope(self._decoder, record)
        return Event(
            id=envelope.id,
            source=envelope.source,
            type=envelope.type,
            subject=envelope.subject,
            occurred_at=sim_time(envelope.time),
            published_at=SimTime(record.timestamp),
            data=envelope.data,
        )


def _constants(catalog: Catalog, seed: int, type_name: str) -> _Constants:
    """Take an event's id apart, so that the catalog alone knows how ids are made."""
    subject = catalog.subject_name(0)
    sample = catalog.event_id(seed, EventRef(type_name, 0, 0))
    before_subject, rest = sample.split(subject)
    schema = dataschema(catalog.scenario_id, type_name)
    return _Constants(
        before_subject=b'{"specversion":"%b","id":"%b' % (SPECVERSION.encode(), _escaped(before_subject)),
        before_number=_escaped(rest.removesuffix("0")),
        before_subject_again=b'","source":"%b","type":"%b","subject":"'
        % (_escaped(catalog.source(seed)), _escaped(type_name)),
        before_time=b'","time":"',
        before_data=b'","datacontenttype":"%b","dataschema":"%b","data":' % (JSON.encode(), _escaped(schema)),
    )


def _escaped(text: str) -> bytes:
    return msgspec.json.encode(text)[1:-1]
