"""The accounts of one shard: what was due, sent and expected, and what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from loadtests.consumer_lag import ConsumerLag
from loadtests.due_times import DueTimes
from loadtests.observer import Answer, Seen
from loadtests.reports import JudgedLines, ShardCounts
from loadtests.seconds import SecondDelta, Seconds
from loadtests.stretches import Expected
from simulator.core.arrays import FloatArray, IntArray
from simulator.core.clock import ClockReached


@dataclass(slots=True)
class _Awaited:
    """A decision that must come: when what causes it was due, and when it was sent."""

    due: float
    sent: float


class _Remembered:
    """Ids and times of decisions that came, those of the last two cohorts; older ones are forgotten."""

    def __init__(self) -> None:
        self._ids: tuple[set[str], set[str]] = (set(), set())
        self._times: tuple[dict[str, int], dict[str, int]] = ({}, {})

    def begin_cohort(self) -> None:
        self._ids = (self._ids[1], set())
        self._times = (self._times[1], {})

    def add(self, seen: Seen) -> tuple[bool, bool]:
        """Return whether the id came before, and whether a later one on the same subject did."""
        is_repeat = any(seen.id in ids for ids in self._ids)
        self._ids[1].add(seen.id)
        if seen.time is None or is_repeat:
            return is_repeat, False
        latest = max((times.get(seen.subject, -1) for times in self._times), default=-1)
        self._times[1][seen.subject] = max(latest, seen.time)
        return False, seen.time < latest


class Book:
    """Takes in what a shard sends and sees, and says it as counts and seconds.

    `offset` is what makes instants of the wall clock from those of the monotonic one. Where the
    decisions are not known beforehand (`knows` is False), each that comes is one that was expected.
    """

    def __init__(self, counts: ShardCounts, *, offset: float, slo_ms: float, knows: bool) -> None:
        """Start with nothing sent."""
        self.counts = counts
        self.lag = ConsumerLag()
        self._offset, self._slo_ms, self._knows = offset, slo_ms, knows
        self._due_times = DueTimes()
        self._seconds = Seconds()
        self._latencies: list[tuple[FloatArray, FloatArray]] = []
        self._awaited: dict[str, _Awaited] = {}
        self._just_awaited: deque[_Awaited] = deque()
        self._remembered = _Remembered()
        self._judged: dict[int, JudgedLines] = {}
        self._acknowledged_dues: list[FloatArray] = []
        self._newest = 0

    @property
    def offset(self) -> float:
        """Return what makes an instant of the wall clock from one of the monotonic clock."""
        return self._offset

    @property
    def is_settled(self) -> bool:
        """Say whether no decision is awaited, nor an answer to the clock.

        Of a consumer that says neither what must follow nor how far it is, that is never known.
        """
        can_know = self._knows or self.lag.answers or not self.counts.sent
        return can_know and not self._awaited and not self.lag.is_behind

    def correct(self, ahead_seconds: float) -> None:
        """Take in how far this host's wall clock is ahead of the gathering one's."""
        self._offset -= ahead_seconds

    def begin_cohort(self) -> None:
        """Take in that the events of another cohort follow."""
        self._remembered.begin_cohort()

    def due(self, count: int, at: float) -> None:
        """Take in that so many events are due in all, the last in the second of `at`."""
        self._seconds.at(int(at + self._offset)).counts["due"] += count - self.counts.due
        self.counts.due = count

    def expect(self, expected: Iterable[tuple[Expected, float]]) -> None:
        """Await decisions, each with when its cause is due, before the cause is sent."""
        for one, due in expected:
            awaited = _Awaited(due=due, sent=due)
            self._awaited[one.id] = awaited
            self._just_awaited.append(awaited)
            self.counts.expected += 1
            second = int(due + self._offset)
            self._seconds.at(second).counts["expected"] += 1
            if one.value:
                self._lines(second).expected.append(one.value)

    def sent(self, timestamps: IntArray, due: FloatArray, at: float) -> None:
        """Take in events that were handed to the client together at `at`.

        Where there are none, ticks of the clock were.
        """
        last = float(due[-1]) if len(due) else inf
        while self._just_awaited and self._just_awaited[0].due <= last:
            self._just_awaited.popleft().sent = at
        if not len(due):
            return
        self.counts.sent += len(due)
        self._newest = max(self._newest, int(timestamps.max()))
        if not self._knows:
            self._due_times.add(timestamps, due, at)
        self._acknowledged_dues.append(due)
        self._seconds.at(int(at + self._offset)).counts["sent"] += len(due)
        self._seconds.add("lag", due + self._offset, (at - due) * 1_000.0)

    def acknowledged(self, count: int, at: float) -> None:
        """Take in that so many events are acknowledged in all, the earliest sent first.

        Partitions are acknowledged side by side: the k-th acknowledgement is held against the
        k-th event, which is exact for their number and sum, and near for each.
        """
        left = count - self.counts.acknowledged
        self.counts.acknowledged = count
        while left > 0 and self._acknowledged_dues:
            first = self._acknowledged_dues[0]
            dues, rest = first[:left], first[left:]
            self._acknowledged_dues[:1] = [rest] if len(rest) else []
            left -= len(dues)
            self._seconds.at(int(at + self._offset)).counts["acknowledged"] += len(dues)
            self._seconds.add("acknowledgement", dues + self._offset, (at - dues) * 1_000.0)

    def labels(self, lines: Sequence[bytes], due: float) -> None:
        """Keep labels for the judge that became known with what was due then."""
        if lines:
            self._lines(int(due + self._offset)).labels += lines

    def take_in(self, answers: Iterable[Answer]) -> None:
        """Take in what came back."""
        rows: list[tuple[float, float, float, float]] = []
        for answer in answers:
            if answer is None:
                self.counts.unreadable += 1
            elif isinstance(answer, ClockReached):
                self.lag.answered(answer)
            elif (row := self._decision(answer)) is not None:
                rows.append(row)
        if rows:
            self._measure(np.array(rows, dtype=np.float64))

    def take_seconds(self) -> list[SecondDelta]:
        """Return the seconds since the last call, as differences."""
        return self._seconds.take()

    def take_latencies(self, start: float = -inf, stop: float = inf) -> FloatArray:
        """Return the milliseconds from due to seen of each decision since the last call.

        They are of decisions whose cause was due in a second that lies wholly in this span.
        """
        found, self._latencies = self._latencies, []
        seconds = [np.floor(instants) for instants, _ in found]
        kept = [(start <= at) & (at + 1 <= stop) for at in seconds]
        latencies = [one[which] for (_, one), which in zip(found, kept, strict=True)]
        return np.concatenate(latencies) if latencies else np.empty(0)

    def take_judged(self) -> list[JudgedLines]:
        """Return what the judge is given, since the last call."""
        judged, self._judged = self._judged, {}
        return [judged[second] for second in sorted(judged)]

    def oldest_awaited(self) -> float | None:
        """Return when the cause of the oldest awaited decision was due; None without one."""
        # Decisions are awaited in the order in which their causes are due.
        return next(iter(self._awaited.values())).due if self._awaited else None

    def _decision(self, seen: Seen) -> tuple[float, float, float, float] | None:
        is_repeat, is_out_of_order = self._remembered.add(seen)
        if is_repeat:
            self.counts.twice += 1
            return None
        self.counts.out_of_order += is_out_of_order
        awaited = self._awaited.pop(seen.id, None) or self._unknown(seen)
        if awaited is None:
            self.counts.unexpected += 1
            return None
        if seen.value:
            self._lines(int(awaited.due + self._offset)).seen.append(seen.value)
        stale = float(max(0, self._newest - seen.time)) if seen.time is not None else np.nan
        return awaited.due, awaited.sent, seen.at, stale

    def _unknown(self, seen: Seen) -> _Awaited | None:
        """Return when what an unforeseen decision rests on was due, where any may come."""
        found = None if self._knows or seen.time is None else self._due_times.find(seen.time)
        if found is None:
            return None
        self.counts.expected += 1
        self._seconds.at(int(found[0] + self._offset)).counts["expected"] += 1
        return _Awaited(*found)

    def _measure(self, rows: FloatArray) -> None:
        due, sent, at, stale = rows.T
        latency = (at - due) * 1_000.0
        instants = due + self._offset
        self._latencies.append((instants, latency))
        self.counts.seen += len(rows)
        self.counts.late += int((latency > self._slo_ms).sum())
        self._seconds.count("seen", instants)
        self._seconds.count("late", instants[latency > self._slo_ms])
        self._seconds.add("latency", instants, latency)
        self._seconds.add("service", instants, (at - sent) * 1_000.0)
        known = ~np.isnan(stale)
        self._seconds.add("staleness", instants[known], stale[known])

    def _lines(self, second: int) -> JudgedLines:
        return self._judged.setdefault(second, JudgedLines(second))
