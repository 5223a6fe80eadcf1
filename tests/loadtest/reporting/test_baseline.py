"""A load test beside earlier ones: what is found, what is noise, and what cannot be told."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loadtests.outcome import LoadDelivery, LoadReport, Window
from loadtests.reporting.baseline import Comparison, compare
from loadtests.reporting.noise import two_runs_differ
from tests.loadtest.reporting.reports import VERSIONS, a_report, windows

WINDOWS = 12  # a minute's
PAIRS = 200
WITHIN = 0.10  # the spread of a window's logarithm
KEPT = 0.5  # how much of a window's deviation the next one inherits


def wander(draws: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return how windows of a run deviate: an autoregressive series, as neighbours hang together."""
    fresh = draws.normal(0.0, WITHIN, WINDOWS)
    found = fresh.copy()
    for place in range(1, WINDOWS):
        found[place] = KEPT * found[place - 1] + np.sqrt(1 - KEPT**2) * fresh[place]
    return found


def a_run(draws: np.random.Generator, *, between: float, p99_factor: float = 1.0) -> LoadReport:
    """Return a run whose level differs from that of others by a spread of `between`."""
    level, shared = draws.normal(0.0, between), wander(draws)
    p50, p95, p99 = (np.exp(level + (shared + wander(draws)) / np.sqrt(2)) for _ in range(3))
    rates = 20_000.0 * (1 + draws.normal(0.0, 0.001, WINDOWS))
    rows = zip(rates, 6 * p50, 14 * p95, 16 * p99 * p99_factor, strict=True)
    return a_report(
        seed=int(draws.integers(2**31)),
        windows=tuple(Window(5 * place, *map(float, row)) for place, row in enumerate(rows)),
    )


def outcomes(*, between: float, baselines: int, p99_factor: float = 1.0, pairs: int = PAIRS) -> Counter[str]:
    """Return how often each outcome came of pairs that were simulated with a fixed seed."""
    draws = np.random.default_rng(20260105)
    return Counter(
        compare(
            a_run(draws, between=between, p99_factor=p99_factor),
            [a_run(draws, between=between) for _ in range(baselines)],
        ).outcome
        for _ in range(pairs)
    )


@pytest.mark.parametrize("between", [0.0, 0.07, 0.14, 0.2])
@pytest.mark.parametrize("baselines", [1, 3, 5])
def test_unchanged_runs_seldom_regress(between: float, baselines: int) -> None:
    # Some four in a hundred do where the spread is largest: of few pairs more than five can.
    pairs = 1_000 if between == 0.2 and baselines == 1 else PAIRS
    assert outcomes(between=between, baselines=baselines, pairs=pairs)["regressed"] < 0.05 * pairs


@pytest.mark.parametrize(("baselines", "least"), [(1, 0.8), (3, 0.85), (5, 0.9)])
def test_unchanged_runs_that_differ_little_are_mostly_the_same(baselines: int, least: float) -> None:
    assert outcomes(between=0.07, baselines=baselines)["same"] >= least * PAIRS


@pytest.mark.parametrize(("baselines", "least"), [(1, 0.85), (3, 0.65), (5, 0.98)])
def test_a_doubled_p99_is_found(baselines: int, least: float) -> None:
    assert outcomes(between=0.07, baselines=baselines, p99_factor=2.0)["regressed"] >= least * PAIRS


@pytest.mark.parametrize("between", [0.0, 0.07, 0.2])
@pytest.mark.parametrize("baselines", [1, 3, 5])
def test_a_doubled_p99_hardly_ever_passes_in_silence(between: float, baselines: int) -> None:
    found = outcomes(between=between, baselines=baselines, p99_factor=2.0)
    assert found["regressed"] + found["inconclusive"] >= 0.95 * PAIRS


def reasons(comparison: Comparison) -> str:
    """Return the reasons of what could not be compared."""
    assert comparison.outcome == "inconclusive"
    return "; ".join(comparison.reasons)


def test_a_run_is_the_same_as_itself() -> None:
    assert compare(a_report(), [a_report()]).outcome == "same"


