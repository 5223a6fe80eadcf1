"""The clock on the wire: how far simulated time has come, and that a consumer got there."""

from __future__ import annotations

import msgspec

from simulator.core.time import SimTime


class ClockTicked(msgspec.Struct, frozen=True, kw_only=True):
    """All that is published up to and including `time` is in its partition.

    `ends` says for each topic the offset of the record that comes next in this partition.
    """

    time: SimTime
    partition: int
    ends: dict[str, int]


class ClockReached(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer has read this partition up to `time`, and decided all it had to."""

    time: SimTime
    partition: int
