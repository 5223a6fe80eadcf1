"""What the workers of a load have said so far, put together: one place for page, metrics and report."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import msgspec

from loadtests.asked import Asked
from loadtests.busyness import Busyness
from loadtests.clock_offsets import ClockOffset
from loadtests.judge import LoadJudge
from loadtests.knee import KneeSearch
from loadtests.outcome import LoadDelivery, Quantiles
from loadtests.reports import ShardCounts, WorkerReport, is_known
from loadtests.seconds import Second, Seconds
from loadtests.spec import ECHO, LoadSpec
from simulator.harness.plan import Plan

_EVENTS = ("due", "sent", "acknowledged", "failed", "faults")
_DECISIONS = ("expected", "seen", "twice", "out_of_order", "unreadable", "late")


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """How the load stood when a worker last spoke: gauges, no sums over time.

    None is what nobody can know of this consumer.
    """

    at: float
    lag_seconds: float | None
    lag_events: int | None
    outstanding: int | None
    ahead_events: int
    cpu_share: float


class Gathered:
    """Everything known of a load under way, from all its shards.

    `seconds` holds what happened second by second, `so_far` the sum of those measured.

    `began`, when what goes before was over, and `ended` are instants of the wall clock; None where
    nobody knows them yet. Counts are of everything, seconds measured of what lies between.
    `surplus` is known once the load is over.
    """

    def __init__(self, spec: LoadSpec, plan: Plan, asked: Asked | KneeSearch, *, shards: int) -> None:
        """Start with nothing said."""
        self.spec, self.plan, self.asked = spec, plan, asked
        self.seconds = Seconds()
        self.so_far = Second(0)
        self.moments: list[Moment] = []
        self.judge = LoadJudge(plan, knows=plan.consumer is not None)
        self.began: float | None = None
        self.ended: float | None = None
        self.surplus: int | None = None
        self._shards = shards
        self._counts: dict[int, ShardCounts] = {}
        self._final: set[int] = set()
        self._heard: dict[int, float] = {}
        self._clocks: dict[str, ClockOffset] = {}
        self._busyness: dict[int, Busyness] = {}

    @property
    def knows(self) -> bool:
        """Say whether the decisions are known beforehand."""
        return self.plan.consumer is not None or self.spec.consumer == ECHO

    @property
    def counts(self) -> list[ShardCounts]:
        """Return the newest counts of each shard, in order."""
        return [self._counts[shard] for shard in sorted(self._counts)]

    @property
    def is_final(self) -> bool:
        """Say whether every shard that is not lost has said its last word."""
        lost = {shard for shard, counts in self._counts.items() if counts.is_lost}
        return len(self._final | lost) >= self._shards

    @property
    def error(self) -> str:
        """Return why a shard cannot go on; empty where all can."""
        return next((one.error for one in self.counts if one.error), "")

    def take(self, report: WorkerReport, *, at: float) -> None:
        """Take in what a worker says."""
        counts = report.counts
        before = self._counts.get(counts.shard)
        # What is known here alone.
        counts.is_lost = before is not None and before.is_lost
        self._put_clock(counts)
        self._counts[counts.shard], self._heard[counts.shard] = counts, at
        self.seconds.merge(report.seconds)
        for delta in report.seconds:
            if self.began is not None and self.began <= delta.at <= self.until - 1:
                self.so_far.merge(delta)
        for lines in report.judged:
            self.judge.add(lines)
        if self.began is not None and self.ended is None:
            self._busyness.setdefault(counts.shard, Busyness()).add(at, counts.cpu_share)
        if report.is_final:
            self._final.add(counts.shard)
        self._note(at)

    def note_clock(self, worker: str, found: ClockOffset | None) -> None:
        """Take in how far a worker's clock is ahead.

        Of one that does not answer, what it said before stands.
        """
        if found is not None:
            self._clocks[worker] = found
        for counts in self._counts.values():
            self._put_clock(counts)

    def lose(self, worker: str) -> None:
        """Take in that a worker is gone; what it said last stands."""
        for counts in self._counts.values():
            if counts.worker == worker and counts.shard not in self._final:
                counts.is_lost = True

    def has_heard_since(self, instant: float) -> bool:
        """Say whether every shard spoke later than an instant.

        Those that are lost, or have said their last word, are not waited for.
        """
        silent = self._final | {shard for shard, counts in self._counts.items() if counts.is_lost}
        return len(silent | {shard for shard, at in self._heard.items() if at > instant}) >= self._shards

    def elapsed(self, now: float) -> float:
        """Return for how long the load has gone on, or went on, in seconds."""
        if self.began is None:
            return 0.0
        return max(0.0, (now if self.ended is None else self.ended) - self.began)

    def delivery(self) -> LoadDelivery:
        """Return what became of events and decisions, all shards together."""
        totals = {name: sum(getattr(one, name) for one in self.counts) for name in (*_EVENTS, *_DECISIONS)}
        if not self.knows:
            return LoadDelivery(**totals, missing=None, unexpected=None, surplus=self.surplus)
        unexpected = sum(one.unexpected for one in self.counts)
        return LoadDelivery(**totals, missing=self.awaited, unexpected=unexpected, surplus=self.surplus)

    def count_surplus(self, before: int, after: int | None) -> None:
        """Take in how many events the topics held before the load and after it.

        Nothing follows from that where nobody knows how much was sent: a worker took it along.
        """
        is_whole = self.is_final and not any(one.is_lost for one in self.counts)
        if after is not None and is_whole:
            self.surplus = max(0, after - before - sum(one.sent for one in self.counts))

    @property
    def awaited(self) -> int:
        """Return how many decisions are expected and not seen, all shards together.

        0 where nobody can know.
        """
        return sum(one.outstanding for one in self.counts) if self.knows else 0

    def cpu_share(self, start: float = -inf, stop: float = inf) -> float:
        """Return the share of a processor of the busiest worker at its busiest.

        It is the mean of its worst ten seconds. What counts is what was said between two instants.
        """
        return max((one.worst(start, stop) for one in self._busyness.values()), default=0.0)

    @property
    def until(self) -> float:
        """Return up to when is measured; infinite where nobody knows yet."""
        known = [] if self.ended is None else [self.ended]
        if self.began is not None and self.asked.seconds is not None:
            known.append(self.began + self.asked.seconds)
        return min(known, default=inf)

    def measured(self) -> Sequence[Second]:
        """Return the whole seconds that lie within the load."""
        if self.began is None or self.ended is None:
            return self.seconds.every()
        return self.seconds.between(self.began, self.until)

    def _put_clock(self, counts: ShardCounts) -> None:
        if (found := self._clocks.get(counts.worker)) is not None:
            counts.clock_offset_ms, counts.round_trip_ms = found.ahead_ms, found.round_trip_ms

    def _known(self, name: str) -> list[Any]:
        """Return the values of a count of those shards of which anybody knows it."""
        return [getattr(one, name) for one in self.counts if is_known(one, name, knows=self.knows)]

    def _note(self, at: float) -> None:
        counts = self.counts
        moment = Moment(
            at=round(at, 2),
            lag_seconds=max(self._known("lag_seconds"), default=None),
            lag_events=sum(known) if (known := self._known("lag_events")) else None,
            outstanding=self.awaited if self.knows else None,
            ahead_events=sum(one.ahead_events for one in counts),
            cpu_share=max(one.cpu_share for one in counts),
        )
        # One a second, so that memory grows by the length of the load alone.
        newest = self.moments[-1] if self.moments else None
        self.moments[len(self.moments) - (newest is not None and int(newest.at) == int(at)) :] = [moment]


def quantiles(second: Second, kind: str) -> Quantiles:
    """Return the quantiles of a kind of latency over a sum of seconds."""
    histogram = second.histograms.get(kind)
    if histogram is None or not histogram.count:
        return Quantiles()
    found = (histogram.quantile(share) for share in (0.5, 0.95, 0.99, 0.999, 1.0))
    p50, p95, p99, p999, largest = (None if one is None else round(one, 3) for one in found)
    return Quantiles(p50=p50, p95=p95, p99=p99, p999=p999, max=largest, count=histogram.count)
