"""How far a consumer is behind: in events and in seconds, by its answers to the clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from simulator.core.clock import ClockReached

_TICKS_MAX = 20_000  # our choice: of a consumer that never answers, the oldest ticks are forgotten


@dataclass(frozen=True, slots=True)
class _Ticked:
    """A tick: its simulated time, when it was due, and how many events came since the one before."""

    time: int
    due: float
    events: int


class ConsumerLag:
    """Holds the ticks of each partition against the answers to them.

    A consumer that answers `clock.ticked` has dealt with all that came before it, so the oldest
    tick without an answer says how far it is behind. Of one that never answers nothing is known.
    """

    def __init__(self) -> None:
        """Start with no tick."""
        self._ticked: dict[int, deque[_Ticked]] = {}
        self.answers = False

    def ticked(self, partition: int, *, time: int, due: float, events: int) -> None:
        """Take in a tick, sent after so many events of its partition since the last one."""
        self._ticked.setdefault(partition, deque(maxlen=_TICKS_MAX)).append(_Ticked(time, due, events))

    def answered(self, answer: ClockReached) -> None:
        """Take in an answer."""
        self.answers = True
        ticked = self._ticked.get(answer.partition)
        while ticked and ticked[0].time <= answer.time:
            ticked.popleft()

    @property
    def is_behind(self) -> bool:
        """Say whether a consumer that answers has not answered every tick."""
        return self.answers and any(self._ticked.values())

    def seconds(self, now: float) -> float:
        """Return how long the oldest tick has gone unanswered; 0 where nothing is known."""
        oldest = [ticked[0].due for ticked in self._ticked.values() if ticked]
        return max(0.0, now - min(oldest)) if self.answers and oldest else 0.0

    def events(self) -> int:
        """Return how many events lie before unanswered ticks; 0 where nothing is known."""
        return sum(one.events for ticked in self._ticked.values() for one in ticked) if self.answers else 0
