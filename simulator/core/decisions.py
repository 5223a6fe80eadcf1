"""Decisions: what a consumer concluded, when, and because of which event."""

from __future__ import annotations

import msgspec

from simulator.core.time import SimTime


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a consumer concluded about a subject.

    `time` is the simulated time at which it was concluded: the published_at of the event that
    led to it, or the `at` of the reminder. `caused_by` is the id of that event.
    """

    type: str
    subject: str
    time: SimTime
    caused_by: str
    data: msgspec.Struct
    id: str = ""

    def __post_init__(self) -> None:
        """Derive the id from the cause, so that a repeat is recognised by its id."""
        if not self.id:
            msgspec.structs.force_setattr(self, "id", f"{self.type}/{self.subject}/{self.time}/{self.caused_by}")


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be used, with the reason; base64 in files."""

    topic: str
    partition: int
    offset: int
    reason: str
    value: bytes
