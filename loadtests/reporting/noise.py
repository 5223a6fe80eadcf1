"""Whether a figure moved further than noise moves it: the statistics behind the comparison with a baseline.

Windows of one run hang together, and runs of the same thing on a shared machine differ by about
20 % (engineering/brokers.md). So windows alone prove nothing about runs: with one or two earlier
runs a change must be larger than two runs differ *and* be borne out by the windows; with three or
more the earlier runs say themselves how much runs differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from statistics import NormalDist, mean, median, stdev
from typing import Literal

import msgspec
from scipy.stats import mannwhitneyu, t

Outcome = Literal["same", "better", "regressed", "inconclusive"]
"""What came of a comparison; `inconclusive` is never to be taken for `same`."""

RUNS_DIFFER = 0.20  # measured: rates of the same run on a shared machine (engineering/brokers.md)
FALSE_ALARMS_MAX = 0.05  # our choice: one comparison of unchanged runs in twenty
P_MAX = 0.01  # our choice: four figures are compared, and their windows are not independent
WINDOWS_MIN = 5  # the fewest of which two sets can give a one-sided p below 0.01: 1 in 252
RUNS_MIN = 3  # our choice: two runs give a spread, but no idea how good that is
MEASURABLE_MIN = 1e-6  # ms, or events a second; our choice: less was not measured, and has no ratio to anything
FIGURES = 4  # p50, p95, p99 and the rate, each of which may give a false alarm
CHANGE_MIN = 0.05  # our choice: nobody mends less, and a histogram errs by 0.8 %
DOUBLING = 2.0  # our choice: a comparison that would miss it compares nothing


class Figure(msgspec.Struct, frozen=True):
    """What is compared: its name, and whether more of it is better."""

    name: str
    is_better_higher: bool


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a figure moved.

    `change` is a share of `before`: 0.25 is a quarter more. `p` is that of the test over the
    windows; `low` and `high` are the values between which noise alone may leave it.
    """

    name: str
    outcome: Outcome
    before: float | None = None
    now: float | None = None
    change: float | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None
    text: str = ""


def change_by_windows(figure: Figure, before: Sequence[float], now: Sequence[float]) -> Change:
    """Compare the windows of one or two earlier runs with those of this one.

    Mann and Whitney's one-sided U test (On a test of whether one of two random variables is
    stochastically larger than the other, 1947) tells whether the windows moved. It takes them for
    independent, which neighbours are not, and knows nothing of runs, so it never decides alone: the
    medians must also differ by more than `two_runs_differ`. Worse by more than RUNS_DIFFER, and not
    by so much, is `inconclusive`: a change and noise look alike there.
    """
    if min(len(before), len(now)) < WINDOWS_MIN:
        few = f"{len(before)} windows before and {len(now)} now, where it takes {WINDOWS_MIN}: let it last longer"
        return Change(name=figure.name, outcome="inconclusive", text=few)
    was, is_now = median(before), median(now)
    if min(was, is_now) < MEASURABLE_MIN:
        return _without_ratio(figure, was, is_now)
    rise = is_now / was
    p = float(mannwhitneyu(now, before, alternative="greater" if rise > 1 else "less").pvalue)
    loss, bound = (1 / rise if figure.is_better_higher else rise), two_runs_differ()
    outcome: Outcome = "same"
    if max(loss, 1 / loss) > bound and p < P_MAX:
        outcome = "regressed" if loss > 1 else "better"
    elif loss > 1 + RUNS_DIFFER:
        outcome = "inconclusive"
    change = Change(name=figure.name, outcome=outcome, before=was, now=is_now, change=rise - 1, p=p)
    way_out = "; three or more earlier runs would tell" if outcome == "inconclusive" else ""
    text = f"{_moved(change)}, p {_p_text(p)}, where two runs differ by up to {bound - 1:.0%}{way_out}"
    return msgspec.structs.replace(change, low=was / bound, high=was * bound, text=text)


def change_by_runs(figure: Figure, before: Sequence[float], now: float) -> Change:
    """Compare earlier runs, each by its median over windows, with this one's.

    It takes RUNS_MIN of them. The noise is what they differ by: the prediction interval for one more observation
    of a normal distribution whose mean and spread are estimated (Hahn and Meeker, Statistical
    Intervals, 1991, chapter 4), here of logarithms, as latencies are skewed and compared by factors.
    Each side has FALSE_ALARMS_MAX, shared out among the FIGURES (Bonferroni). Worse by more than
    RUNS_DIFFER, where the interval is so wide that it may as well be a doubling, is `inconclusive`.
    """
    if min(*before, now) < MEASURABLE_MIN:
        return _without_ratio(figure, median(before), now)
    logs, runs = [log(value) for value in before], len(before)
    quantile = float(t.ppf(1 - FALSE_ALARMS_MAX / FIGURES, runs - 1))
    half, was = quantile * stdev(logs) * sqrt(1 + 1 / runs), exp(mean(logs))
    loss = log(was / now) if figure.is_better_higher else log(now / was)
    outcome: Outcome = "same"
    if abs(loss) > max(half, log(1 + CHANGE_MIN)):
        outcome = "regressed" if loss > 0 else "better"
    elif loss > log(1 + RUNS_DIFFER) and loss + half > log(DOUBLING):
        outcome = "inconclusive"
    low, high = was * exp(-half), was * exp(half)
    change = Change(name=figure.name, outcome=outcome, before=was, now=now, change=now / was - 1, low=low, high=high)
    way_out = "; it may be a doubling: give more runs" if outcome == "inconclusive" else ""
    text = f"{_moved(change)}, where {runs} runs allow {low:,.4g} to {high:,.4g}{way_out}"
    return msgspec.structs.replace(change, text=text)


def two_runs_differ() -> float:
    """Return the factor beyond which two unchanged runs seldom differ: 1.74.

    Of two normal logarithms, each with a spread of RUNS_DIFFER, one pair in twenty differs by more,
    half of them for the worse. With three latencies whose windows differ besides, and the test over
    them, 4.1 % of 4,000 simulated pairs of unchanged runs were called regressed.
    """
    return exp(NormalDist().inv_cdf(1 - FALSE_ALARMS_MAX / 2) * sqrt(2) * RUNS_DIFFER)


def _without_ratio(figure: Figure, before: float, now: float) -> Change:
    outcome: Outcome = "same" if before == now else "inconclusive"
    text = f"{before:,.4g} before, {now:,.4g} now: of next to nothing there is no share"
    return Change(name=figure.name, outcome=outcome, before=before, now=now, text=text)


def _moved(change: Change) -> str:
    assert change.before is not None
    assert change.now is not None
    assert change.change is not None
    return f"{change.before:,.4g} before, {change.now:,.4g} now ({change.change:+.1%})"


def _p_text(p: float) -> str:
    return f"{p:.2g}" if p >= 0.001 else "below 0.001"
