"""The clocks of a load test: the one place of this package that reads one.

Latencies are differences of the monotonic clock, within one process. The wall clock gives names
to seconds, so that those of several workers can be put side by side.
"""

from __future__ import annotations

import time


def now() -> float:
    """Return the monotonic clock, seconds."""
    return time.perf_counter()


def wall() -> float:
    """Return the wall clock, seconds since the epoch."""
    return time.time()


def wall_of_monotonic() -> float:
    """Return what must be added to an instant of `now` to get one of `wall`."""
    return wall() - now()


def cpu() -> float:
    """Return the CPU seconds of this process, all its threads, user and system."""
    return time.process_time()
