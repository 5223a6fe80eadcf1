"""Whole lists in Locust's statistics have the result of single requests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from locust import stats as locust_stats
from locust.stats import RequestStats, StatsEntry

from loadtests import locust_rows
from loadtests.locust_rows import METHOD, MISSING, add_latencies, add_missing, install_buckets

NAME = "sepsis decision"
# All that no clock measures are values on the very border of two buckets, where Locust rounds to even.
MILLISECONDS = st.one_of(st.floats(0.0, 120_000.0), st.integers(0, 4_000_000).map(lambda number: number / 100)).filter(
    lambda value: abs(value * 20 - round(value * 20)) > 1e-6
)
VALUES = st.lists(MILLISECONDS, min_size=1, max_size=40)


@pytest.fixture(autouse=True, scope="module")
def buckets() -> Iterator[None]:
    """Install our buckets for these tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locust_stats, "bucket_response_time", locust_stats.bucket_response_time)
        install_buckets()
        yield


def in_lists(*lists: list[float]) -> RequestStats:
    """Return statistics into which whole lists were entered."""
    stats = RequestStats()
    for one in lists:
        add_latencies(stats, NAME, np.array(one))
    return stats


def one_by_one(*lists: list[float]) -> RequestStats:
    """Return statistics into which each was entered as Locust does it."""
    stats = RequestStats()
    for value in (value for one in lists for value in one):
        stats.log_request(METHOD, NAME, value, 0)  # type: ignore[arg-type]
    return stats


def figures(entry: StatsEntry) -> tuple[object, ...]:
    """Return what is exact whatever the order."""
    times = sorted(entry.response_times.items())
    return entry.num_requests, entry.num_failures, entry.min_response_time, entry.max_response_time, times


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_lists_have_the_count_extremes_and_histogram_of_single_requests(lists: list[list[float]]) -> None:
    many, single = in_lists(*lists), one_by_one(*lists)
    assert figures(many.get(NAME, METHOD)) == figures(single.get(NAME, METHOD))
    assert figures(many.total) == figures(single.total)


@given(VALUES)
def test_the_sum_is_that_of_single_requests(values: list[float]) -> None:
    many, single = in_lists(values), one_by_one(values)
    assert many.total.total_response_time == pytest.approx(single.total.total_response_time)


def test_requests_count_in_the_second_in_which_they_are_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    stats = RequestStats()
    for at in (1_000.2, 1_000.9, 1_001.1):
        monkeypatch.setattr(locust_rows.clock, "wall", lambda at=at: at)
        add_latencies(stats, NAME, np.array([1.0, 2.0]))
    assert dict(stats.get(NAME, METHOD).num_reqs_per_sec) == {1_000: 4, 1_001: 2}
    assert (dict(stats.total.num_reqs_per_sec), stats.total.last_request_timestamp) == ({1_000: 4, 1_001: 2}, 1_001.1)


def test_tenths_are_kept_below_ten_milliseconds_and_whole_ones_above() -> None:
    found = sorted(in_lists([0.04, 0.26, 9.94, 9.96, 10.4, 99.6, 147.0, 3_432.0]).total.response_times)
    assert found == [0.0, 0.3, 9.9, 10, 100, 150, 3_400]


def test_no_decision_leaves_no_row() -> None:
    stats = in_lists([])
    assert (list(stats.entries), stats.total.num_requests) == ([], 0)


def test_missing_decisions_are_failures_with_their_number() -> None:
    stats = in_lists([1.0, 2.0])
    for count in (3, 0, -1, 4):
        add_missing(stats, NAME, count)
    (error,) = stats.errors.values()
    assert (error.name, error.method, error.error, error.occurrences) == (NAME, METHOD, MISSING, 7)
    assert [figures(one)[:2] for one in (stats.get(NAME, METHOD), stats.total)] == [(2, 7), (2, 7)]
    assert sum(stats.total.num_fail_per_sec.values()) == 7
