"""The search for the knee: the highest rate that is sustained, and what limits it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.knee import PRECISION, RECOVER_SECONDS, SETTLE_SECONDS, KneeSearch, Probed
from loadtests.outcome import Knee
from loadtests.shapes import Span

RATE = 100_000.0
HEALTHY = Probed(asked=100.0, offered=100.0, achieved=100.0, p99_ms=10.0, missing=0, lag_p99_ms=1.0)


def a_search(*, wards: int = 1_000, seconds: float | None = 5.0) -> KneeSearch:
    """Return a search up to a hundred thousand events a second."""
    return KneeSearch(rate=RATE, wards=wards, slo_ms=50.0, lag_ms_max=10.0, cpu_share_max=0.9, seconds=seconds)


def searched(search: KneeSearch, *, pipeline: float = 1e12, generator: float = 1e12) -> list[float]:
    """Let a search find what a pipeline and a generator of known capacity can; return the rates tried."""
    elapsed, tried = 0.0, list[float]()
    while not search.is_over(elapsed):
        rate = search.rate_at(elapsed)
        elapsed = search.current.stop
        tried.append(rate)
        p99 = 10.0 if rate <= pipeline else 10_000.0
        search.judge(Probed(rate, rate, min(rate, generator), p99, missing=0, lag_p99_ms=1.0), elapsed=elapsed)
        assert len(tried) < 40
    return tried


@given(st.floats(0.07, 1.0))
def test_the_capacity_of_a_pipeline_is_found_to_within_five_in_a_hundred(share: float) -> None:
    search, capacity = a_search(), share * RATE
    tried = searched(search, pipeline=capacity)
    knee = search.knee()
    assert knee.events_per_second is not None
    # To that, and to one of a thousand users.
    assert knee.events_per_second <= capacity <= knee.events_per_second * (1 + PRECISION) + RATE / 1_000
    assert len(set(tried)) <= 12


@given(st.floats(0.1, 0.95), st.sampled_from([1, 3, 10, 100]))
def test_the_knee_is_a_rate_that_was_tried_however_few_users_there_are(share: float, wards: int) -> None:
    search = a_search(wards=wards)
    tried = searched(search, pipeline=share * RATE)
    knee = search.knee()
    found = {round(one, 6) for one in (knee.events_per_second, knee.not_sustained) if one is not None}
    assert found <= {round(one, 6) for one in tried}
    assert max(map(tried.count, tried)) <= 2


@given(st.floats(0.1, 0.95))
def test_with_few_users_the_knee_is_found_to_within_one_of_them(share: float) -> None:
    search = a_search(wards=20)
    searched(search, pipeline=share * RATE)
    found = search.knee().events_per_second
    assert found is not None
    assert found <= share * RATE < found * (1 + PRECISION) + RATE / 20


def test_a_pipeline_without_a_limit_sustains_all_that_was_asked_for() -> None:
    search = a_search()
    assert searched(search)[-1] == RATE
    assert search.knee() == Knee(
        events_per_second=RATE,
        not_sustained=None,
        limited_by="rate",
        reason="the highest rate asked for, 100,000 events/s, was sustained",
    )


def test_a_pipeline_that_sustains_nothing_has_no_knee() -> None:
    search = a_search()
    tried = searched(search, pipeline=1.0)
    knee = search.knee()
    assert (len(tried), knee.events_per_second, knee.not_sustained) == (2, None, tried[0])
    assert knee.limited_by == "pipeline"


def test_a_generator_that_cannot_make_the_load_is_said_to_be_the_limit() -> None:
    search = a_search()
    searched(search, generator=30_000.0)
    knee = search.knee()
    assert knee.events_per_second == pytest.approx(30_000.0, rel=0.06)
    assert (knee.limited_by, knee.reason.endswith("of what was due was sent")) == ("generator", True)


@pytest.mark.parametrize(
    ("probed", "limited_by", "reason"),
    [
        (Probed(100.0, 100.0, 100.0, 10.0, 0, 10.5), "generator", "schedule lag p99 10.5 ms"),
        (Probed(100.0, 100.0, 98.0, 10.0, 0, 1.0), "generator", "98.0% of what was due was sent"),
        (Probed(100.0, 100.0, 100.0, 10.0, 1_234, 1.0), "pipeline", "1,234 decisions did not come"),
        (Probed(100.0, 100.0, 100.0, None, 0, 1.0), "pipeline", "no decision came"),
        (Probed(100.0, 100.0, 100.0, 50.1, 0, 1.0), "pipeline", "p99 50.1 ms is above the SLO of 50 ms"),
        (Probed(100.0, 100.0, 98.0, 99.0, 5, 99.0), "generator", "schedule lag p99 99.0 ms"),
        (Probed(100.0, 98.5, 98.5, 10.0, 0, 1.0), "generator", "98.5% of what was asked for was offered"),
        (Probed(100.0, 0.0, 0.0, None, 0, None), "generator", "0.0% of what was asked for was offered"),
        (replace(HEALTHY, cpu_share=0.91), "generator", "a worker was saturated: 91% of a processor"),
        (
            replace(HEALTHY, worse=("hits 0.4 is worse", "misses 3 is worse")),
            "pipeline",
            "hits 0.4 is worse; misses 3 is worse",
        ),
    ],
)
def test_why_a_rate_is_not_sustained_is_said(probed: Probed, limited_by: str, reason: str) -> None:
    search = a_search()
    search.judge(probed, elapsed=search.current.stop)
    search.judge(probed, elapsed=search.current.stop)
    knee = search.knee()
    assert (knee.limited_by, knee.reason) == (limited_by, reason)


def test_one_probe_that_something_else_spoiled_is_repeated_and_stops_nothing() -> None:
    search, spoiled = a_search(), Probed(100.0, 100.0, 100.0, 10.0, 0, 99.0)
    first = search.rate_at(0.0)
    search.judge(spoiled, elapsed=20.0)
    again = search.rate_at(20.0)
    search.judge(HEALTHY, elapsed=40.0)
    search.judge(spoiled, elapsed=60.0)
    assert (again, search.knee().not_sustained) == (first, None)
    assert search.knee().events_per_second == first


def test_decisions_out_of_order_count_for_the_probe_in_which_they_came() -> None:
    search = a_search()
    first, second = search.rate_at(0.0), replace(HEALTHY, out_of_order=5)
    search.judge(replace(HEALTHY, out_of_order=3), elapsed=20.0)
    search.judge(second, elapsed=40.0)
    assert search.knee().not_sustained == first
    assert search.knee().reason == "2 decisions came out of order"
    again = a_search()
    again.judge(second, elapsed=20.0)
    again.judge(second, elapsed=40.0)
    assert again.knee().events_per_second == first


def test_the_best_probe_is_that_of_the_knee() -> None:
    search = a_search()
    assert search.best is None
    search.judge(HEALTHY, elapsed=20.0)
    measured = search.best
    search.judge(replace(HEALTHY, missing=1), elapsed=40.0)
    assert measured == search.best == Span("6,200/s", SETTLE_SECONDS, SETTLE_SECONDS + 5.0)


@pytest.mark.parametrize(
    "probed", [HEALTHY, Probed(100.0, 100.0, 99.0, 50.0, 0, 10.0), Probed(100.0, 100.0, 100.0, 1.0, 0, None)], ids=str
)
def test_a_rate_at_its_limits_is_sustained(probed: Probed) -> None:
    search = a_search()
    search.judge(probed, elapsed=search.current.stop)
    assert search.knee().events_per_second == pytest.approx(RATE / 16, rel=0.02)
    assert not search.is_over(search.current.stop)


def test_rates_double_until_one_is_not_sustained_and_then_the_gap_is_halved() -> None:
    shares = [round(rate / RATE, 3) for rate in searched(a_search(wards=1_600), pipeline=0.7 * RATE)]
    assert shares[:9] == [0.062, 0.125, 0.25, 0.5, 1.0, 1.0, 0.75, 0.75, 0.625]


def test_a_probe_is_measured_once_it_has_settled_and_then_waited_for() -> None:
    search = a_search()
    stop = SETTLE_SECONDS + 5.0
    assert search.current == Span(search.current.name, SETTLE_SECONDS, stop)
    assert [search.is_waiting(at) for at in (0.0, stop - 0.1, stop, stop + 99.0)] == [False, False, True, True]
    assert [search.has_waited(at) for at in (stop, stop + RECOVER_SECONDS - 0.1, stop + RECOVER_SECONDS)] == [
        False, False, True,
    ]  # fmt: skip
    assert [search.wards_at(at) for at in (0.0, stop - 0.1, stop)] == [62, 62, 0]


def test_the_next_probe_begins_when_the_last_was_judged() -> None:
    search = a_search()
    search.judge(HEALTHY, elapsed=20.0)
    found = [(one.start, one.stop) for one in search.spans(0.0)]
    assert found == [(0.0, 8.0), (20.0, 28.0)]
    assert [search.is_waiting(20.0), search.wards_at(21.0), search.rate_at(10.0)] == [False, 124, 0.0]


def test_the_events_asked_for_are_those_of_the_probes() -> None:
    search = a_search()
    search.judge(HEALTHY, elapsed=20.0)
    low, high = search.rate_at(0.0), search.rate_at(20.0)
    assert (low, high) == (6_200.0, 12_400.0)
    assert search.events(0.0, 100.0) == pytest.approx(8 * (low + high))
    assert search.events(6.0, 22.0) == pytest.approx(2 * (low + high))


def test_once_found_nothing_is_waited_for() -> None:
    search = a_search()
    searched(search, pipeline=1.0)
    assert (search.is_over(0.0), search.is_waiting(1e9)) == (True, False)
