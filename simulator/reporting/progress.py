"""How far a run has come, on stderr: a live line on a terminal, a plain one every few seconds elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as LiveLine

from simulator.core.time import format_instant
from simulator.harness.result import Progress

PLAIN_SECONDS = 5.0  # our choice: often enough to see life, seldom enough for a log file


@contextmanager
def show_progress(console: Console | None = None) -> Iterator[Callable[[Progress], None]]:
    """Yield the function to call with each Progress while the block lasts."""
    console = Console(stderr=True) if console is None else console
    if not console.is_terminal:
        yield PlainLines(console)
        return
    with live_line(console) as live:
        yield Live(live, live.add_task("run", total=None, clock="", events="", rate="", decisions="", lag=""))


def live_line(console: Console) -> LiveLine:
    """Return the line that is redrawn, from the simulated clock to the lag."""
    columns = (
        TextColumn("[bold cyan]{task.fields[clock]}"),
        BarColumn(bar_width=None, complete_style="cyan", finished_style="green"),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("[bold]{task.fields[events]}[/] events"),
        TextColumn("[dim]{task.fields[rate]}/s"),
        TextColumn("[yellow]{task.fields[decisions]}[/] decisions"),
        TextColumn("[dim]lag {task.fields[lag]}"),
    )
    return LiveLine(*columns, console=console, transient=True, expand=True)


@dataclass(frozen=True, slots=True)
class Live:
    """Redraws the live line."""

    line: LiveLine
    task: TaskID

    def __call__(self, progress: Progress) -> None:
        """Show how far the run has come."""
        self.line.update(
            self.task,
            total=progress.end - progress.start,
            completed=progress.now - progress.start,
            clock=clock_text(progress),
            events=f"{progress.events:,}",
            rate=f"{events_per_second(progress):,.0f}",
            decisions=f"{progress.decisions:,}",
            lag=f"{progress.lag:,}",
        )


@dataclass(slots=True)
class PlainLines:
    """Prints a line every few wall seconds, and nothing for a run that is shorter."""

    console: Console
    due_seconds: float = PLAIN_SECONDS

    def __call__(self, progress: Progress) -> None:
        """Show how far the run has come, if it is time to."""
        if progress.wall_seconds < self.due_seconds:
            return
        self.due_seconds = progress.wall_seconds + PLAIN_SECONDS
        share = (progress.now - progress.start) / (progress.end - progress.start)
        self.console.print(
            f"{clock_text(progress)}  {share:4.0%}  {progress.events:,} events  "
            f"{events_per_second(progress):,.0f}/s  {progress.decisions:,} decisions  lag {progress.lag:,}",
            soft_wrap=True,
            highlight=False,
        )


def clock_text(progress: Progress) -> str:
    """Return the simulated clock, to the minute."""
    return format_instant(progress.now)[:16].replace("T", " ")


def events_per_second(progress: Progress) -> float:
    """Return the mean rate so far."""
    return progress.events / progress.wall_seconds if progress.wall_seconds else 0.0
