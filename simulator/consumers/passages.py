"""What goes between the stages of a chain: events handed on, and how far each partition has come."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.core.errors import CodecError
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.core.reducers import Consumer
from simulator.core.time import SimTime


class HandedOn(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="event"):
    """An event from one stage to the next; `data` is read by the type's own Struct."""

    id: str
    source: str
    type: str
    subject: str
    occurred_at: int
    published_at: int
    data: msgspec.Raw


class Passed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="passed"):
    """A partition of the stage before has handed on all that it had up to `time`."""

    time: int
    partition: int


class PassageCodec:
    """Write and read the records between stages: MessagePack, for nobody else."""

    def __init__(self, consumer: Consumer) -> None:
        """Prepare the decoders of the types that the consumer's stages hand on."""
        self._decoder = msgspec.msgpack.Decoder(HandedOn | Passed)
        self._data: dict[str, msgspec.msgpack.Decoder[Any]] = {
            one.name: msgspec.msgpack.Decoder(one.data) for one in consumer.handed_on
        }

    def encode(self, one: Event | Passed) -> bytes:
        """Return the bytes of an event, or of how far a partition has come."""
        if isinstance(one, Passed):
            return msgspec.msgpack.encode(one)
        data = msgspec.Raw(msgspec.msgpack.encode(one.data))
        return msgspec.msgpack.encode(
            HandedOn(
                id=one.id,
                source=one.source,
                type=one.type,
                subject=one.subject,
                occurred_at=one.occurred_at,
                published_at=one.published_at,
                data=data,
            )
        )

    def decode(self, record: Record) -> Event | Passed:
        """Return what a record holds. Raises CodecError for bytes that no stage wrote."""
        try:
            found = self._decoder.decode(record.value)
            return found if isinstance(found, Passed) else self._event(found)
        except (ValueError, KeyError) as error:
            place = f"record {record.offset} of {record.topic}, partition {record.partition}"
            raise CodecError(f"{place}, was not written by a stage: {error}") from error

    def read_event(self, value: bytes) -> Event:
        """Return the event of bytes that have been decoded before."""
        found = self._decoder.decode(value)
        assert isinstance(found, HandedOn)
        return self._event(found)

    def _event(self, found: HandedOn) -> Event:
        return Event(
            id=found.id,
            source=found.source,
            type=found.type,
            subject=found.subject,
            occurred_at=SimTime(found.occurred_at),
            published_at=SimTime(found.published_at),
            data=self._data[found.type].decode(found.data),
        )
