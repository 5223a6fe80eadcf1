"""When each event is due: the integral of a rate that changes at known instants.

The open model: what is due depends on the clock alone, never on how fast anything answers. An
event that could not be sent in time keeps its instant, so that whoever delays it is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class _Segment:
    """A span of constant rate: from `at` on, when `count` events had become due."""

    at: float
    count: float
    rate: float


class Schedule:
    """Says when events are due: event k (from 0) when the rate's integral is k + 1.

    Instants are seconds of one monotonic clock, rates are events a second. Memory is flat where
    `forget` is called from time to time.
    """

    def __init__(self, *, start: float) -> None:
        """Begin at `start` with a rate of nothing."""
        self._segments = [_Segment(at=start, count=0.0, rate=0.0)]

    @property
    def rate(self) -> float:
        """Return the rate that holds now, events a second."""
        return self._segments[-1].rate

    def change(self, rate: float, *, at: float) -> None:
        """Let `rate` hold from `at` on. Instants never go back."""
        last = self._segments[-1]
        assert rate >= 0, f"a rate of {rate} events a second"
        assert at >= last.at, "a rate changes before the last change"
        count = last.count + last.rate * (at - last.at)
        changed = _Segment(at=at, count=count, rate=rate)
        # Many changes at one instant, as when users are started together, are one.
        self._segments[-1 if at == last.at else len(self._segments) :] = [changed]

    def due(self, now: float) -> int:
        """Return how many events have become due up to `now`."""
        last = self._segments[-1]
        if now < last.at:
            last = next(one for one in reversed(self._segments) if one.at <= now)
        return int(last.count + last.rate * (now - last.at))

    def instants(self, first: int, stop: int) -> FloatArray:
        """Return when the events from `first` to before `stop` are due, in seconds."""
        wanted = np.arange(first + 1, stop + 1, dtype=np.float64)
        counts = np.array([one.count for one in self._segments])
        places = np.searchsorted(counts, wanted, side="left") - 1
        if len(places) and places[0] == places[-1]:
            segment = self._segments[places[0]]
            alone: FloatArray = segment.at + (wanted - segment.count) / segment.rate
            return alone
        starts = np.array([one.at for one in self._segments])
        rates = np.array([one.rate for one in self._segments])
        instants: FloatArray = starts[places] + (wanted - counts[places]) / rates[places]
        return instants

    def forget(self, before: int) -> None:
        """Forget when the events before number `before` were due."""
        kept = [place for place, one in enumerate(self._segments) if one.count <= before]
        del self._segments[: max(0, kept[-1] if kept else 0)]
