"""CPU seconds of a piece of work, peak memory of a process, and what is made of several goes."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
_STATUS = Path("/proc/self/status")


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


@dataclass
class Findings:
    """What a piece of the benchmark found: costs, single figures, and what could not be measured."""

    costs: dict[str, Cost] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Take in the findings of another piece."""
        self.costs |= other.costs
        self.figures |= other.figures
        self.remarks += other.remarks


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


def cheapest(work: Callable[[], Cost], *, goes: int) -> Cost:
    """Return the cheapest of several goes: what a shared machine adds is never negative."""
    return least([work() for _ in range(goes)])


def least(costs: Sequence[Cost]) -> Cost:
    """Return the cost with the least CPU."""
    return min(costs, key=lambda cost: cost.cpu_seconds)


def median_ratio(ones: Sequence[Cost], others: Sequence[Cost]) -> float:
    """Return the median over goes, each measured side by side, of events per CPU-second, ones over others."""
    pairs = zip(ones, others, strict=True)
    return statistics.median(one.events_per_cpu_second / other.events_per_cpu_second for one, other in pairs)


def in_fresh_process(function: Callable[..., Found], *arguments: object) -> Found:
    """Call a function of a module in a new interpreter, which has nothing of this one's memory."""
    # Not a Pool, which ends its processes by SIGTERM: whoever answers that would never end.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def peak_mib() -> float:
    """Return the most resident memory this process ever had, MiB."""
    # Linux hands ru_maxrss on to a new program; VmHWM belongs to this one alone.
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
