"""Loads as the page looks at them, told second by second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from loadtests.asked import Asked
from loadtests.gathered import Gathered
from loadtests.judge import Judged
from loadtests.outcome import LoadReport
from loadtests.reports import ShardCounts, WorkerReport
from loadtests.seconds import Second, SecondDelta
from loadtests.spec import LoadSpec, plan_of
from loadtests.summary import summarise

BEGAN = 1_000.0
PLAN = plan_of(LoadSpec(scenario="sepsis"))


@dataclass
class ShownLoad:
    """A view that a test changes as it likes."""

    state: str = "idle"
    error: Exception | None = None
    gathered: Gathered | None = None
    report: LoadReport | None = None
    judged_so_far: Judged | None = None
    counts: ShardCounts = field(default_factory=lambda: ShardCounts(shard=0, worker="one"))

    def begin(self, **fields: Any) -> None:
        """Let a load run that began at BEGAN; fields are those of its spec."""
        spec = LoadSpec(scenario="sepsis", rate=100.0, **fields)
        asked = Asked(rate=100.0, seconds=60.0)
        self.gathered = Gathered(spec, PLAN, asked, shards=1)
        self.state, self.error, self.report, self.judged_so_far = "running", None, None, None
        self.counts = ShardCounts(shard=0, worker="one")
        self.gathered.began = BEGAN

    def tell(self, at: float, *deltas: SecondDelta, is_final: bool = False) -> None:
        """Let the worker say at `at` what it adds to seconds."""
        assert self.gathered is not None
        for delta in deltas:
            for name in ("due", "sent", "acknowledged", "expected", "seen", "late"):
                setattr(self.counts, name, getattr(self.counts, name) + getattr(delta, name))
        report = WorkerReport(counts=self.counts, seconds=list(deltas), is_final=is_final)
        self.gathered.take(report, at=at)

    def end(self) -> None:
        """Let the load be over and reported, ten seconds after it began."""
        assert self.gathered is not None
        self.gathered.ended = BEGAN + 10.0
        self.report, self.state = summarise(self.gathered), "over"


def delta(at: int, milliseconds: Mapping[str, Sequence[float]] | None = None, **counts: int) -> SecondDelta:
    """Return what a worker adds to a second."""
    second = Second(at)
    second.counts.update(counts)
    for kind, values in (milliseconds or {}).items():
        second.add(kind, np.array(values, dtype=np.float64))
    return second.delta()
