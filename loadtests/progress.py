"""What a person sees on the terminal while a load goes on: one line, on stderr."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from rich.console import Console
from rich.live import Live

from loadtests import clock
from loadtests.gathered import Gathered
from loadtests.master_side import MasterSide
from loadtests.seconds import total

LOOK_SECONDS = 0.5
LINE_SECONDS = 5.0  # our choice: how often a line is written where nobody can see it change
NEWEST_SECONDS = 5  # our choice: over how many seconds the rates and latencies shown go


def show_progress(master: MasterSide, *, stop: Callable[[], bool]) -> None:
    """Show how the load stands until `stop` says so; call it in a greenlet of its own."""
    console = Console(stderr=True)
    if not console.is_terminal:
        _write_lines(master, console, stop)
        return
    # Without a refreshing thread: under gevent it would be one more greenlet on the sender's hub.
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not stop():
            live.update(progress_line(master), refresh=True)
            gevent.sleep(LOOK_SECONDS)


def progress_line(master: MasterSide) -> str:
    """Return how the load stands, in one line."""
    gathered = master.gathered
    if gathered is None or gathered.began is None:
        return f"{master.state} ..."
    now = clock.wall()
    elapsed, asked = gathered.elapsed(now), gathered.asked
    length = f" of {asked.seconds:,.0f} s" if asked.seconds else ""
    return f"{master.state} {elapsed:,.0f} s{length}  {_figures(gathered, now)}"


def _figures(gathered: Gathered, now: float) -> str:
    # The newest second is not whole yet, and the one before may still be reported.
    newest = total(gathered.seconds.between(int(now) - NEWEST_SECONDS - 2, int(now) - 2))
    delivery, moments = gathered.delivery(), gathered.moments
    lag = moments[-1].lag_seconds if moments else None
    return "  ".join(
        [
            f"due {newest.counts['due'] / NEWEST_SECONDS:,.0f}/s",
            f"sent {newest.counts['sent'] / NEWEST_SECONDS:,.0f}/s",
            f"p50 {_milliseconds(newest.quantile('latency', 0.5))}",
            f"p99 {_milliseconds(newest.quantile('latency', 0.99))}",
            f"schedule lag p99 {_milliseconds(newest.quantile('lag', 0.99))}",
            f"consumer lag {'-' if lag is None else f'{lag:.1f} s'}",
            f"decisions {delivery.seen:,} of {delivery.expected:,}",
        ]
    )


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f} ms"


def _write_lines(master: MasterSide, console: Console, stop: Callable[[], bool]) -> None:
    written = clock.now()
    while not stop():
        if clock.now() - written >= LINE_SECONDS:
            written = clock.now()
            console.print(progress_line(master), soft_wrap=True, markup=False, highlight=False)
        gevent.sleep(LOOK_SECONDS)
