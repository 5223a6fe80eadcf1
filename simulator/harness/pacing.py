"""When a record is due, and waiting: nothing else in a run reads a wall clock."""

from __future__ import annotations

import resource
import time
from bisect import bisect_left
from dataclasses import dataclass, field

from simulator.core.time import Milliseconds, SimTime, hours

PACED_STEP_SECONDS = 0.05  # our choice: how late a record may leave after it is due, at a pace
UNPACED_STEP = hours(3_000)  # our choice, over all subjects: some 20,000 events, which still fit a cache
LONGEST_STEP = hours(6)
TOLERATED_SECONDS = 1.0  # our choice: how far a run may fall behind the pace that it was asked for
SHORTEST_STEP = Milliseconds(1)


def step_length(*, subjects: int, speed: float | None, limit: Milliseconds | None) -> Milliseconds:
    """Return how far the world is stepped at a time; the output does not depend on it.

    `speed` is simulated seconds a wall second (None: as fast as can be); `limit` the reaction
    time that no step may exceed in closed loop (None: open loop).
    """
    wanted = UNPACED_STEP // subjects if speed is None else int(speed * PACED_STEP_SECONDS * 1_000)
    return Milliseconds(max(SHORTEST_STEP, min(wanted, LONGEST_STEP if limit is None else limit)))


@dataclass(slots=True)
class Pacer:
    """Holds records back until they are due, and knows afterwards when each was due.

    At a pace, a record of simulated time t is due (t - start) / speed after the run began. As
    fast as can be, it is due when its step is handed over. `behind_seconds` is the most by
    which a step was late.
    """

    start: SimTime
    speed: float | None
    behind_seconds: float = 0.0
    _began: float = field(default_factory=time.perf_counter)
    _handed_over: list[tuple[int, float]] = field(default_factory=list)

    def wait(self, until: SimTime) -> None:
        """Return when the step that ends at `until` is due to be sent."""
        if self.speed is not None:
            ahead = self._due_at_pace(until) - time.perf_counter()
            self.behind_seconds = max(self.behind_seconds, -ahead)
            time.sleep(max(0.0, ahead))
        else:
            self._handed_over.append((until, time.perf_counter()))

    def hindrances(self) -> list[str]:
        """Return why the run proves nothing about the pace asked for, if it does not."""
        if self.behind_seconds <= TOLERATED_SECONDS:
            return []
        return [f"the run fell {self.behind_seconds:.1f} s behind --speed {self.speed:g}: ask for less"]

    def milliseconds_since_due(self, moment: SimTime) -> float:
        """Return how long ago a record of that simulated time was due, on the wall."""
        if self.speed is not None:
            return (time.perf_counter() - self._due_at_pace(moment)) * 1_000
        place = min(bisect_left(self._handed_over, (moment, 0.0)), len(self._handed_over) - 1)
        return (time.perf_counter() - self._handed_over[place][1]) * 1_000

    def _due_at_pace(self, moment: int) -> float:
        assert self.speed is not None
        return self._began + (moment - self.start) / 1_000 / self.speed


@dataclass(slots=True)
class Stopwatch:
    """Wall and CPU seconds since it was made; CPU includes ended child processes."""

    _wall: float = field(default_factory=time.perf_counter)
    _cpu: float = field(default_factory=lambda: _cpu_seconds())

    def wall_seconds(self) -> float:
        """Return the wall seconds so far."""
        return time.perf_counter() - self._wall

    def cpu_seconds(self) -> float:
        """Return the CPU seconds so far, user and system."""
        return _cpu_seconds() - self._cpu


@dataclass(slots=True)
class Patience:
    """A span of wall time that has run out or not, counted from the last `renew`."""

    seconds: float
    _since: float = field(default_factory=time.monotonic)

    def renew(self) -> None:
        """Start counting again."""
        self._since = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Say whether the span has passed."""
        return time.monotonic() - self._since >= self.seconds


def _cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
