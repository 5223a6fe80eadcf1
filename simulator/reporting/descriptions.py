"""Scenarios and exports, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simulator.harness.describing import Description, EventDescription, Summary
from simulator.harness.exporting import Exported

_WIDE_COLUMNS = 80  # our choice: narrower, and too little is left of a summary beside the sizes


def print_summaries(summaries: Sequence[Summary], *, console: Console) -> None:
    """Print the scenarios, one a line; one that cannot be loaded with its error."""
    if not summaries:
        console.print("no scenario is installed.")
    # Rich would cut what must not wrap before it folds what may: a narrow terminal has no sizes.
    longest = max((len(one.id) for one in summaries), default=0)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold cyan", no_wrap=True, min_width=longest)
    table.add_column(overflow="fold")
    if console.width >= _WIDE_COLUMNS:
        table.add_column(style="dim", no_wrap=True)
    for one in summaries:
        meaning = Text(one.error, style="red") if one.error else Text(one.summary)
        sizes = [Text(one.sizes)] if len(table.columns) > 2 else []
        table.add_row(Text(one.id), meaning, *sizes)
    console.print(table)


def print_description(description: Description, *, console: Console) -> None:
    """Print all that there is to know of a scenario."""
    console.print(Text.assemble((description.id, "bold cyan"), f"  {description.summary}"))
    console.print(Text(f"default size: {description.sizes}", style="dim"))
    _print_section("parameters (--set NAME=VALUE)", _parameters(description), console)
    console.print(Text("\nevents", style="bold"))
    for event in description.events:
        _print_event(event, console)
    console.print(Text("\ndecisions", style="bold"))
    for decision in description.decisions:
        _print_event(decision, console)
    _print_section("labels (never published)", _pairs([(one.name, one.summary) for one in description.labels]), console)
    _print_section("scores (--require 'NAME>=NUMBER')", _scores(description), console)
    _print_section("consumers (--consumer NAME)", _pairs(list(description.consumers.items())), console)
    required = ", ".join(description.requirements)
    console.print(Text.assemble(("\nrequired of a pass  ", "bold"), required))


def print_exported(exported: Exported, *, console: Console) -> None:
    """Print the files of an export; the last line is the one that repeats it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("file")
    table.add_column("records", justify="right")
    for name, rows in exported.files.items():
        table.add_row(f"{exported.folder}/{name}", f"{rows:,}")
    console.print(table)
    console.print(f"\n  [dim]seed {exported.seed}, events {exported.events_sha256[:12]}; repeat it with")
    console.print(exported.repeat, soft_wrap=True, markup=False)


def _print_section(title: str, table: Table, console: Console) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Padding(table, (0, 0, 0, 2)))


def _print_event(event: EventDescription, console: Console) -> None:
    console.print(Text.assemble("  ", (event.name, "cyan"), f"  {event.summary}", (f"  on {event.topic}", "dim")))
    if event.example is None:
        for name, meaning in event.data.items():
            console.print(Text.assemble(f"    data.{name}  ", (meaning, "dim")))
    else:
        console.print(Text(f"    {event.example}", style="dim"), soft_wrap=True)


def _parameters(description: Description) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("name", "default", "unit", "meaning", "source"):
        table.add_column(name, overflow="fold", justify="right" if name == "default" else "left")
    for one in description.parameters:
        table.add_row(one.name, str(one.default), one.unit, one.summary, Text(one.source, style="dim"))
    return table


def _scores(description: Description) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("name", "unit", "better", "meaning"):
        table.add_column(name, overflow="fold")
    for one in description.scores:
        table.add_row(one.name, one.unit, one.better, Text(one.summary, style="dim"))
    return table


def _pairs(pairs: Sequence[tuple[str, str]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for name, summary in pairs:
        table.add_row(name, Text(summary, style="dim"))
    return table
