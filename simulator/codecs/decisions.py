"""Decisions and the clock as CloudEvents, in whatever format the events are written."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from simulator.codecs.envelope import (
    Envelope,
    dataschema,
    envelope_decoder,
    read_envelope,
    sim_time,
    unreadable,
)
from simulator.core.catalog import CLOCK_REACHED, CLOCK_TICKED, Catalog
from simulator.core.clock import ClockReached, ClockTicked
from simulator.core.decisions import Decision
from simulator.core.partitioning import clock_keys
from simulator.core.records import Record
from simulator.core.time import format_instant

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Cause(msgspec.Struct, frozen=True):
    caused_by: str


class _Place(msgspec.Struct, frozen=True):
    partition: _Count


class _Ends(msgspec.Struct, frozen=True):
    partition: _Count
    ends: dict[str, _Count]


class DecisionCodec:
    """Write decisions; read those of any writer, with the id and source it chose."""

    def __init__(self, catalog: Catalog, *, seed: int) -> None:
        """Prepare the decoder of the catalog's decision types."""
        self._scenario_id = catalog.scenario_id
        self._source = catalog.source(seed)
        self._data_types = {one.name: one.data for one in catalog.decision_types}
        raw = dict.fromkeys((*self._data_types, CLOCK_REACHED), msgspec.Raw)
        self._decoder = envelope_decoder(raw)

    def encode(self, decision: Decision) -> bytes:
        """Return the bytes of a decision; its cause stands in the data as `caused_by`."""
        fields = msgspec.to_builtins(decision.data, builtin_types=())
        envelope = Envelope(
            id=decision.id,
            source=self._source,
            type=decision.type,
            subject=decision.subject,
            time=format_instant(decision.time),
            dataschema=dataschema(self._scenario_id, decision.type),
            data={"caused_by": decision.caused_by, **fields},
        )
        return msgspec.json.encode(envelope)

    def decode(self, record: Record) -> Decision:
        """Return the decision of a record.

        Raises CodecError, which names the field and why.
        """
        found = self.decode_any(record)
        if isinstance(found, ClockReached):
            raise unreadable(record, f"it is no decision but {CLOCK_REACHED}")
        return found

    def decode_any(self, record: Record) -> Decision | ClockReached:
        """Return what a record of the decisions topic holds.

        Raises CodecError as `decode` does.
        """
        envelope = read_envelope(self._decoder, record)
        if envelope.type == CLOCK_REACHED:
            place = _read_data(record, envelope.data, _Place)
            return ClockReached(time=sim_time(envelope.time), partition=place.partition)
        return Decision(
            id=envelope.id,
            type=envelope.type,
            subject=envelope.subject,
            time=sim_time(envelope.time),
            caused_by=_read_data(record, envelope.data, _Cause).caused_by,
            data=_read_data(record, envelope.data, self._data_types[envelope.type]),
        )


class ClockCodec:
    """Write and read the ticks of the clock and the answers of consumers to them."""

    def __init__(self, catalog: Catalog, *, seed: int) -> None:
        """Prepare the decoder."""
        self._scenario_id = catalog.scenario_id
        self._source = catalog.source(seed)
        self._keys = tuple(key.decode() for key in clock_keys(catalog))
        self._decoder = envelope_decoder({CLOCK_TICKED: _Ends, CLOCK_REACHED: _Place})

    def encode(self, clock: ClockTicked | ClockReached) -> bytes:
        """Return the bytes of a tick, or of an answer to one."""
        if isinstance(clock, ClockTicked):
            return self._encode(CLOCK_TICKED, clock, _Ends(clock.partition, clock.ends))
        return self._encode(CLOCK_REACHED, clock, _Place(clock.partition))

    def decode(self, record: Record) -> ClockTicked | ClockReached:
        """Return the tick or the answer of a record.

        Raises CodecError when it holds neither.
        """
        envelope = read_envelope(self._decoder, record)
        time, data = sim_time(envelope.time), envelope.data
        if isinstance(data, _Ends):
            return ClockTicked(time=time, partition=data.partition, ends=data.ends)
        return ClockReached(time=time, partition=data.partition)

    def _encode(self, type_name: str, clock: ClockTicked | ClockReached, data: _Place | _Ends) -> bytes:
        key = self._keys[clock.partition]
        envelope = Envelope(
            id=f"{self._scenario_id}/{key}/{type_name}/{clock.time}",
            source=self._source,
            type=type_name,
            subject=key,
            time=format_instant(clock.time),
            dataschema=dataschema(self._scenario_id, type_name),
            data=data,
        )
        return msgspec.json.encode(envelope)


def _read_data(record: Record, raw: msgspec.Raw, data_type: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=data_type)
    except (ValueError, RecursionError) as wrong:
        reason = str(wrong) if "`$" in str(wrong) else f"{wrong} - at `$`"
        raise unreadable(record, reason.replace("`$", "`$.data")) from wrong
