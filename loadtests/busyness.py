"""How much of a processor a worker takes: held to its worst stretch, so that a long load hides none."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from math import inf

# Our choice: a queue that grows for ten seconds is seen by who waits in it; what a cohort's new world
# or a collection of garbage takes is shorter.
STRETCH_SECONDS = 10.0


class Busyness:
    """Keeps what a worker said of its share of a processor, once a second or so."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self._instants, self._shares = array("d"), array("d")
        self._whole = _Stretches()

    def add(self, at: float, share: float) -> None:
        """Take in the share of the time before an instant."""
        self._instants.append(at)
        self._shares.append(share)
        self._whole.add(at, share)

    def worst(self, start: float = -inf, stop: float = inf) -> float:
        """Return the mean share of the busiest stretch that was said between two instants.

        Of less than a stretch it is the mean of all; 0 where nothing was said.
        """
        if (start, stop) == (-inf, inf):
            return self._whole.worst
        said = zip(self._instants, self._shares, strict=True)
        return _worst((at, share) for at, share in said if start <= at < stop)


class _Stretches:
    """The newest stretch of what was said, and the worst of those so far."""

    def __init__(self) -> None:
        self._said: deque[tuple[float, float]] = deque()
        self._worst = 0.0
        self._is_whole = False

    def add(self, at: float, share: float) -> None:
        if self._said and at - self._said[0][0] >= STRETCH_SECONDS:
            # The oldest falls out, so what is there makes a whole stretch.
            self._worst, self._is_whole = max(self._worst, self._mean), True
        self._said.append((at, share))
        while at - self._said[0][0] >= STRETCH_SECONDS:
            self._said.popleft()

    @property
    def worst(self) -> float:
        return max(self._worst, self._mean) if self._is_whole else self._mean

    @property
    def _mean(self) -> float:
        return sum(share for _, share in self._said) / len(self._said) if self._said else 0.0


def _worst(said: Iterable[tuple[float, float]]) -> float:
    stretches = _Stretches()
    for at, share in said:
        stretches.add(at, share)
    return stretches.worst
