"""How far a consumer on Kafka has come, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from simulator.consumers import Tally
from simulator.core.time import SimTime, days, format_instant


@contextmanager
def show_consuming(console: Console | None = None) -> Iterator[Callable[[Tally], None]]:
    """Yield the function to call with each Tally.

    A terminal has a line that is redrawn; elsewhere there is one a simulated day.
    """
    console = Console(stderr=True) if console is None else console
    if not console.is_terminal:
        yield DailyLines(console)
        return
    with console.status("waiting for the clock to tick") as status:
        yield lambda tally: status.update(tally_text(tally))


@dataclass(slots=True)
class DailyLines:
    """Prints a line when a new simulated day has begun."""

    console: Console
    day: int = -1

    def __call__(self, tally: Tally) -> None:
        """Show how far the consumer has come, if it is time to."""
        day = (tally.reached or SimTime(0)) // days(1)
        if day > self.day:
            self.console.print(tally_text(tally), soft_wrap=True, highlight=False)
        self.day = max(day, self.day)


def tally_text(tally: Tally) -> str:
    """Return a tally in one line."""
    clock = "-" if tally.reached is None else format_instant(tally.reached)[:16].replace("T", " ")
    counts = f"{tally.records:,} records  {tally.decisions:,} decisions  {tally.dead_letters:,} dead letters"
    return f"{clock}  {counts}"