def test_a_doubled_latency_regresses_and_says_by_how_much() -> None:
    now = a_report(windows=windows(*[12.0, 12.1, 12.2, 12.3, 12.4, 12.5]))
    before = a_report(windows=windows(*[6.0, 6.1, 6.2, 6.3, 6.4, 6.5]))
    found = compare(now, [before])
    p99 = next(one for one in found.changes if one.name == "p99_ms")
    assert (found.outcome, p99.before, p99.now, p99.p, p99.text) == (
        "regressed",
        pytest.approx(18.75),
        pytest.approx(36.75),
        pytest.approx(1 / 924),
        "18.75 before, 36.75 now (+96.0%), p 0.0011, where two runs differ by up to 74%",
    )
    assert compare(before, [now]).outcome == "better"


def test_a_third_more_cannot_be_told_from_noise_with_one_earlier_run() -> None:
    found = compare(a_report(windows=windows(*[8.0] * 12)), [a_report(windows=windows(*[6.0] * 12))])
    assert reasons(found).startswith(
        "p50_ms: 6 before, 8 now (+33.3%), p below 0.001, where two runs differ by up to 74%; "
        "three or more earlier runs would tell"
    )


def test_a_third_more_is_found_where_the_earlier_runs_agree() -> None:
    earlier = [a_report(seed=seed, windows=windows(*[6.0 + seed / 50] * 12)) for seed in range(5)]
    found = compare(a_report(windows=windows(*[8.0] * 12)), earlier)
    assert (found.outcome, found.runs, found.reasons[0]) == (
        "regressed",
        5,
        "p50_ms: 6.04 before, 8 now (+32.5%), where 5 runs allow 5.92 to 6.162",
    )


def test_less_than_anybody_mends_is_the_same_however_well_the_earlier_runs_agree() -> None:
    earlier = [a_report(seed=seed, windows=windows(*[6.0] * 12)) for seed in range(3)]
    found = [compare(a_report(windows=windows(*[one] * 12)), earlier).outcome for one in (6.2, 6.5)]
    assert found == ["same", "regressed"]


def test_earlier_runs_so_unlike_that_they_would_hide_a_doubling_prove_nothing() -> None:
    earlier = [a_report(seed=seed, windows=windows(*[one] * 12)) for seed, one in enumerate((3.0, 6.0, 12.0))]
    now = a_report(windows=windows(*[8.0] * 12))
    assert "it may be a doubling: give more runs" in reasons(compare(now, earlier))


def test_a_lower_rate_regresses() -> None:
    slower = a_report(windows=windows(*[6.0] * 12, rate=10_000.0))
    usual = a_report(windows=windows(*[6.0] * 12, rate=20_000.0))
    assert [compare(slower, [usual]).outcome, compare(usual, [slower]).outcome] == ["regressed", "better"]


def test_the_same_line_given_thrice_is_one_run() -> None:
    assert compare(a_report(), [a_report()] * 3).runs == 1


@pytest.mark.parametrize("name", ["missing", "failed"])
def test_one_more_that_is_lost_is_a_regression_however_fast_the_rest(name: str) -> None:
    delivery = msgspec.structs.replace(LoadDelivery(seen=10), **{name: 3})
    earlier = [
        a_report(seed=seed, delivery=msgspec.structs.replace(delivery, **{name: one}))
        for seed, one in enumerate((0, 2))
    ]
    fast = a_report(delivery=delivery, windows=windows(*[1.0] * 12))
    found = compare(fast, earlier)
    assert (found.outcome, found.reasons) == ("regressed", (f"{name}: 2 before, 3 now",))


@pytest.mark.parametrize(("before", "now"), [(None, None), (0, None), (None, 3)])
def test_what_nobody_can_know_is_not_compared(before: int | None, now: int | None) -> None:
    earlier, later = (a_report(delivery=LoadDelivery(seen=10, missing=one)) for one in (before, now))
    found = compare(later, [earlier])
    assert (found.outcome, "missing" in found.told()) == ("same", False)


