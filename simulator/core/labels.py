"""Labels: what was true. They go to the judge and are never published."""

from __future__ import annotations

import msgspec

from simulator.core.time import SimTime


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What was so for a subject, from when, and when it could first be known."""

    subject: str
    kind: str
    at: SimTime
    known_at: SimTime
    data: msgspec.Struct


class LabelType(msgspec.Struct, frozen=True):
    """A kind of label: its name, what its data hold, and what it means."""

    name: str
    data: type[msgspec.Struct]
    summary: str
