"""Latencies counted in log-linear buckets: 128 to an octave, so a quantile errs by at most 0.8 %.

The layout is that of HdrHistogram (Gil Tene), computed by the array: microseconds v with
e = max(floor(log2 v) - 7, 0) fall into bucket (e << 7) + (v >> e).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from simulator.core.arrays import FloatArray, IntArray

_BITS = 7
_LONGEST_MICROSECONDS = 2**42  # fifty days; our choice: longer is a broken clock


class SparseHistogram(msgspec.Struct, frozen=True, array_like=True):
    """Counts of the buckets that hold any, as they travel between processes.

    `largest` is the largest value itself, in milliseconds; None where nothing was counted.
    """

    buckets: list[int] = []
    counts: list[int] = []
    largest: float | None = None


class Histogram:
    """Counts of latencies in milliseconds, from a microsecond to fifty days.

    Kept are the buckets from the lowest to the highest that holds any.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._lowest = 0
        self._counts: IntArray = np.zeros(0, dtype=np.int64)
        self._largest: float | None = None

    @property
    def count(self) -> int:
        """Return how many values were counted."""
        return int(self._counts.sum())

    @property
    def largest(self) -> float | None:
        """Return the largest value, milliseconds; None where there is none."""
        return self._largest

    def add(self, milliseconds: FloatArray) -> None:
        """Count values; one below zero, as clocks make them, counts as zero."""
        if len(milliseconds):
            buckets = buckets_of(milliseconds)
            lowest = int(buckets.min())
            self._add(lowest, np.bincount(buckets - lowest), float(milliseconds.max()))

    def merge(self, other: SparseHistogram) -> None:
        """Take in what another histogram counted."""
        if other.buckets:
            lowest = min(other.buckets)
            counts: IntArray = np.zeros(max(other.buckets) - lowest + 1, dtype=np.int64)
            counts[np.array(other.buckets) - lowest] = other.counts
            self._add(lowest, counts, other.largest)

    def quantile(self, share: float) -> float | None:
        """Return the value below which a share of the values lies, milliseconds.

        The upper end of its bucket, and never more than the largest value; None without values.
        """
        total = self.count
        if not total or self._largest is None:
            return None
        rank = max(1, int(np.ceil(share * total)))
        bucket = self._lowest + int(np.searchsorted(np.cumsum(self._counts), rank))
        return min(upper_end(bucket), max(self._largest, 0.0))

    def pack(self) -> None:
        """Take as little memory as the counts need; more can still be counted."""
        if len(self._counts):
            self._counts = self._counts.astype(np.min_scalar_type(int(self._counts.max())))

    def sparse(self) -> SparseHistogram:
        """Return the counts in the form that travels."""
        places = np.flatnonzero(self._counts)
        return SparseHistogram((places + self._lowest).tolist(), self._counts[places].tolist(), self._largest)

    def _add(self, lowest: int, counts: IntArray, largest: float | None) -> None:
        if not len(self._counts):
            self._lowest = lowest
        # They may be packed, in numbers that could overflow.
        self._counts = self._counts.astype(np.int64, copy=False)
        below = max(0, self._lowest - lowest)
        above = max(0, lowest + len(counts) - self._lowest - len(self._counts))
        if below or above:
            self._counts = np.pad(self._counts, (below, above))
            self._lowest -= below
        start = lowest - self._lowest
        self._counts[start : start + len(counts)] += counts
        known = [one for one in (self._largest, largest) if one is not None]
        self._largest = max(known, default=None)


def buckets_of(milliseconds: FloatArray) -> IntArray:
    """Return the bucket of each value."""
    microseconds = np.clip(np.rint(milliseconds * 1_000.0), 0, _LONGEST_MICROSECONDS).astype(np.int64)
    _, exponents = np.frexp(microseconds.astype(np.float64))
    shifts = np.maximum(exponents.astype(np.int64) - 1 - _BITS, 0)
    buckets: IntArray = (shifts << _BITS) + (microseconds >> shifts)
    return buckets


def upper_end(bucket: int) -> float:
    """Return the largest value of a bucket, milliseconds."""
    shift = max((bucket >> _BITS) - 1, 0)
    mantissa = bucket - (shift << _BITS)
    return (((mantissa + 1) << shift) - 1) / 1_000.0


def merged(histograms: Iterable[SparseHistogram]) -> Histogram:
    """Return one histogram of all that several counted."""
    whole = Histogram()
    for one in histograms:
        whole.merge(one)
    return whole
