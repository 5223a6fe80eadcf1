"""What workers might have said of a load: made up second by second, healthy where nothing else is said."""

from __future__ import annotations

from typing import Any

import numpy as np

from loadtests.asked import Asked
from loadtests.gathered import Gathered
from loadtests.knee import KneeSearch
from loadtests.reports import JudgedLines, ShardCounts, WorkerReport
from loadtests.seconds import Seconds
from loadtests.spec import plan_of
from tests.loadtest.unit.small_loads import small_load

BEGAN = 1_000.0
LENGTH = 20
RATE = 1_000


def said(
    *, shard: int = 0, seconds: int = LENGTH, due: int = RATE, sent: int = RATE, lag_ms: float = 1.0,
    latency_ms: float = 10.0, **counts: Any,
) -> WorkerReport:  # fmt: skip
    """Return what a worker says of a load of so many seconds; a hundred decisions follow in each."""
    told, start = Seconds(), BEGAN
    for number in range(seconds):
        instant = start + number + 0.5
        told.count("due", np.full(due, instant))
        told.count("sent", np.full(sent, instant))
        for name in ("expected", "seen"):
            told.count(name, np.full(100, instant))
        told.add("lag", np.full(sent, instant), np.full(sent, lag_ms))
        told.add("latency", np.full(100, instant), np.full(100, latency_ms))
    whole = {"due": due * seconds, "sent": sent * seconds, "acknowledged": sent * seconds}
    decided = {"expected": 100 * seconds, "seen": 100 * seconds}
    own = ShardCounts(**{"shard": shard, "worker": f"w{shard}", "cpu_share": 0.3, **whole, **decided, **counts})
    return WorkerReport(counts=own, seconds=told.take(), is_final=True)


def gathered(
    *reports: WorkerReport, asked: Asked | KneeSearch | None = None, shards: int | None = None, **spec: Any
) -> Gathered:
    """Return what was gathered of a load that is over."""
    asked = asked or Asked(seconds=float(LENGTH), rate=float(RATE))
    load = small_load(**{"consumer": "echo", **spec})
    found = Gathered(load, plan_of(load), asked, shards=len(reports) if shards is None else shards)
    found.began = BEGAN
    for report in reports:
        found.take(report, at=BEGAN + LENGTH)
    found.ended = BEGAN + LENGTH
    return found


def judged(at: int, **lines: list[bytes]) -> WorkerReport:
    """Return what a worker says to the judge alone."""
    return WorkerReport(counts=ShardCounts(shard=0), judged=[JudgedLines(at, **lines)])
