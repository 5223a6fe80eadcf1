"""Damage: bytes that no codec can read any more, and times from a clock that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from simulator.core.errors import CodecError
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.core.time import Milliseconds, SimTime

_NOT_UTF_8 = b"\xff"


class EventCodec(Protocol):
    """As much of a codec as damage needs."""

    def encode_event(self, event: Event) -> bytes:
        """Return the bytes of one event."""

    def decode(self, record: Record) -> Event:
        """Return the event a record holds, or raise CodecError."""


def corrupted(record: Record, codec: EventCodec, *, place: int) -> tuple[bytes, str]:
    """Return bytes that `codec` cannot decode, and what was done to them.

    `place` is where the damage begins. Raises CodecError for a codec that reads anything.
    """
    for value, what in _damages(record.value, place):
        if not _is_readable(msgspec.structs.replace(record, value=value), codec):
            return value, what
    raise CodecError(f"{record.topic}: the codec reads even an empty value, so nothing can be corrupted.")


def skewed(record: Record, codec: EventCodec, *, by: Milliseconds) -> bytes:
    """Return the bytes of the record's event with its occurred_at moved by `by`."""
    event = codec.decode(record)
    return codec.encode_event(msgspec.structs.replace(event, occurred_at=SimTime(event.occurred_at + by)))


def _damages(value: bytes, place: int) -> Iterator[tuple[bytes, str]]:
    yield value[:place] + _NOT_UTF_8 + value[place + 1 :], f"byte {place} overwritten"
    yield value[:place], f"cut off after {place} bytes"
    yield b"", "emptied"


def _is_readable(record: Record, codec: EventCodec) -> bool:
    try:
        codec.decode(record)
    except CodecError:
        return False
    return True
