"""What goes out: a world stepped, sequenced and encoded, whole or a shard of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simulator.core.decisions import Decision
from simulator.core.digest import StreamDigest
from simulator.core.time import SimTime
from simulator.harness.plan import Plan
from simulator.harness.shards import Fed, Part, Shard


class Feed(Protocol):
    """A source of records in simulated time: a world, its shards, or a recording."""

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Return the records whose published_at lies after the last step, up to `until`."""

    def digests(self) -> dict[int, str]:
        """Return the sha256 of what was fed so far, for each partition owned."""

    def close(self) -> None:
        """Free what the feed holds. Calling it again does nothing."""


class WorldFeed:
    """A world in this process, or one of its `shards` shards, with its digest."""

    def __init__(self, plan: Plan, *, shard: int = 0, shards: int = 1) -> None:
        """Make the world of `plan` and what follows it."""
        self._digest = StreamDigest()
        self._shard = Shard(plan, Part(shard=shard, shards=shards))

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Step the world, put its events in order and encode them."""
        fed = self._shard.step(until, decisions)
        self._digest.add(fed.batches)
        return fed

    def digests(self) -> dict[int, str]:
        """Return the sha256 of each owned partition."""
        return self._digest.of_partitions(self._shard.partitions)

    def close(self) -> None:
        """Do nothing: the world holds nothing but memory."""
