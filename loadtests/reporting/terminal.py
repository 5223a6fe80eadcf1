"""A load test that is over, on a terminal: the verdict, the figures, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from loadtests.outcome import Knee, LoadReport, LoadVerdict
from loadtests.reporting.rows import (
    QUANTILES,
    Fact,
    ScoreRow,
    count_text,
    delivery_facts,
    latency_rows,
    milliseconds_text,
    patients_text,
    rate_text,
    score_rows,
    share_text,
    unscored,
)
from simulator.core.scenario import Metric
from simulator.reporting.terminal import number_text

_STYLES: dict[LoadVerdict, str] = {"pass": "green", "fail": "red", "invalid": "magenta", "inconclusive": "yellow"}
_BASELINE_STYLES = {"same": "green", "better": "green", "regressed": "bold red"}
_WIDE_COLUMNS = 110  # our choice: narrower, and too little is left of a meaning beside its figures
_GAP = 2
_QUANTILE_NAMES = {"p999": "p99.9"}


def print_load(report: LoadReport, *, metrics: Sequence[Metric], console: Console) -> None:
    """Print a report; the last line is the one that repeats the load.

    `metrics` are the scenario's: their order, their units, and which way is better.
    """
    is_wide = console.width >= _WIDE_COLUMNS
    _print_lines(_headline(report), console)
    console.print()
    console.print(_indented(_latencies(report, with_meaning=is_wide)))
    if len(report.steps) > 1:
        console.print()
        console.print(_indented(_steps(report)))
        _print_step_scores(report, metrics, console)
    _print_scores(report, metrics, console)
    console.print()
    _print_facts(_facts(report), console)
    console.print("\n [dim]repeat it with")
    console.print(report.repeat, soft_wrap=True, markup=False)


def _headline(report: LoadReport) -> list[Text]:
    style = _STYLES[report.verdict]
    first = Text.assemble(
        (f" {report.verdict.upper()} ", f"bold reverse {style}"),
        (f"  {report.scenario}", "bold"),
        f"  seed {report.seed}  ",
        (f"{report.shape}, {report.seconds:,.0f} s, consumer {report.consumer}", "dim"),
    )
    return [first, *(Text.assemble(("  - ", style), reason) for reason in report.reasons)]


def _latencies(report: LoadReport, *, with_meaning: bool) -> Table:
    names = [_QUANTILE_NAMES.get(name, name) for name in QUANTILES]
    table = _table("latency, ms", *names, "count")
    if with_meaning:
        table.add_column("meaning", style="dim", overflow="fold")
    for row in latency_rows(report):
        cells = [*row.texts(), f"{row.quantiles.count:,}"]
        # The row that is the result stands out from those that explain it.
        style = "bold" if row.name == "intended" else ""
        table.add_row(row.name, *(Text(cell, style) for cell in cells), *([row.meaning] if with_meaning else []))
    return table


def _steps(report: LoadReport) -> Table:
    table = _table("step", "asked/s", "sent/s", "p50 ms", "p99 ms", "lag p99", "missing", "late")
    for step in report.steps:
        table.add_row(
            Text(step.name),
            rate_text(step.asked_per_second),
            rate_text(step.achieved_per_second),
            milliseconds_text(step.latency_ms.p50),
            Text(milliseconds_text(step.latency_ms.p99), "bold"),
            milliseconds_text(step.schedule_lag_ms.p99),
            Text(count_text(step.missing), "bold red" if step.missing else ""),
            f"{step.late:,}",
        )
    return table


def _print_step_scores(report: LoadReport, metrics: Sequence[Metric], console: Console) -> None:
    """Print how good decisions were at each rate, the metrics that suffered first, as many as there is room for."""
    steps = [{row.name: row for row in score_rows(one.score, one.score_at_rest, metrics)} for one in report.steps]
    worse = [name for rows in steps for name, row in rows.items() if row.is_worse]
    names = list(dict.fromkeys([*worse, *(name for rows in steps for name in rows)]))
    columns = [[rows.get(name) for rows in steps] for name in names]
    widths = [
        max(len(name), *(len(one.text()) for one in column if one)) + _GAP
        for name, column in zip(names, columns, strict=True)
    ]
    first = max(len("score (at rest)"), *(len(one.name) for one in report.steps)) + _GAP
    shown = sum(first + sum(widths[: place + 1]) <= console.width for place in range(len(widths)))
    if not shown:
        return
    table = _table("score (at rest)", *names[:shown])
    for place, step in enumerate(report.steps):
        table.add_row(Text(step.name), *(_score_cell(column[place]) for column in columns[:shown]))
    console.print()
    console.print(_indented(table))


def _print_scores(report: LoadReport, metrics: Sequence[Metric], console: Console) -> None:
    """Print the metrics that have a value, and in one line how many have none, and why."""
    if rows := score_rows(report.score, report.score_at_rest, metrics):
        console.print()
        console.print(_indented(_scores(rows)))
    if report.patients and (names := unscored(report.score, report.score_at_rest, metrics)):
        have = "metric has" if len(names) == 1 else "metrics have"
        why = f"of {patients_text(report.patients)} alone labels became known, and a longer load judges more"
        _print_lines([Text(f" {len(names)} more {have} no value: {why}", "dim")], console)


def _score_cell(row: ScoreRow | None) -> Text:
    if row is None:
        return Text("-")
    return Text(row.text(), "bold red" if row.is_worse else "")


def _scores(rows: Iterable[ScoreRow]) -> Table:
    table = _table("score", "under load", "at rest")
    table.add_column("unit", style="dim")
    for row in rows:
        value = Text(number_text(row.value), "bold red" if row.is_worse else "bold")
        table.add_row(Text(row.name), value, number_text(row.at_rest), Text(row.unit))
    return table


def _facts(report: LoadReport) -> list[tuple[str, Text]]:
    facts = [("rate", Text(_rates(report)))]
    facts += [(what, _delivery(found)) for what, found in delivery_facts(report).items()]
    facts += [("", Text("counts and score hold the warm-up too; rates and latencies do not", "dim"))]
    facts += [("knee", Text(_knee(report.knee)))] if report.knee else []
    return facts + ([("baseline", _baseline(report.baseline))] if report.baseline else [])


def _print_facts(facts: Sequence[tuple[str, Text]], console: Console) -> None:
    """Print a fact a line; on a terminal what is too long goes on below its beginning."""
    if not console.is_terminal:
        _print_lines((Text.assemble((f" {name:<11}", "dim"), fact) for name, fact in facts), console)
        return
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True, min_width=11)
    table.add_column(overflow="fold")
    for name, fact in facts:
        table.add_row(f" {name}", fact)
    console.print(table)


def _rates(report: LoadReport) -> str:
    asked, offered, sent = report.asked_per_second, report.offered_per_second, report.achieved_per_second
    rates = f"{rate_text(asked)}/s asked, {rate_text(offered)}/s offered, {rate_text(sent)}/s sent"
    return f"{rates}, {share_text(report.achieved_share)} of due"


def _delivery(facts: Iterable[Fact]) -> Text:
    return Text(", ").join(Text(str(fact), "bold red" if fact.is_bad else "") for fact in facts)


def _knee(knee: Knee) -> str:
    rate = "no rate" if knee.events_per_second is None else f"{rate_text(knee.events_per_second)} events/s"
    first = f"{rate} sustained"
    if knee.not_sustained is not None:
        first += f", {rate_text(knee.not_sustained)} not"
    return f"{first}; limited by the {knee.limited_by}" + (f": {knee.reason}" if knee.reason else "")


def _baseline(told: dict[str, str]) -> Text:
    outcome = told.get("outcome", "")
    runs = f" beside {told['runs']} earlier" if "runs" in told else ""
    why = f": {told['reasons']}" if told.get("reasons") else ""
    return Text.assemble((outcome, _BASELINE_STYLES.get(outcome, "yellow")), f"{runs}{why}")


def _table(first: str, *numbers: str) -> Table:
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim")
    table.add_column(Text(first), no_wrap=True)
    for name in numbers:
        table.add_column(Text(name), justify="right", no_wrap=True)
    return table


def _indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, 1))


def _print_lines(lines: Iterable[Text], console: Console) -> None:
    for line in lines:
        console.print(line, soft_wrap=not console.is_terminal)
