"""What the product must reach: the performance it promises, held against what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """The bound of one figure: at least `bound`, or at most where `is_most`."""

    figure: str
    bound: float
    is_most: bool = False

    def __str__(self) -> str:
        """Return the bound as it is printed."""
        return f"{'<=' if self.is_most else '>='} {self.bound:g}"

    def is_met(self, value: float) -> bool:
        """Say whether a value keeps to the bound."""
        return value <= self.bound if self.is_most else value >= self.bound


STAGES = "generate + order + encode, k events / CPU-s"
READY = "publish to Kafka over the plain loop"
WHOLE = "the whole way to Kafka over the plain loop"
FEED_MEMORY = "memory of a feed, long run over short"
RUN_MEMORY = "memory of a closed run, long run over short"
COHORTS = "CPU an event, large cohort over small"
WORKERS = "two workers over one, wall"
WORKERS_READ = "two workers over one, all values read, wall"
DEFAULT_RUN = "pulsetrain run sepsis, wall s"
HELP = "pulsetrain --help, wall ms"
IMPORT = "import simulator, wall ms"
ECHO_RATE = "load for an echo, k events / s"
ECHO_LAG = "load for an echo, schedule lag p99 ms"
LOAD_MEMORY = "memory of who sends, second half over first"
LOAD_P99 = "load, NEWS2 on Quix, p99 ms"
LOAD_MISSING = "load, decisions missing, twice or unexpected"

GOALS = (
    Goal(STAGES, 500.0),
    Goal(READY, 0.6),
    Goal(WHOLE, 0.6),
    Goal(FEED_MEMORY, 1.1, is_most=True),
    Goal(RUN_MEMORY, 1.1, is_most=True),
    Goal(COHORTS, 1.2, is_most=True),
    Goal(WORKERS, 1.7),
    Goal(DEFAULT_RUN, 3.0, is_most=True),
    Goal(HELP, 200.0, is_most=True),
    Goal(IMPORT, 100.0, is_most=True),
    Goal(ECHO_RATE, 99.0),
    Goal(ECHO_LAG, 10.0, is_most=True),
    Goal(LOAD_MEMORY, 1.1, is_most=True),
    Goal(LOAD_P99, 16.0, is_most=True),
    Goal(LOAD_MISSING, 0.0, is_most=True),
)


def goal_of(figure: str) -> Goal | None:
    """Return the goal of a figure, if it has one."""
    return next((goal for goal in GOALS if goal.figure == figure), None)


def missed(figures: Mapping[str, float]) -> list[Goal]:
    """Return the goals that the figures miss; a figure that was not measured misses none."""
    return [goal for goal in GOALS if goal.figure in figures and not goal.is_met(figures[goal.figure])]
