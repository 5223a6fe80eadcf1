"""A load as the series read one, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from loadtests.reports import ShardCounts
from loadtests.seconds import Second
from loadtests.spec import LoadSpec, plan_of
from simulator.harness.plan import Plan

PLAN = plan_of(LoadSpec(scenario="sepsis"))
KINDS = ("latency", "service", "lag", "acknowledgement")


@dataclass
class SmallLoad:
    """A load that a test changes as it likes."""

    counts: list[ShardCounts] = field(default_factory=list)
    so_far: Second = field(default_factory=lambda: Second(0))
    began: float | None = 1_000.0
    ended: float | None = None
    plan: Plan = PLAN
    knows: bool = True


def small_load(*counts: ShardCounts, milliseconds: Mapping[str, Sequence[float]] | None = None) -> SmallLoad:
    """Return a load of shards, with values of some kinds of latency."""
    load = SmallLoad(counts=list(counts))
    for kind, values in (milliseconds or {}).items():
        load.so_far.add(kind, np.array(values, dtype=np.float64))
    return load


def long_load(*, shards: int) -> SmallLoad:
    """Return a load as it is after an hour at 20,000 events a second, its latencies all over the place."""
    spread = np.exp(np.linspace(np.log(0.1), np.log(60_000.0), 100_000))
    events = 72_000_000 // shards
    load = small_load(
        *(ShardCounts(shard=shard, due=events, sent=events, acknowledged=events) for shard in range(shards)),
        milliseconds=dict.fromkeys(KINDS, spread.tolist()),
    )
    for _ in range(9):
        load.so_far.merge(load.so_far.delta())
    return load
