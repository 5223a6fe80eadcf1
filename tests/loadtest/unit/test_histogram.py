"""Latencies in buckets: a quantile errs by little, and parts add up to the whole."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.histogram import Histogram, SparseHistogram, buckets_of, merged, upper_end
from simulator.core.arrays import FloatArray

# From a microsecond to a day, in milliseconds.
MILLISECONDS = st.floats(0.001, 86_400_000.0)
VALUES = st.lists(MILLISECONDS, min_size=1, max_size=60)
SHARES = st.sampled_from([0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0])
HALF_A_MICROSECOND = 0.0005


def counted(values: list[float]) -> Histogram:
    """Return a histogram of values."""
    histogram = Histogram()
    histogram.add(np.array(values, dtype=np.float64))
    return histogram


def of_rank(values: list[float], share: float) -> float:
    """Return the value below or at which a share of the values lies, without any bucket."""
    return sorted(values)[max(1, int(np.ceil(share * len(values)))) - 1]


@given(VALUES, SHARES)
def test_a_quantile_errs_by_at_most_eight_in_a_thousand(values: list[float], share: float) -> None:
    exact, found = of_rank(values, share), counted(values).quantile(share)
    assert found is not None
    assert exact - HALF_A_MICROSECOND <= found <= exact * 1.008 + HALF_A_MICROSECOND


@given(VALUES)
def test_the_highest_quantile_is_the_largest_value_itself(values: list[float]) -> None:
    assert counted(values).quantile(1.0) == pytest.approx(max(values), abs=HALF_A_MICROSECOND)


@given(st.lists(VALUES, max_size=5), SHARES)
def test_the_merge_of_parts_is_the_whole(parts: list[list[float]], share: float) -> None:
    whole = merged(counted(part).sparse() for part in parts)
    at_once = counted([value for part in parts for value in part])
    assert (whole.count, whole.largest, whole.quantile(share)) == (
        at_once.count,
        at_once.largest,
        at_once.quantile(share),
    )
    assert whole.sparse() == at_once.sparse()


@given(VALUES)
def test_the_form_that_travels_comes_back_as_it_went(values: list[float]) -> None:
    sparse = counted(values).sparse()
    travelled = msgspec.msgpack.decode(msgspec.msgpack.encode(sparse), type=SparseHistogram)
    assert merged([travelled]).sparse() == sparse


@given(VALUES, VALUES)
def test_adding_twice_is_adding_all(first: list[float], second: list[float]) -> None:
    histogram = counted(first)
    histogram.add(np.array(second))
    assert histogram.sparse() == counted(first + second).sparse()


@given(st.integers(0, 2**41))
def test_a_bucket_ends_where_the_next_begins(microseconds: int) -> None:
    (bucket,) = buckets_of(np.array([microseconds / 1_000.0])).tolist()
    end = round(upper_end(bucket) * 1_000)
    assert buckets_of(np.array([end / 1_000.0, (end + 1) / 1_000.0])).tolist() == [bucket, bucket + 1]


def test_below_a_quarter_of_a_millisecond_every_microsecond_has_a_bucket() -> None:
    every: FloatArray = np.arange(256) / 1_000.0
    assert buckets_of(every).tolist() == list(range(256))


def test_nothing_counted_has_no_quantile() -> None:
    empty = Histogram()
    empty.add(np.empty(0))
    empty.merge(SparseHistogram())
    assert (empty.count, empty.largest, empty.quantile(0.5)) == (0, None, None)
    assert empty.sparse() == SparseHistogram()


def test_a_value_below_zero_counts_as_zero() -> None:
    histogram = counted([-5.0, -0.1])
    assert (histogram.count, histogram.quantile(0.5), histogram.quantile(1.0)) == (2, 0.0, 0.0)


def test_a_quantile_is_never_above_the_largest_value() -> None:
    assert counted([1_000.001]).quantile(0.5) == 1_000.001


def test_a_broken_clock_counts_as_fifty_days() -> None:
    assert counted([1e30]).quantile(0.5) == pytest.approx(2**42 / 1_000, rel=0.008)


@pytest.mark.parametrize(("share", "found"), [(0.5, 2.0), (0.75, 3.0), (0.76, 4.0), (0.0, 1.0)])
def test_the_rank_of_a_quantile_is_rounded_up(share: float, found: float) -> None:
    assert counted([1.0, 2.0, 3.0, 4.0]).quantile(share) == pytest.approx(found, rel=0.008)


@given(VALUES, VALUES, st.integers(0, 400))
def test_a_packed_histogram_is_the_same_and_counts_on(before: list[float], after: list[float], again: int) -> None:
    # Often enough for the numbers of a small type to overflow.
    packed, plain = counted(before), counted(before)
    packed.pack()
    found = [packed.sparse()]
    for one in (packed, plain):
        one.add(np.array(after * again, dtype=np.float64))
    assert [*found, packed.sparse()] == [counted(before).sparse(), plain.sparse()]


def test_packed_counts_take_a_byte_each_where_that_is_enough() -> None:
    found = counted([float(number) for number in range(1, 200)])
    before = found._counts.nbytes
    found.pack()
    assert found._counts.nbytes * 8 == before
