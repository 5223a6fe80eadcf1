"""How far a consumer has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator.core.time import SimTime


@dataclass(slots=True)
class Tally:
    """What a consumer has done since it was started.

    `records` are those of all its topics, the clock's and those between stages too; `reached`
    is the last tick that it answered.
    """

    records: int = 0
    decisions: int = 0
    dead_letters: int = 0
    reached: SimTime | None = None


OnProgress = Callable[[Tally], None]
"""Called with each tick that was answered, and the same Tally each time."""
