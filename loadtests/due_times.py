"""When what happened in simulated time was due and was sent: how a decision's age is known from its time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from simulator.core.arrays import FloatArray, IntArray

EXACT_EVENTS = 2**21  # our choice: 48 MiB; what is older is known to within a span
SPAN_EVENTS = 1_000  # our choice: at a low rate events are sent one by one, and each array takes a hundred bytes


@dataclass(frozen=True, slots=True)
class _Span:
    """Successive events in the order in which they were sent: simulated times, and when each was due and sent.

    Each has the latest simulated time sent so far, so that these never go back.
    """

    timestamps: IntArray
    due: FloatArray
    sent: FloatArray

    def joined(self, later: _Span) -> _Span:
        """Return this span and a later one as one."""
        names = ("timestamps", "due", "sent")
        return _Span(*(np.concatenate([getattr(self, name), getattr(later, name)]) for name in names))

    def coarse(self) -> _Span:
        """Return the first and the last event alone."""
        ends = [0, -1]
        return _Span(self.timestamps[ends].copy(), self.due[ends].copy(), self.sent[ends].copy())


class DueTimes:
    """Remembers by simulated time when each event was due and when it was sent.

    The newest EXACT_EVENTS are known each, older ones by the first and the last of each SPAN_EVENTS
    or more, so memory grows by less than a byte an event.
    """

    def __init__(self) -> None:
        """Start with nothing sent."""
        self._spans: list[_Span] = []
        self._starts: list[int] = []
        self._exact = self._oldest_exact = 0
        self._newest: int | None = None

    def add(self, timestamps: IntArray, due: FloatArray, sent: float) -> None:
        """Take in events that were sent together.

        One that is late counts as the newest before it.
        """
        if not len(timestamps):
            return
        latest = np.maximum.accumulate(timestamps)
        latest = latest if self._newest is None else np.maximum(latest, self._newest)
        self._newest = int(latest[-1])
        span = _Span(latest, due, np.full(len(due), sent))
        if self._oldest_exact < len(self._spans) and len(self._spans[-1].timestamps) < SPAN_EVENTS:
            self._spans[-1] = self._spans[-1].joined(span)
        else:
            self._spans.append(span)
            self._starts.append(int(latest[0]))
        self._exact += len(timestamps)
        while self._exact > EXACT_EVENTS:
            old = self._spans[self._oldest_exact]
            self._exact -= len(old.timestamps)
            self._spans[self._oldest_exact] = old.coarse()
            self._oldest_exact += 1

    def find(self, timestamp: int) -> tuple[float, float] | None:
        """Return when the last event up to a simulated time was due and was sent.

        It is the last one before the first of a later time. None for a time before the first event.
        """
        place = bisect_right(self._starts, timestamp) - 1
        if place < 0:
            return None
        span = self._spans[place]
        row = int(np.searchsorted(span.timestamps, timestamp, side="right")) - 1
        return float(span.due[row]), float(span.sent[row])
