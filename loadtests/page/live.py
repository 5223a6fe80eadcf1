"""What the page is told at each poll: how the load stands, and what changed of its series."""

from __future__ import annotations

from typing import Protocol

import msgspec

from loadtests.gathered import Gathered, Moment, quantiles
from loadtests.judge import Judged
from loadtests.outcome import ACHIEVED_SHARE_MIN, Knee, LoadDelivery, LoadReport, LoadVerdict, Quantiles, StepReport
from loadtests.page.concerns import concerns_of
from loadtests.page.series import COLUMNS, Point, Series
from loadtests.reporting.rows import LATENCY_KINDS, LatencyKind
from loadtests.reports import ShardCounts
from loadtests.summary import CPU_SHARE_MAX, LAG_P99_MS_MAX, worse_than_at_rest

_DECISIONS, _SCHEDULE = (next(one for one in LATENCY_KINDS if one.kind == kind) for kind in ("latency", "lag"))


class View(Protocol):
    """What the page looks at: one load after the other, as they are gathered.

    `state` is idle, warming up, running, draining or over. `error` says why a load could not be.
    """

    @property
    def state(self) -> str:
        """Return where the load stands."""

    @property
    def error(self) -> Exception | None:
        """Return why the load could not be; None where it could."""

    @property
    def gathered(self) -> Gathered | None:
        """Return what is known of the load; None before the first."""

    @property
    def report(self) -> LoadReport | None:
        """Return the report of the load; None until it is over."""

    @property
    def judged_so_far(self) -> Judged | None:
        """Return the newest score; None where there is none yet."""


class LoadIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Which load it is and what was asked of it; `seconds` None: until it is stopped."""

    scenario: str
    seed: int
    consumer: str
    shape: str
    rate: float
    seconds: float | None
    slo_ms: float
    faults: tuple[str, ...]
    knows: bool


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Beyond which figures a load is not the one that was asked for."""

    lag_p99_ms_max: float = LAG_P99_MS_MAX
    achieved_share_min: float = ACHIEVED_SHARE_MIN
    cpu_share_max: float = CPU_SHARE_MAX


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A part of the shape: its name, and the second of the load in which it begins."""

    name: str
    start: float


class ScoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of the score.

    `value` is of the decisions that came, `at_rest` of a faultless consumer's on the same patients.
    """

    name: str
    summary: str
    unit: str
    better: str
    value: float | None
    at_rest: float | None
    is_worse: bool


class LiveLoad(msgspec.Struct, frozen=True, kw_only=True):
    """How the load stands.

    `number` counts the loads of this process. `points` hold what changed after the revision that
    was asked for, under the names of `columns`; `revision` is the one to ask for next, and while
    `has_more`, at once. `begins_in` is how many seconds of warm-up are left; 0 while the consumer
    must still catch up, None where no load warms up. `latency_ms`, `schedule_lag_ms` and `late` are
    of the seconds measured so far; `delivery` counts those of the warm-up too. From
    `achieved_per_second` on it is what the report says, once there is one.
    """

    state: str
    number: int = 0
    revision: int = 0
    has_more: bool = False
    error: str = ""
    load: LoadIdentity | None = None
    began: float | None = None
    ended: float | None = None
    elapsed: float = 0.0
    begins_in: float | None = None
    limits: Limits = Limits()
    columns: tuple[str, ...] = COLUMNS
    points: list[Point] = []
    parts: list[Part] = []
    now: Moment | None = None
    latency_ms: Quantiles = Quantiles()
    schedule_lag_ms: Quantiles = Quantiles()
    late: int = 0
    delivery: LoadDelivery = msgspec.field(default_factory=LoadDelivery)
    shards: list[ShardCounts] = []
    concerns: list[str] = []
    patients: int | None = None
    score: list[ScoreRow] = []
    achieved_per_second: float | None = None
    achieved_share: float | None = None
    verdict: LoadVerdict | None = None
    reasons: tuple[str, ...] = ()
    steps: tuple[StepReport, ...] = ()
    knee: Knee | None = None


