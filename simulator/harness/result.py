"""What a run says when it is over: the score, the verdict, and how to repeat it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import msgspec

from simulator.core.decisions import Decision
from simulator.core.history import Delivery, History
from simulator.core.labels import Label
from simulator.core.time import SimTime
from simulator.scoring import Outcome, quantile


class Latency(msgspec.Struct, frozen=True):
    """Wall milliseconds from when a decision's cause was due until it was seen."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a run: what `run --json` prints and `score.json` holds.

    `hindrances` say why the way it was run keeps it from proving anything, whoever decides.
    """

    scenario: str
    seed: int
    verdict: Outcome
    reasons: tuple[str, ...]
    hindrances: tuple[str, ...]
    repeat: str
    subjects: int
    events: int
    labels: int
    decisions: int
    repeated_decisions: int
    phantom_decisions: int
    backdated_decisions: int
    postdated_decisions: int
    dead_letters: int
    score: dict[str, float | None]
    delivery: Delivery
    latency_ms: Latency
    wall_seconds: float
    cpu_seconds: float
    events_per_second: float
    events_sha256: str
    labels_sha256: str
    faults_sha256: str
    decisions_sha256: str
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: what a terminal shows while it goes on.

    `lag` is the number of records sent that the consumer or observer has not read yet.
    """

    now: SimTime
    start: SimTime
    end: SimTime
    events: int
    decisions: int
    lag: int
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is over: its report, and the history that it was judged from."""

    report: Report
    history: History

    @property
    def verdict(self) -> Outcome:
        """Return `pass`, `fail` or `inconclusive`."""
        return self.report.verdict

    @property
    def score(self) -> dict[str, float | None]:
        """Return the score by metric name; None where the run gives no ground for a value."""
        return self.report.score

    @property
    def labels(self) -> Sequence[Label]:
        """Return what was true."""
        return self.history.labels

    @property
    def decisions(self) -> Sequence[Decision]:
        """Return what was concluded."""
        return self.history.decisions


def latency_of(milliseconds: Sequence[float]) -> Latency:
    """Return the percentiles of latencies, to a microsecond; None where there is none."""
    quantiles = (quantile(milliseconds, share) for share in (0.5, 0.95, 0.99, 1.0))
    return Latency(*(value if value is None else round(value, 3) for value in quantiles))


@cache
def versions() -> dict[str, str]:
    """Return the versions of what decides about the bytes and the speed of a run."""
    names = ("pulsetrain", "numpy", "msgspec", "mimesis", "faker", "confluent-kafka")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
