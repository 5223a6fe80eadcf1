"""The series of a load: a point for each second, and which points changed since somebody asked.

A second changes as long as decisions on its events come in, which after a stall is minutes later.
So each point carries no date of its own making but a revision, and whoever asks names the last
revision that he has seen. A poll costs what changed, however long the load lasts, and never
holds up for long the loop that it shares with whoever sends.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from loadtests.gathered import Gathered, Moment
from loadtests.seconds import Second

SETTLING_SECONDS = 2  # workers speak once a second, each in a second of its own; a newer one may lack some
RENEWED_MAX = 60  # our choice: some 4 ms; an hour that nobody has looked at is made in as many polls as it has minutes
COMPARED_MAX = 1_000  # our choice: some 0.5 ms; of an hour all are compared within four polls
RECENT_SECONDS = 120  # our choice: compared at each poll, as most changes are there
GIVEN_MAX = 2_000  # our choice: some 200 kB


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A second of the load.

    `asked` is a rate, events a second. Of the milliseconds, `p50` to `p99` are from due to seen, and
    `schedule_lag_p99` is what the generator itself adds. From `lag_seconds` on it is told how things
    stood when a worker last spoke in that second; None where none did.
    """

    at: int
    asked: float
    due: int
    sent: int
    acknowledged: int
    expected: int
    seen: int
    late: int
    p50: float | None
    p95: float | None
    p99: float | None
    schedule_lag_p99: float | None
    lag_seconds: float | None
    lag_events: int | None
    outstanding: int | None
    ahead_events: int | None
    cpu_share: float | None


COLUMNS = Point.__struct_fields__

_Mark = tuple[int, float | None, Moment | None]


class Series:
    """The points of one load, each with the revision of its last change."""

    def __init__(self, gathered: Gathered, *, revision: int = 0) -> None:
        """Start without a point; revisions go on from `revision`, so that no two loads share one."""
        self._gathered = gathered
        self._points: dict[int, Point] = {}
        self._marks: dict[int, _Mark] = {}
        # In the order of the revisions, as a point that changes is put at the end.
        self._revisions: dict[int, int] = {}
        self._moments: dict[int, Moment] = {}
        self._heard = 0
        self._next = -1
        self.revision = revision
        self.is_complete = True

    def look(self, *, is_over: bool = False) -> None:
        """Bring the points up to date, the newest first, as far as one look may take.

        `is_complete` then says whether every second has its point. While the load goes on, the
        seconds of which a worker may still have to speak are left out.
        """
        self._hear()
        began = self._gathered.began
        if began is None or not (self._moments or is_over):
            return
        seconds = {one.at: one for one in self._gathered.seconds.every()}
        first = int(began)
        newest = max(next(reversed(seconds), first), next(reversed(self._moments), first))
        stop = newest + 1 if is_over else min(newest, self._spoken() - SETTLING_SECONDS) + 1
        self._renew(seconds, self._compared(first, stop))
        self.is_complete = len(self._points) >= stop - first

    def since(self, revision: int) -> list[Point]:
        """Return what changed after a revision, as much as one answer may hold.

        The earliest change comes first, so that its revision can be asked for next.
        """
        changed = []
        for number in reversed(self._revisions):
            if self._revisions[number] <= revision:
                break
            changed.append(number)
        return [self._points[number] for number in reversed(changed[-GIVEN_MAX:])]

    def revision_of(self, point: Point) -> int:
        """Return the revision at which a point last changed."""
        return self._revisions[point.at]

    def _hear(self) -> None:
        # The last one may have been replaced since, by a newer one of the same second.
        fresh = self._gathered.moments[max(0, self._heard - 1) :]
        self._moments.update((int(one.at), one) for one in fresh)
        self._heard = len(self._gathered.moments)

    def _spoken(self) -> int:
        return int(self._gathered.moments[-1].at) if self._gathered.moments else 0

    def _compared(self, first: int, stop: int) -> Iterator[int]:
        """Yield the numbers to compare: the recent ones, then older ones where the last look ended."""
        recent = max(first, stop - RECENT_SECONDS)
        yield from range(stop - 1, recent - 1, -1)
        for _ in range(min(COMPARED_MAX, recent - first)):
            if not first <= self._next < recent:
                self._next = recent - 1
            yield self._next
            self._next -= 1

    def _renew(self, seconds: dict[int, Second], numbers: Iterator[int]) -> None:
        left = RENEWED_MAX
        for number in numbers:
            second, moment = seconds.get(number), self._moments.get(number)
            mark = _mark(second, moment)
            if self._marks.get(number) == mark:
                continue
            self._marks[number] = mark
            self._put(self._point(second or Second(number), moment))
            left -= 1
            if not left:
                return

    def _put(self, point: Point) -> None:
        self.revision += 1
        self._points[point.at] = point
        self._revisions.pop(point.at, None)
        self._revisions[point.at] = self.revision

    def _point(self, second: Second, moment: Moment | None) -> Point:
        counts = second.counts
        return Point(
            at=second.at,
            asked=_asked(self._gathered, second.at),
            due=counts["due"],
            sent=counts["sent"],
            acknowledged=counts["acknowledged"],
            expected=counts["expected"],
            seen=counts["seen"],
            late=counts["late"],
            p50=second.quantile("latency", 0.5),
            p95=second.quantile("latency", 0.95),
            p99=second.quantile("latency", 0.99),
            schedule_lag_p99=second.quantile("lag", 0.99),
            lag_seconds=moment.lag_seconds if moment else None,
            lag_events=moment.lag_events if moment else None,
            outstanding=moment.outstanding if moment else None,
            ahead_events=moment.ahead_events if moment else None,
            cpu_share=moment.cpu_share if moment else None,
        )


def _mark(second: Second | None, moment: Moment | None) -> _Mark:
    """Return what differs as soon as a point would.

    Every count of a second only grows. Events that are sent in a later second than they were due
    change no count of their own second, but are the furthest behind of all that were due in it.
    """
    if second is None:
        return -1, None, moment
    lag = second.histograms.get("lag")
    return sum(second.counts.values()), lag.largest if lag else None, moment


def _asked(gathered: Gathered, number: int) -> float:
    began, ended = gathered.began, gathered.ended
    assert began is not None
    if ended is not None and number + 0.5 > ended:
        return 0.0
    return round(gathered.asked.rate_at(max(0.0, number + 0.5 - began)), 3)
