"""Log-linear histograms as monitoring wants them: how many values lie at or below fixed bounds."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import numpy as np

from loadtests.histogram import Histogram, buckets_of, upper_end
from simulator.core.arrays import FloatArray

# Our choice: none more than twice the one before, so that an interpolated quantile is of some use.
BOUNDS_SECONDS = tuple(
    float(bound)
    for bound in """
    0.001 0.002 0.003 0.005 0.0075 0.01 0.015 0.02 0.03 0.05 0.075 0.1 0.15 0.2 0.3 0.5 0.75
    1 1.5 2 3 5 7.5 10 15 30 60
    """.split()
)
_LAST_BUCKET = int(buckets_of(np.array([np.inf]))[0])
# How many of the histogram's buckets lie wholly at or below each bound.
_BUCKETS_BELOW = [bisect_right(range(_LAST_BUCKET + 1), bound * 1_000.0, key=upper_end) for bound in BOUNDS_SECONDS]


@dataclass(frozen=True, slots=True)
class Cumulative:
    """How many values lie at or below each of BOUNDS_SECONDS, with count and sum.

    A value is never counted below a bound that it is above: the bucket that straddles a bound, at
    most 0.8 % wide, counts from the next bound on. The sum takes each value as the middle of its
    bucket, so it errs by at most 0.4 % and half a microsecond a value.
    """

    counts: tuple[int, ...]
    count: int
    sum_seconds: float


def cumulative(histogram: Histogram | None) -> Cumulative:
    """Return the cumulative counts of a histogram; None is one without values."""
    if histogram is None:
        return Cumulative((0,) * len(BOUNDS_SECONDS), 0, 0.0)
    sparse = histogram.sparse()
    buckets, counts = np.array(sparse.buckets, dtype=np.int64), np.array(sparse.counts, dtype=np.int64)
    totals = np.concatenate(([0], np.cumsum(counts)))
    places = np.searchsorted(buckets, _BUCKETS_BELOW)
    return Cumulative(
        counts=tuple(totals[places].tolist()),
        count=int(totals[-1]),
        sum_seconds=float(counts @ _middles()[buckets]) / 1_000.0,
    )


@cache
def _middles() -> FloatArray:
    """Return the middle of every bucket, milliseconds."""
    ends = np.array([upper_end(bucket) for bucket in range(_LAST_BUCKET + 1)])
    # Microseconds are whole: a bucket begins one after the end of the bucket before it.
    starts = np.concatenate(([0.0], ends[:-1] + 0.001))
    middles: FloatArray = (starts + ends) / 2.0
    return middles
