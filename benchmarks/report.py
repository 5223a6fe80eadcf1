"""What was measured, as tables for a reader and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from benchmarks.goals import goal_of
from benchmarks.measuring import Findings


def print_findings(findings: Findings, console: Console) -> None:
    """Print costs, figures beside their targets, and what could not be measured."""
    if findings.costs:
        console.print(_costs_table(findings))
    if findings.figures:
        console.print(_figures_table(findings))
    for remark in findings.remarks:
        console.print(remark, style="yellow")


def as_json(findings: Findings) -> dict[str, object]:
    """Return the same as values for JSON, and on what machine it was measured."""
    return {
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processors": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
        "costs": {
            name: {
                "events": cost.events,
                "cpu_seconds": cost.cpu_seconds,
                "wall_seconds": cost.wall_seconds,
                "events_per_cpu_second": cost.events_per_cpu_second,
            }
            for name, cost in findings.costs.items()
        },
        "figures": {name: dict(_figure(name, value)) for name, value in findings.figures.items()},
        "remarks": findings.remarks,
    }


def _figure(name: str, value: float) -> Iterator[tuple[str, object]]:
    yield "value", value
    goal = goal_of(name)
    if goal is not None:
        yield "target", str(goal)
        yield "met", goal.is_met(value)


def _costs_table(findings: Findings) -> Table:
    table = Table("what", title="Costs, the cheapest of several goes")
    for heading in ("events", "k events / CPU-s", "ns an event"):
        table.add_column(heading, justify="right")
    for name, cost in findings.costs.items():
        table.add_row(name, f"{cost.events:,}", f"{cost.events_per_cpu_second / 1e3:,.0f}", f"{cost.nanoseconds:,.0f}")
    return table


def _figures_table(findings: Findings) -> Table:
    table = Table("figure", title="Figures, ratios being medians of pairs")
    table.add_column("value", justify="right")
    table.add_column("target", justify="right")
    table.add_column("met")
    for name, value in findings.figures.items():
        goal = goal_of(name)
        met = "" if goal is None else "[green]yes[/]" if goal.is_met(value) else "[bold red]no[/]"
        table.add_row(name, f"{value:,.2f}", "" if goal is None else str(goal), met)
    return table
