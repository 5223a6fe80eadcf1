"""One partition of a stage whose memory survives a crash: written through, key by key."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

import msgspec

from simulator.consumers.keyed import Kept, PassedOn, take_event, take_reminders
from simulator.core.events import Event
from simulator.core.reducers import Stage
from simulator.core.time import SimTime

Stored = Sequence[tuple[bytes, bytes]]
"""What a store holds when a partition is taken over: names and values, in the order of names."""

NEXT, HELD, PASSED, TICK = INDEXES = (b"next/", b"held/", b"passed/", b"tick/")
"""The names of entries that are read whole when a partition is taken over, but for the values of keys."""

_KEPT = b"kept/"


class Store(Protocol):
    """Bytes by name; they and the offsets that were read survive, or neither does."""

    def get_bytes(self, key: bytes) -> bytes | None:
        """Return the value of a name, or None."""

    def set_bytes(self, key: bytes, value: bytes) -> None:
        """Keep a value under a name."""

    def delete(self, key: bytes) -> None:
        """Forget a name."""


class DurableStage:
    """A stage on one partition, which keeps what it knows of each key in a store.

    In memory there is only when which key is due, taken from the store at the start.
    """

    def __init__(self, stage: Stage[Any], stored: Stored) -> None:
        """Take over what is stored of the partition."""
        self._stage = stage
        self._decoder = msgspec.msgpack.Decoder(Kept[stage.state_type])  # type: ignore[name-defined]  # a type made at run time
        self._encoder = msgspec.msgpack.Encoder()
        self._due = [_read_due(name, value) for name, value in stored if name.startswith(NEXT)]
        heapify(self._due)

    def reads(self, event: Event) -> bool:
        """Return whether the stage takes in events of that type."""
        return event.type in self._stage.event_types

    def take(self, store: Store, event: Event) -> list[PassedOn]:
        """Take in an event, after the reminders of its key that are due by then."""
        key = self._stage.key(event)
        before = store.get_bytes(_KEPT + key.encode())
        kept = self._decode(before)
        was_due = _next_due(kept)
        passed_on = take_event(self._stage, kept, event, key=key)
        self._keep(store, key, kept, before=before, was_due=was_due)
        return passed_on

    def fire(self, store: Store, until: SimTime) -> list[PassedOn]:
        """Give back every key's reminders that are due at or before `until`."""
        passed_on: list[PassedOn] = []
        while self._due and self._due[0][0] <= until:
            key = heappop(self._due)[1]
            before = store.get_bytes(_KEPT + key.encode())
            kept = self._decode(before)
            was_due = _next_due(kept)
            passed_on += take_reminders(self._stage, kept, until, key=key)
            self._keep(store, key, kept, before=before, was_due=was_due)
        return passed_on

    def _decode(self, value: bytes | None) -> Kept[Any]:
        if value is None:
            return Kept(self._stage.state_type())
        kept: Kept[Any] = self._decoder.decode(value)
        return kept

    def _keep(self, store: Store, key: str, kept: Kept[Any], *, before: bytes | None, was_due: SimTime | None) -> None:
        after = self._encoder.encode(kept)
        if after != before:
            store.set_bytes(_KEPT + key.encode(), after)
        due = _next_due(kept)
        if due != was_due:
            self._move_due(store, key, due)

    def _move_due(self, store: Store, key: str, due: SimTime | None) -> None:
        # Named by the key, so that a reminder that moves on is one write, and not a deletion as well.
        if due is None:
            store.delete(NEXT + key.encode())
        else:
            store.set_bytes(NEXT + key.encode(), sortable(due))
            heappush(self._due, (due, key))


def sortable(number: int) -> bytes:
    """Return a number, not negative, as bytes that sort as numbers do."""
    return number.to_bytes(8, "big")


def _next_due(kept: Kept[Any]) -> SimTime | None:
    return kept.reminders[0].at if kept.reminders else None


def _read_due(name: bytes, value: bytes) -> tuple[SimTime, str]:
    return SimTime(int.from_bytes(value, "big")), name.removeprefix(NEXT).decode()
