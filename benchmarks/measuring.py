"""CPU seconds of a piece of work, and what is made of several of them."""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Cost:
    """CPU and wall seconds that a piece of work took, and how many events it was for."""

    events: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0

    @property
    def events_per_cpu_second(self) -> float:
        """Return events for each second of CPU, all threads and ended children of this process."""
        return self.events / self.cpu_seconds

    @property
    def nanoseconds(self) -> float:
        """Return CPU nanoseconds an event."""
        return self.cpu_seconds / self.events * 1e9


@dataclass
class Costs:
    """Costs by name, added up over a run."""

    by_name: dict[str, Cost] = field(default_factory=dict)

    @contextmanager
    def measured(self, name: str) -> Iterator[Cost]:
        """Add what the body costs to the cost of that name."""
        cost = self.by_name.setdefault(name, Cost())
        cpu, wall = cpu_seconds(), time.perf_counter()
        yield cost
        cost.cpu_seconds += cpu_seconds() - cpu
        cost.wall_seconds += time.perf_counter() - wall


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its ended children, user and system."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cost_of(work: Callable[[], int]) -> Cost:
    """Return what `work` costs; it returns for how many events it was."""
    gc.collect()
    cpu, wall = cpu_seconds(), time.perf_counter()
    events = work()
    return Cost(events, cpu_seconds() - cpu, time.perf_counter() - wall)


def cheapest(work: Callable[[], Cost], *, times: int) -> Cost:
    """Return the cheapest of several goes: what a shared machine adds is never negative."""
    return min((work() for _ in range(times)), key=lambda cost: cost.cpu_seconds)


def median_ratio(pairs: list[tuple[Cost, Cost]]) -> float:
    """Return the median over pairs, each measured side by side, of events per CPU-second, first over second."""
    return statistics.median(one.events_per_cpu_second / other.events_per_cpu_second for one, other in pairs)
