"""Our figures in Locust's own statistics: whole lists at a time, with the result of single requests.

One request is one decision; its response time is from when its cause was due until it was seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from locust import stats as locust_stats
from locust.stats import RequestStats, StatsEntry, StatsError

from loadtests import clock
from simulator.core.arrays import FloatArray

METHOD = "DECIDE"
MISSING = "no decision came"
_FINE_BELOW_MS = 10.0


def install_buckets() -> None:
    """Let Locust keep tenths of a millisecond below ten, where it has whole ones."""
    coarse = locust_stats.bucket_response_time

    def fine(response_time: float) -> float:
        return round(response_time, 1) if response_time < _FINE_BELOW_MS else coarse(response_time)

    # Locust types its buckets as whole numbers; its documentation allows any.
    vars(locust_stats)["bucket_response_time"] = fine


def add_latencies(stats: RequestStats, name: str, milliseconds: FloatArray) -> None:
    """Enter decisions that were seen, all at once."""
    if not len(milliseconds):
        return
    added: Any = _entry(stats, name)  # its types say whole milliseconds, its sums take any
    second = int(clock.wall())
    added.num_requests = len(milliseconds)
    added.total_response_time = float(milliseconds.sum())
    added.min_response_time = float(milliseconds.min())
    added.max_response_time = float(milliseconds.max())
    added.num_reqs_per_sec[second] = len(milliseconds)
    # Every border of a bucket is a whole number of twentieths, so all within one go where its middle
    # goes, and few are left to be put into Locust's buckets one by one.
    twentieths, counts = np.unique(np.floor(milliseconds * 20.0), return_counts=True)
    for twentieth, count in zip(twentieths.tolist(), counts.tolist(), strict=True):
        added.response_times[locust_stats.bucket_response_time((twentieth + 0.5) / 20.0)] += count
    _extend(stats, name, added)


def add_missing(stats: RequestStats, name: str, count: int) -> None:
    """Enter decisions that never came, as failures with their number."""
    if count <= 0:
        return
    second, now = int(clock.wall()), clock.wall()
    for entry in (stats.get(name, METHOD), stats.total):
        entry.num_failures += count
        entry.num_fail_per_sec[second] = entry.num_fail_per_sec.get(second, 0) + count
    key = StatsError.create_key(METHOD, name, MISSING)
    error = stats.errors.setdefault(key, StatsError(METHOD, name, MISSING, 0, now, now))
    error.occurrences += count
    error.last_seen = now


def _entry(stats: RequestStats, name: str) -> StatsEntry:
    entry = StatsEntry(stats, name, METHOD)
    entry.start_time = stats.start_time
    entry.last_request_timestamp = clock.wall()
    return entry


def _extend(stats: RequestStats, name: str, added: StatsEntry) -> None:
    stats.get(name, METHOD).extend(added)
    stats.total.extend(added)
