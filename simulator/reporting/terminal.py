"""A run that is over, on a terminal: the verdict, the score, and how to repeat it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from simulator.core.scenario import Metric, Scenario
from simulator.harness.result import Report
from simulator.scoring import WIRE_METRICS, Requirement, parse_requirement

_STYLES = {"pass": "green", "fail": "red", "inconclusive": "yellow"}
_FILE_COLUMNS = 120  # our choice: as wide as our code, where no terminal says how wide it is
_WIDE_COLUMNS = 110  # our choice: narrower, and too little is left of a meaning beside its unit
_SIZES = ("subjects", "events", "labels", "decisions")
_VALUE = 1  # the column that is aligned to the right
_NO_UNIT = "1"  # UCUM's unit of what has none
_SHA_DIGITS = 12  # our choice: enough to tell runs apart by eye


class StdoutConsole(Console):
    """A console that leaves it to the command what a reader who leaves means."""

    def on_broken_pipe(self) -> None:
        """Let BrokenPipeError through; rich would exit with 1, a failed run's code."""
        raise


def stdout_console() -> Console:
    """Return the console of stdout; it leaves out colour where none is wanted."""
    is_wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return StdoutConsole(highlight=False, width=_FILE_COLUMNS if is_wide else None)


def print_run(report: Report, scenario: Scenario, *, requirements: Sequence[str], console: Console) -> None:
    """Print a report; the last line is the one that repeats the run."""
    known = [metric.name for metric in scenario.metrics]
    required = [parse_requirement(text, known=known) for text in requirements]
    console.print(_headline(report), soft_wrap=not console.is_terminal)
    for reason in report.reasons:
        console.print(Text.assemble(("  - ", _STYLES[report.verdict]), reason), soft_wrap=not console.is_terminal)
    console.print()
    is_wide = not console.is_terminal or console.width >= _WIDE_COLUMNS
    for line in _score_lines(report, scenario, required, with_meaning=is_wide):
        if console.is_terminal:
            console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            console.print(line, soft_wrap=True)  # a file has no edge to be cut at
    console.print()
    for line in _fact_lines(report):
        console.print(line, soft_wrap=not console.is_terminal)
    console.print("\n [dim]repeat it with")
    console.print(report.repeat, soft_wrap=True, markup=False)


def number_text(value: float | None) -> str:
    """Return a number as a reader wants it: three decimals at most, a dash for none."""
    if value is None:
        return "-"
    text = f"{value:,.3f}".rstrip("0").rstrip(".")
    return text if text not in ("0", "-0") or value == 0 else f"{value:.1e}"


def _headline(report: Report) -> Text:
    style = _STYLES[report.verdict]
    return Text.assemble(
        (f" {report.verdict.upper()} ", f"bold reverse {style}"),
        (f"  {report.scenario}", "bold"),
        f"  seed {report.seed}  ",
        (", ".join(f"{getattr(report, what):,} {what}" for what in _SIZES), "dim"),
    )


def _score_lines(
    report: Report, scenario: Scenario, required: Sequence[Requirement], *, with_meaning: bool
) -> list[Text]:
    """Return a table without meanings where the terminal is too narrow for them."""
    heading = [Text(name, style="dim") for name in ("score", "value", "unit", "required", "meaning")]
    measured = [_measured(one, report.score.get(one.name), required) for one in _worth_showing(scenario, required)]
    shown = len(heading) if with_meaning else len(heading) - 1
    return _aligned([row[:shown] for row in (heading, *measured)])


def _aligned(rows: Sequence[list[Text]]) -> list[Text]:
    """Return a line a row, every cell but the last as wide as its column."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    for place, column in enumerate(columns[:-1]):
        widest = max(cell.cell_len for cell in column)
        for cell in column:
            cell.align("right" if place == _VALUE else "left", widest)
    return [Text.assemble(" ", Text("  ").join(row)) for row in zip(*columns, strict=True)]


def _measured(metric: Metric, value: float | None, required: Sequence[Requirement]) -> list[Text]:
    return [
        Text(metric.name),
        Text(number_text(value), style="bold"),
        Text("" if metric.unit == _NO_UNIT else metric.unit, style="dim"),
        _conditions(metric, value, required),
        Text(metric.summary, style="dim"),
    ]


def _worth_showing(scenario: Scenario, required: Sequence[Requirement]) -> list[Metric]:
    """Return the metrics of the table: those of the wire are said below it, unless they are required."""
    wire = {metric.name for metric in WIRE_METRICS} - {one.name for one in required}
    return [metric for metric in scenario.metrics if metric.name not in wire]


def _conditions(metric: Metric, value: float | None, required: Sequence[Requirement]) -> Text:
    parts = [_condition(one, value) for one in required if one.name == metric.name]
    return Text(" ").join(parts)


def _condition(required: Requirement, value: float | None) -> Text:
    bound = f"{required.comparison} {required.bound:g}"
    if value is None:
        return Text(f"{bound} ?", style="yellow")
    return Text(f"{bound} ✓", style="green") if required.is_met(value) else Text(f"{bound} ✗", style="bold red")


def _fact_lines(report: Report) -> list[Text]:
    facts: dict[str, Text | str] = {
        "delivery": _delivery(report),
        "decisions": _decisions(report),
        "latency": _latency(report),
        "speed": _speed(report),
        "sha256": _digests(report),
    }
    return [Text.assemble((f" {name:<11}", "dim"), fact) for name, fact in facts.items() if fact]


def _delivery(report: Report) -> Text:
    delivery = report.delivery
    parts = [Text(f"{delivery.published:,} published, {delivery.received:,} received")]
    for count, what in (
        (delivery.lost, "lost"),
        (delivery.duplicated, "duplicated"),
        (delivery.reordered, "reordered"),
        (delivery.phantom, "phantom"),
    ):
        parts.append(Text(f"{count:,} {what}", style="bold red" if count else ""))
    if delivery.faults:
        parts.append(Text(f"{delivery.faults:,} faults injected", style="yellow"))
    return Text(", ").join(parts)


def _decisions(report: Report) -> str:
    counts = {
        "repeated": report.repeated_decisions,
        "with a made-up cause": report.phantom_decisions,
        "of another time": report.backdated_decisions + report.postdated_decisions,
        "dead letters": report.dead_letters,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _latency(report: Report) -> str:
    latency = report.latency_ms
    named = {"p50": latency.p50, "p95": latency.p95, "p99": latency.p99, "max": latency.max}
    return ", ".join(f"{name} {value:,.1f} ms" for name, value in named.items() if value is not None)


def _speed(report: Report) -> str:
    return (
        f"{report.events_per_second:,.0f} events/s, {report.wall_seconds:,.2f} s wall, {report.cpu_seconds:,.2f} s CPU"
    )


def _digests(report: Report) -> str:
    named = {"events": report.events_sha256, "labels": report.labels_sha256, "decisions": report.decisions_sha256}
    return ", ".join(f"{name} {digest[:_SHA_DIGITS]}" for name, digest in named.items())
