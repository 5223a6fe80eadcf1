"""By how much the clocks of workers are ahead of the one that gathers: asked of all at once, and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import gevent
from gevent.event import AsyncResult

from loadtests import clock

PINGS = 5  # our choice: the quickest of so many round trips says most about the clocks
PING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far a wall clock is ahead of ours, right to half the round trip."""

    ahead_ms: float
    round_trip_ms: float

    def is_surely_not(self, ahead_ms: float) -> bool:
        """Say whether another offset cannot be what was measured."""
        return abs(self.ahead_ms - ahead_ms) > self.round_trip_ms


Ask = Callable[[str], ClockOffset | None]
"""Measures the clock of a worker; None where it did not answer."""


def offsets_of(names: Iterable[str], ask: Ask) -> dict[str, ClockOffset | None]:
    """Ask all workers side by side; return what each answered."""
    asked = {name: gevent.spawn(ask, name) for name in names}
    return {name: greenlet.get() for name, greenlet in asked.items()}


class Pings:
    """Asks workers what time it is.

    `send` carries a question to one, which comes back with the answer.
    """

    def __init__(self, send: Callable[[str, float], None]) -> None:
        """Ask nothing yet."""
        self._send = send
        self._waiting: dict[tuple[str, float], AsyncResult[float]] = {}

    def answered(self, name: str, sent: float, theirs: float) -> None:
        """Take in what time it was at a worker when it was asked.

        What comes too late is left out.
        """
        waiting = self._waiting.get((name, sent))
        if waiting is not None:
            waiting.set(theirs)

    def measure(self, name: str) -> ClockOffset | None:
        """Return the best of several answers; None without any."""
        found = []
        for _ in range(PINGS):
            one = self._ping(name)
            if one is not None:
                found.append(one)
            elif not found:
                # Whoever does not answer once is not waited for again.
                return None
        return min(found, key=lambda one: one.round_trip_ms)

    def _ping(self, name: str) -> ClockOffset | None:
        sent = clock.wall()
        waiting = self._waiting[name, sent] = AsyncResult()
        self._send(name, sent)
        try:
            theirs = waiting.get(timeout=PING_SECONDS)
        except gevent.Timeout:
            return None
        finally:
            del self._waiting[name, sent]
        back = clock.wall()
        return ClockOffset(round((theirs - (sent + back) / 2) * 1_000, 3), round((back - sent) * 1_000, 3))