def test_a_load_without_a_decision_is_a_regression_where_decisions_are_missing() -> None:
    silent = a_report(windows=(), delivery=LoadDelivery(expected=9, missing=9))
    assert compare(silent, [a_report()]).outcome == "regressed"


@pytest.mark.parametrize("baselines", [1, 3])
def test_too_few_windows_prove_nothing(baselines: int) -> None:
    earlier = [a_report(seed=seed) for seed in range(baselines)]
    assert "windows" in reasons(compare(a_report(windows=windows(6.0, 6.0, 6.0, 6.0)), earlier))


def test_windows_without_a_decision_do_not_count() -> None:
    empty = tuple(Window(5 * place, 20_000.0, None, None, None) for place in range(20))
    assert "p50_ms: 12 windows before and 0 now" in reasons(compare(a_report(windows=empty), [a_report()]))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scenario": "news2-v1"}, "the baseline has another scenario: news2-v1, now sepsis-v1"),
        ({"shape": "spike"}, "the baseline has another shape: spike, now constant"),
        ({"consumer": "external"}, "the baseline has another consumer: external, now reference"),
        ({"asked_per_second": 19_000.0}, "the baseline has another rate: 19,000 events/s, now 20,000"),
        ({"versions": {**VERSIONS, "numpy": "1.0"}}, "the baseline has another numpy: 1.0, now 2.4.6"),
        ({"versions": {}}, "the baseline has another python: unknown, now 3.11.9"),
        ({"verdict": "invalid", "reasons": ("a", "b")}, "the baseline is invalid: a; b"),
    ],
)
def test_what_is_not_the_same_thing_is_not_compared(changes: dict[str, Any], why: str) -> None:
    assert reasons(compare(a_report(), [a_report(**changes)])).startswith(why)


def test_one_baseline_of_several_that_is_another_thing_is_named() -> None:
    found = compare(a_report(), [a_report(seed=1), a_report(seed=2), a_report(scenario="x")])
    assert reasons(found) == "baseline 3 has another scenario: x, now sepsis-v1"


def test_a_shape_in_another_length_is_another_load() -> None:
    ladder = a_report(shape="ladder")
    assert reasons(compare(ladder, [a_report(shape="ladder", seconds=600.0)])) == (
        "the baseline has another length: 600 s, now 60"
    )


def test_an_invalid_run_proves_nothing() -> None:
    assert reasons(compare(a_report(verdict="invalid", reasons=("lagged",)), [a_report()])) == (
        "this run is invalid: lagged"
    )


def test_without_an_earlier_run_nothing_is_told() -> None:
    assert reasons(compare(a_report(), [])) == "there is no earlier run to compare with"


def test_it_is_told_in_words_for_a_report_to_hold() -> None:
    told = compare(a_report(), [a_report()]).told()
    assert (told["outcome"], told["runs"], told["missing"], "reasons" in told) == (
        "same",
        "1",
        "same: 0 before, 0 now",
        False,
    )
    assert a_report(baseline=told).baseline == told


def test_two_runs_differ_by_the_bound_of_their_noise() -> None:
    draws = np.random.default_rng(7)
    ratios = np.exp(draws.normal(0, 0.2, 100_000) - draws.normal(0, 0.2, 100_000))
    assert np.mean(ratios > two_runs_differ()) == pytest.approx(0.025, abs=0.002)


@example([1e6] * 5, [5e-324] * 5, 1)
@example([5e-324] * 5, [1e6] * 5, 3)
@given(
    st.lists(st.floats(0.0, 1e6), min_size=5, max_size=12),
    st.lists(st.floats(0.0, 1e6), min_size=5, max_size=12),
    st.integers(1, 4),
)
def test_any_windows_can_be_compared(before: list[float], now: list[float], baselines: int) -> None:
    earlier = [a_report(seed=seed, windows=windows(*before)) for seed in range(baselines)]
    found = compare(a_report(windows=windows(*now)), earlier)
    worse = {one.outcome for one in found.changes}
    assert found.outcome in worse
    assert bool(found.reasons) == (found.outcome in ("regressed", "inconclusive"))
