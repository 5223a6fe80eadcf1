"""A load test beside earlier ones: a verdict on regression that knows the noise.

How a change is told from noise is said in `noise`, and whose method it is. What cannot be compared,
or proves too little, is inconclusive with its reason: nothing passes in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isclose
from statistics import median

import msgspec

from loadtests.outcome import LoadReport, Window
from loadtests.reporting.noise import (
    RUNS_MIN,
    WINDOWS_MIN,
    Change,
    Figure,
    Outcome,
    change_by_runs,
    change_by_windows,
)

SAME_RATE = 0.01  # our choice, a share: a load is invalid where it misses its rate by more
SAME_LENGTH = 0.10  # our choice, a share: a shape in another length changes its rate at another pace
# What the speed of a load rests on. The version of pulsetrain is what some compare by it.
VERSIONS = ("python", "numpy", "msgspec", "confluent-kafka")
_WORST_FIRST: tuple[Outcome, ...] = ("regressed", "inconclusive", "better", "same")
_Values = dict[str, Callable[[Window], float | None]]
_LATENCIES: _Values = {
    "p50_ms": lambda window: window.p50,
    "p95_ms": lambda window: window.p95,
    "p99_ms": lambda window: window.p99,
}
_FIGURES: _Values = {**_LATENCIES, "achieved_per_second": lambda window: window.achieved_per_second}


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a load test beside earlier ones.

    `reasons` say why it is no `same` or `better`; `changes` hold each figure that was compared, and
    `runs` is the number of earlier runs it was compared with.
    """

    outcome: Outcome
    runs: int
    reasons: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    def told(self) -> dict[str, str]:
        """Return it in words, as `LoadReport.baseline` holds it for all to show."""
        told = {"outcome": self.outcome, "runs": str(self.runs)}
        if self.reasons:
            told["reasons"] = "; ".join(self.reasons)
        return told | {change.name: f"{change.outcome}: {change.text}" for change in self.changes}


def compare(report: LoadReport, earlier: Sequence[LoadReport]) -> Comparison:
    """Return the verdict on a load test beside one or several earlier ones.

    The worst finding wins: regressed, inconclusive, better, same. More events that failed or
    decisions that are missing than in any earlier run are always a regression; where nobody can
    know what is missing, that is not compared.
    """
    # The same line given twice would say that runs do not differ at all.
    runs = [one for place, one in enumerate(earlier) if one not in earlier[:place]]
    if hindrances := _hindrances(report, runs):
        return Comparison(outcome="inconclusive", runs=len(runs), reasons=tuple(hindrances))
    known = [name for name in ("missing", "failed") if all(_has_count(one, name) for one in (report, *runs))]
    changes = [_counted(report, runs, name) for name in known]
    changes += [_change(report, runs, name) for name in _FIGURES]
    found = {change.outcome for change in changes}
    outcome = next(one for one in _WORST_FIRST if one in found)
    reasons = [f"{one.name}: {one.text}" for one in changes if one.outcome in ("regressed", "inconclusive")]
    return Comparison(outcome=outcome, runs=len(runs), reasons=tuple(reasons), changes=tuple(changes))


def _hindrances(report: LoadReport, runs: Sequence[LoadReport]) -> list[str]:
    """Return why nothing can be compared, if so."""
    if not runs:
        return ["there is no earlier run to compare with"]
    if report.verdict == "invalid":
        return ["this run is invalid: " + "; ".join(report.reasons)]
    named = [(f"baseline {number}" if len(runs) > 1 else "the baseline", run) for number, run in enumerate(runs, 1)]
    found = [f"{name} is invalid: {'; '.join(run.reasons)}" for name, run in named if run.verdict == "invalid"]
    return found + [f"{name} has {gap}" for name, run in named for gap in _differences(report, run)]


def _differences(report: LoadReport, run: LoadReport) -> list[str]:
    found = [
        f"another {name}: {getattr(run, name)}, now {getattr(report, name)}"
        for name in ("scenario", "shape", "consumer")
        if getattr(run, name) != getattr(report, name)
    ]
    if not isclose(run.asked_per_second, report.asked_per_second, rel_tol=SAME_RATE):
        found.append(f"another rate: {run.asked_per_second:,.0f} events/s, now {report.asked_per_second:,.0f}")
    if report.shape != "constant" and not isclose(run.seconds, report.seconds, rel_tol=SAME_LENGTH):
        found.append(f"another length: {run.seconds:,.0f} s, now {report.seconds:,.0f}")
    return found + [
        f"another {name}: {run.versions.get(name, 'unknown')}, now {report.versions.get(name, 'unknown')}"
        for name in VERSIONS
        if run.versions.get(name) != report.versions.get(name)
    ]


def _has_count(report: LoadReport, name: str) -> bool:
    return getattr(report.delivery, name) is not None


def _counted(report: LoadReport, runs: Sequence[LoadReport], name: str) -> Change:
    before = max(int(getattr(run.delivery, name)) for run in runs)
    now = int(getattr(report.delivery, name))
    outcome: Outcome = "regressed" if now > before else "better" if now < before else "same"
    text = f"{before:,} before, {now:,} now"
    return Change(name=name, outcome=outcome, before=float(before), now=float(now), text=text)


def _change(report: LoadReport, runs: Sequence[LoadReport], name: str) -> Change:
    figure = Figure(name, is_better_higher=name not in _LATENCIES)
    now, before = _values(report, name), [_values(run, name) for run in runs]
    if len(runs) < RUNS_MIN:
        return change_by_windows(figure, [value for values in before for value in values], now)
    fewest = min(map(len, (now, *before)))
    if fewest < WINDOWS_MIN:
        few = f"a run has {fewest} windows; it takes {WINDOWS_MIN}: let it last longer"
        return Change(name=name, outcome="inconclusive", text=few)
    return change_by_runs(figure, [median(values) for values in before], median(now))


def _values(report: LoadReport, name: str) -> list[float]:
    values = (_FIGURES[name](window) for window in report.windows)
    return [value for value in values if value is not None]
