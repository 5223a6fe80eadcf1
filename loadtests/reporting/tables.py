"""Latencies and steps as CSV (RFC 4180), a heading first; an empty cell where nothing was measured, or can be known."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from loadtests.outcome import LoadReport, Quantiles, StepReport
from loadtests.reporting.rows import QUANTILES, LatencyRow

_LATENCY = ("latency", "count", *(f"{name}_ms" for name in QUANTILES))
_STEP = ("step", "start_seconds", "seconds", "asked_per_second", "offered_per_second", "achieved_per_second")
_STEP_LATENCY = tuple(f"{name}_ms" for name in QUANTILES)
_STEP_COUNTS = ("missing", "late", "patients")
_Cell = str | int | float | None


def latency_csv(rows: Iterable[LatencyRow]) -> str:
    """Return latencies, a kind a row; staleness is simulated."""
    return _csv(_LATENCY, ([row.name, row.quantiles.count, *_quantiles(row.quantiles)] for row in rows))


def steps_csv(report: LoadReport) -> str:
    """Return the steps, one a row, each with its score and the score at rest.

    So how the score falls as the rate rises can be drawn from it.
    """
    names = list(dict.fromkeys(name for step in report.steps for name in (*step.score, *step.score_at_rest)))
    scores = [column for name in names for column in (f"score.{name}", f"score_at_rest.{name}")]
    heading = (*_STEP, *_STEP_LATENCY, "schedule_lag_p99_ms", *_STEP_COUNTS, *scores)
    return _csv(heading, (_step(step, names) for step in report.steps))


def _step(step: StepReport, names: Sequence[str]) -> list[_Cell]:
    first: list[_Cell] = [step.name, *(getattr(step, name) for name in _STEP[1:])]
    counts: list[_Cell] = [getattr(step, name) for name in _STEP_COUNTS]
    scores = [value for name in names for value in (step.score.get(name), step.score_at_rest.get(name))]
    return [*first, *_quantiles(step.latency_ms), step.schedule_lag_ms.p99, *counts, *scores]


def _quantiles(quantiles: Quantiles) -> list[_Cell]:
    return [getattr(quantiles, name) for name in QUANTILES]


def _csv(heading: Sequence[str], rows: Iterable[Sequence[_Cell]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([heading, *rows])
    return text.getvalue()
