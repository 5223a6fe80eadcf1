"""What a load test says when it is over: the one object behind terminal, page, HTML, CSV, JSON and JUnit."""

from __future__ import annotations

from typing import Literal

import msgspec

from loadtests.reports import Counts, ShardCounts

ACHIEVED_SHARE_MIN = 0.99  # of what was asked for; less is another load than the one that was asked for

LoadVerdict = Literal["pass", "fail", "invalid", "inconclusive"]
"""As of a run, and `invalid`: the load itself was not what was asked for, so nothing is proved."""

EXIT_CODES: dict[LoadVerdict, int] = {"pass": 0, "fail": 1, "invalid": 2, "inconclusive": 2}


class Quantiles(msgspec.Struct, frozen=True, kw_only=True):
    """Quantiles of a latency in milliseconds; None where nothing was measured."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    p999: float | None = None
    max: float | None = None
    count: int = 0


class LoadDelivery(Counts, kw_only=True):
    """The counts of all shards.

    `missing` decisions were expected and never seen, `unexpected` ones follow from nothing that was
    sent; None where nobody can know, as of an external consumer. `surplus` events lie in the topics
    beyond those sent: a broker wrote some twice, or somebody else writes there; None where no
    broker could be asked.
    """

    missing: int | None = 0
    unexpected: int | None = 0
    surplus: int | None = None


class StepReport(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a shape: what was asked for, what came, how good decisions were.

    The seconds at its edges, while the rate changes, are left out. `score` is of the decisions
    seen and `score_at_rest` of those that a faultless consumer makes of the same patients' events.
    `missing` is None where nobody can know.
    """

    name: str
    start_seconds: float
    seconds: int
    asked_per_second: float
    offered_per_second: float | None
    achieved_per_second: float | None
    latency_ms: Quantiles
    schedule_lag_ms: Quantiles
    missing: int | None
    late: int
    patients: int
    score: dict[str, float | None]
    score_at_rest: dict[str, float | None]


class Knee(msgspec.Struct, frozen=True, kw_only=True):
    """The highest rate that was sustained, the lowest that was not, and why not.

    `limited_by` is `pipeline`, or `generator` where the load could not be made: then the knee of
    the pipeline lies at or above `events_per_second`.
    """

    events_per_second: float | None
    not_sustained: float | None
    limited_by: str
    reason: str


class Window(msgspec.Struct, frozen=True, array_like=True):
    """Five seconds of the load, as a baseline compares them."""

    start_seconds: int
    achieved_per_second: float
    p50: float | None
    p95: float | None
    p99: float | None


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a load test: what one JSON line holds.

    `late` decisions are those of the seconds measured, as the latencies are; `delivery` counts
    those before and after as well.
    """

    scenario: str
    seed: int
    consumer: str
    shape: str
    verdict: LoadVerdict
    reasons: tuple[str, ...]
    repeat: str
    seconds: float
    asked_per_second: float
    offered_per_second: float | None
    achieved_per_second: float | None
    achieved_share: float | None
    latency_ms: Quantiles
    service_ms: Quantiles
    schedule_lag_ms: Quantiles
    acknowledgement_ms: Quantiles
    staleness_ms: Quantiles
    late: int = 0
    delivery: LoadDelivery
    score: dict[str, float | None]
    score_at_rest: dict[str, float | None]
    patients: int
    shards: tuple[ShardCounts, ...]
    steps: tuple[StepReport, ...]
    windows: tuple[Window, ...]
    knee: Knee | None = None
    baseline: dict[str, str] = {}
    versions: dict[str, str] = {}

    @property
    def exit_code(self) -> int:
        """Return the exit code of the verdict."""
        return EXIT_CODES[self.verdict]
