"""CloudEvents 1.0 in structured JSON mode: the attributes around the data, written and read.

Source: CloudEvents specification 1.0.2 and its JSON format. `subject`, `time` and `data` are
optional there and required here; attributes that we do not know are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from simulator.core.errors import CodecError
from simulator.core.records import Record
from simulator.core.time import SimTime

SPECVERSION = "1.0"
JSON = "application/json"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Name = Annotated[str, Meta(min_length=1)]
_Instant = Annotated[datetime, Meta(tz=True)]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of a CloudEvent, in the order in which we write them."""

    specversion: str = SPECVERSION
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str = JSON
    dataschema: str
    data: object


def envelope_decoder(data_types: Mapping[str, Any]) -> msgspec.json.Decoder[Any]:
    """Return a decoder of CloudEvents of the given types, in one type-checked pass.

    `data_types` says for each type what its data are decoded as. What comes out are Structs with
    id, source, type, subject, time and data.
    """
    if len(data_types) == 1:
        # A union of one is no union to msgspec, which then lets a missing tag pass.
        [(name, data)] = data_types.items()
        fields = [*_fields(data), ("type", Literal[name])]
        return msgspec.json.Decoder(msgspec.defstruct("CloudEvent", fields, frozen=True, gc=False))
    tagged = [_tagged(name, data) for name, data in data_types.items()]
    return msgspec.json.Decoder(reduce(or_, tagged))


def dataschema(scenario_id: str, type_name: str) -> str:
    """Return the name of the schema of a type's data."""
    return f"urn:pulsetrain:{scenario_id}:{type_name}"


def sim_time(instant: datetime) -> SimTime:
    """Return an instant as whole milliseconds since the epoch, rounded down."""
    since = instant - _EPOCH
    return SimTime(since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000)


def unreadable(record: Record, reason: str) -> CodecError:
    """Return the error that names the record's place and what is wrong with it."""
    return CodecError(
        f"record {record.offset} of {record.topic}, partition {record.partition}, is unreadable: {reason}"
    )


def read_envelope(decoder: msgspec.json.Decoder[Any], record: Record) -> Any:
    """Return the envelope in a record's bytes. Raises CodecError when they hold none."""
    try:
        return decoder.decode(record.value)
    except (ValueError, RecursionError) as wrong:
        raise unreadable(record, str(wrong)) from wrong


def _tagged(name: str, data: Any) -> Any:
    return msgspec.defstruct(
        "CloudEvent",
        _fields(data),
        tag_field="type",
        tag=name,
        frozen=True,
        gc=False,
        namespace={"type": name},
    )


def _fields(data: Any) -> list[tuple[str, Any]]:
    return [
        ("specversion", Literal["1.0"]),
        ("id", _Name),
        ("source", _Name),
        ("subject", _Name),
        ("time", _Instant),
        ("data", data),
    ]
