"""What happened in each second of a load: the one form in which figures travel, add up and are shown.

A decision counts in the second in which the event that caused it was *due*, so a stall shows
in the seconds that it hit, and a step of a ladder is the sum of its seconds.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from loadtests.histogram import Histogram, SparseHistogram
from simulator.core.arrays import FloatArray

HISTOGRAMS = ("latency", "service", "lag", "acknowledgement", "staleness")
FRESH_SECONDS = 60  # our choice: what comes later than that is a rare stall
COUNTS = ("due", "sent", "acknowledged", "expected", "seen", "late")


class SecondDelta(msgspec.Struct, array_like=True):
    """What one worker adds to a second since it last spoke of it.

    `at` is the second since the epoch. `due` counts events due in it, `sent` and `acknowledged`
    those sent and acknowledged in it; `expected`, `seen` and `late` are decisions whose cause was
    due in it. The histograms are in milliseconds: `latency` from due to seen, `service` from sent
    to seen, `lag` from due to sent, `acknowledgement` from due to acknowledged; `staleness` is how
    far simulated time had moved on when the decision was seen, in simulated milliseconds.
    """

    at: int
    due: int = 0
    sent: int = 0
    acknowledged: int = 0
    expected: int = 0
    seen: int = 0
    late: int = 0
    latency: SparseHistogram = SparseHistogram()
    service: SparseHistogram = SparseHistogram()
    lag: SparseHistogram = SparseHistogram()
    acknowledgement: SparseHistogram = SparseHistogram()
    staleness: SparseHistogram = SparseHistogram()


class Second:
    """A second as it stands: counts, and a histogram of each kind."""

    def __init__(self, at: int) -> None:
        """Start with nothing."""
        self.at = at
        self.counts = dict.fromkeys(COUNTS, 0)
        self.histograms: dict[str, Histogram] = {}

    def add(self, kind: str, milliseconds: FloatArray) -> None:
        """Count values of a kind."""
        self.histograms.setdefault(kind, Histogram()).add(milliseconds)

    def merge(self, delta: SecondDelta) -> None:
        """Take in what a worker adds."""
        for name in COUNTS:
            self.counts[name] += getattr(delta, name)
        for kind in HISTOGRAMS:
            sparse: SparseHistogram = getattr(delta, kind)
            if sparse.buckets:
                self.histograms.setdefault(kind, Histogram()).merge(sparse)

    def delta(self) -> SecondDelta:
        """Return all of it in the form that travels."""
        delta = SecondDelta(self.at)
        for name, count in self.counts.items():
            setattr(delta, name, count)
        for kind, histogram in self.histograms.items():
            setattr(delta, kind, histogram.sparse())
        return delta

    def pack(self) -> None:
        """Take as little memory as may be."""
        for histogram in self.histograms.values():
            histogram.pack()

    def quantile(self, kind: str, share: float) -> float | None:
        """Return a quantile of a kind, milliseconds; None where nothing was counted."""
        histogram = self.histograms.get(kind)
        return histogram.quantile(share) if histogram else None


class Seconds:
    """Seconds by their number; what is added since the last `take` can be handed on."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_number: dict[int, Second] = {}
        self._newest = self._unpacked = 0

    def at(self, number: int) -> Second:
        """Return a second, made where it is new."""
        found = self._by_number.get(number)
        if found is None:
            found = self._by_number[number] = Second(number)
        return found

    def count(self, name: str, instants: FloatArray) -> None:
        """Count events by the second of the wall clock in which each instant lies."""
        numbers, counts = np.unique(np.floor(instants).astype(np.int64), return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            self.at(number).counts[name] += count

    def add(self, kind: str, instants: FloatArray, milliseconds: FloatArray) -> None:
        """Count values of a kind in the seconds in which the instants lie."""
        seconds = np.floor(instants).astype(np.int64)
        for number in np.unique(seconds).tolist():
            self.at(number).add(kind, milliseconds[seconds == number])

    def merge(self, deltas: Iterable[SecondDelta]) -> None:
        """Take in what a worker adds."""
        for delta in deltas:
            self.at(delta.at).merge(delta)
            self._newest = max(self._newest, delta.at)
            if delta.at < self._unpacked:
                self.at(delta.at).pack()
        self._pack()

    def take(self) -> list[SecondDelta]:
        """Return what was counted since the last call, and forget it."""
        taken, self._by_number = self._by_number, {}
        return [taken[number].delta() for number in sorted(taken)]

    def _pack(self) -> None:
        """Let old seconds, of which little is still said, take little memory."""
        old = self._newest - FRESH_SECONDS
        # Before the first call nobody knows where they begin.
        first = self._unpacked or min(self._by_number, default=old)
        # A clock that is far ahead makes a long gap, and few seconds.
        numbers = range(first, old) if old - first < len(self._by_number) else list(self._by_number)
        for number in numbers:
            if first <= number < old and number in self._by_number:
                self._by_number[number].pack()
        self._unpacked = max(first, old)

    def between(self, start: float, stop: float) -> list[Second]:
        """Return the seconds that lie wholly within a span of the wall clock, in order."""
        return [self._by_number[at] for at in sorted(self._by_number) if start <= at and at + 1 <= stop]

    def every(self) -> list[Second]:
        """Return all the seconds, in order."""
        return [self._by_number[at] for at in sorted(self._by_number)]


def total(seconds: Iterable[Second]) -> Second:
    """Return the sum of seconds, by the number of the first."""
    seconds = list(seconds)
    whole = Second(seconds[0].at if seconds else 0)
    for one in seconds:
        whole.merge(one.delta())
    return whole
