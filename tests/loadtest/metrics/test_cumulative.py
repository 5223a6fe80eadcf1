"""Counts at fixed bounds are those of the values themselves, as near as the buckets allow."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.histogram import Histogram
from loadtests.metrics.cumulative import BOUNDS_SECONDS, Cumulative, cumulative
from simulator.core.arrays import FloatArray

MILLISECONDS = st.lists(st.floats(0.0, 120_000.0), min_size=1, max_size=40).map(np.array)
WIDTH = 1 / 128  # of the widest bucket, as a share of the values in it


def counted(*values: FloatArray) -> Cumulative:
    histogram = Histogram()
    for each in values:
        histogram.add(each)
    return cumulative(histogram)


@given(MILLISECONDS)
def test_no_value_counts_below_a_bound_that_it_is_above(values: FloatArray) -> None:
    microseconds = np.rint(values * 1_000.0)
    most = [int((microseconds <= bound * 1e6).sum()) for bound in BOUNDS_SECONDS]
    assert all(found <= limit for found, limit in zip(counted(values).counts, most, strict=True))


@given(MILLISECONDS)
def test_a_value_counts_below_a_bound_that_is_a_bucket_higher(values: FloatArray) -> None:
    least = [int((values * (1 + WIDTH) < bound * 1e3 - 0.001).sum()) for bound in BOUNDS_SECONDS]
    assert all(found >= limit for found, limit in zip(counted(values).counts, least, strict=True))


@given(MILLISECONDS)
def test_counts_rise_from_bound_to_bound_up_to_all(values: FloatArray) -> None:
    found = counted(values)
    assert all(lower <= higher for lower, higher in pairwise((0, *found.counts, found.count)))
    assert found.count == len(values)


@given(MILLISECONDS, MILLISECONDS)
def test_nothing_falls_as_values_come_in(first: FloatArray, second: FloatArray) -> None:
    before, after = counted(first), counted(first, second)
    assert all(old <= new for old, new in zip(before.counts, after.counts, strict=True))
    assert before.sum_seconds <= after.sum_seconds


@given(MILLISECONDS)
def test_the_sum_errs_by_less_than_half_a_percent(values: FloatArray) -> None:
    assert counted(values).sum_seconds == pytest.approx(values.sum() / 1e3, rel=0.004, abs=0.5e-6 * len(values))


def test_a_value_in_the_bucket_that_straddles_a_bound_counts_from_the_next_one_on() -> None:
    # 996 to 999 and 1000 to 1003 microseconds are buckets.
    found = counted(np.array([0.999, 1.0, 1.001, 1.003]))
    assert found.counts[:2] == (1, 4)


def test_no_bound_is_more_than_twice_the_one_before() -> None:
    assert all(1.0 < higher / lower <= 2.0 for lower, higher in pairwise(BOUNDS_SECONDS))


def test_without_values_every_count_is_nothing() -> None:
    assert cumulative(None) == cumulative(Histogram()) == Cumulative((0,) * len(BOUNDS_SECONDS), 0, 0.0)