class LiveAnswers:
    """Answers polls about a view, whichever load it holds."""

    def __init__(self, view: View) -> None:
        """Start with nothing asked."""
        self._view = view
        self._gathered: Gathered | None = None
        self._series: Series | None = None
        self._number = 0
        self._revision = 0

    def answer(self, *, since: int, at: float) -> bytes:
        """Return as JSON what `live` returns; `at` is of the wall clock."""
        return msgspec.json.encode(self.live(since=since, at=at))

    def live(self, *, since: int, at: float) -> LiveLoad:
        """Return how the load stands, and what changed since a revision."""
        view, gathered = self._view, current(self._view)
        series = self._series_of(gathered)
        if gathered is None or series is None:
            error = "" if view.error is None else str(view.error)
            return LiveLoad(state=view.state, number=self._number, revision=self._revision, error=error)
        series.look(is_over=view.state == "over")
        self._revision = series.revision
        # A revision from the future was given by a process that is gone.
        points = series.since(since if since <= series.revision else 0)
        given = series.revision_of(points[-1]) if points else series.revision
        return msgspec.structs.replace(
            _standing(view, gathered, at=at),
            number=self._number,
            revision=given,
            has_more=given < series.revision or not series.is_complete,
            points=points,
        )

    def _series_of(self, gathered: Gathered | None) -> Series | None:
        if gathered is not self._gathered:
            self._gathered = gathered
            self._number += gathered is not None
            self._series = None if gathered is None else Series(gathered, revision=self._revision)
        return self._series


def current(view: View) -> Gathered | None:
    """Return the load that the state speaks of; None where there is none yet.

    While the next one is made, the view still holds the one before.
    """
    gathered = view.gathered
    is_past = gathered is not None and gathered.ended is not None and view.report is None
    return None if is_past and view.state != "draining" else gathered


def latencies_of(view: View, kind: LatencyKind) -> Quantiles:
    """Return the quantiles of a kind of latency, so far or as reported."""
    if view.report is not None:
        reported: Quantiles = getattr(view.report, kind.field)
        return reported
    gathered = current(view)
    return Quantiles() if gathered is None else quantiles(gathered.so_far, kind.kind)


def _standing(view: View, gathered: Gathered, *, at: float) -> LiveLoad:
    report, judged = view.report, view.judged_so_far
    return LiveLoad(
        state=view.state,
        error="" if view.error is None else str(view.error),
        load=_identity(gathered),
        began=gathered.began,
        ended=gathered.ended,
        elapsed=round(gathered.elapsed(at), 3),
        begins_in=_begins_in(gathered, at=at) if view.state == "warming up" else None,
        parts=[Part(one.name, one.start) for one in gathered.asked.spans(gathered.elapsed(at))],
        now=gathered.moments[-1] if gathered.moments else None,
        latency_ms=latencies_of(view, _DECISIONS),
        schedule_lag_ms=latencies_of(view, _SCHEDULE),
        late=report.late if report else gathered.so_far.counts["late"],
        delivery=gathered.delivery(),
        shards=gathered.counts,
        concerns=[] if report or gathered.began is None else concerns_of(gathered, latencies_of(view, _SCHEDULE)),
        patients=judged.patients if judged else None,
        score=_score(gathered, judged) if judged else [],
        achieved_per_second=report.achieved_per_second if report else None,
        achieved_share=report.achieved_share if report else None,
        verdict=report.verdict if report else None,
        reasons=report.reasons if report else (),
        steps=report.steps if report else (),
        knee=report.knee if report else None,
    )


def _begins_in(gathered: Gathered, *, at: float) -> float | None:
    """Return how many seconds of warm-up are left; None before its first event is due."""
    if gathered.began is not None:
        return max(0.0, round(gathered.began - at, 1))
    first = min((one.at for one in gathered.seconds.every()), default=None)
    # The load begins with a whole second, and its warm-up somewhere within one.
    return None if first is None else max(0.0, round(first + gathered.spec.warm_up_seconds + 1.0 - at, 1))


def _identity(gathered: Gathered) -> LoadIdentity:
    spec, plan, asked = gathered.spec, gathered.plan, gathered.asked
    return LoadIdentity(
        scenario=plan.scenario.id,
        seed=plan.size.seed,
        consumer=spec.consumer,
        shape=asked.shape,
        rate=asked.rate,
        seconds=asked.seconds,
        slo_ms=spec.slo_ms,
        faults=spec.fault,
        knows=gathered.knows,
    )


def _score(gathered: Gathered, judged: Judged) -> list[ScoreRow]:
    return [
        ScoreRow(
            name=metric.name,
            summary=metric.summary,
            unit=metric.unit,
            better=metric.better,
            value=judged.score.get(metric.name),
            at_rest=judged.at_rest.get(metric.name),
            is_worse=bool(worse_than_at_rest([metric], judged.score, judged.at_rest)),
        )
        for metric in gathered.plan.scenario.metrics
    ]
