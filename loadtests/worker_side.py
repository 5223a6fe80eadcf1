"""What a process that sends does: one shard at a time, in three loops.

A pacer greenlet sends what is due, a native thread sees decisions, a flush greenlet does the
accounts. None of them waits for the broker, so nothing shares its hub with a wait.
"""

from __future__ import annotations

from collections.abc import Callable

import gevent
from gevent import monkey
from locust.stats import RequestStats

from loadtests import clock
from loadtests.locust_rows import add_latencies, add_missing
from loadtests.niceness import SENDING, be_nice
from loadtests.refusing import unforeseen
from loadtests.reports import ShardCounts, WorkerReport
from loadtests.shard_load import ShardLoad, ShardTask
from loadtests.supply import Threads
from simulator.core.errors import PulsetrainError

TURN_SECONDS = 0.001  # measured: 1 ms adds 1.2 ms of schedule lag, 5 ms adds 5.6
BUSY_SECONDS = 0.0002  # our choice: what others get between two turns when more is due
FLUSH_SECONDS = 0.1  # our choice: arrays of some thousand values, where they are cheapest
REPORT_SECONDS = 1.0  # our choice: what a killed worker takes with it

Send = Callable[[WorkerReport], None]


def native_threads() -> Threads:
    """Return how real threads start and sleep, whatever gevent put in their place."""
    start_new_thread = monkey.get_original("_thread", "start_new_thread")
    return Threads(start=lambda work: start_new_thread(work, ()), sleep=monkey.get_original("time", "sleep"))


class WorkerSide:
    """Runs the shard that it is given, and tells `send` how it goes."""

    def __init__(self, stats: RequestStats, send: Send) -> None:
        """Stand idle until there is a task: a worker that comes late has none, and sends nothing."""
        self._stats, self._send = stats, send
        self._load: ShardLoad | None = None
        self._task: ShardTask | None = None
        self._wards = 0
        self._name = ""

    def change_wards(self, by: int) -> None:
        """Take in that users started or stopped; each is an equal part of the rate."""
        self._wards += by
        if self._load is not None and self._task is not None:
            self._load.change_rate(max(0, self._wards) * self._task.rate_per_ward)

    def start(self, task: ShardTask) -> None:
        """Make a shard ready in the background; what goes wrong is reported."""
        self.close()
        be_nice(SENDING)
        self._task, self._name = task, f"{task.load.scenario} decision"
        try:
            self._load = ShardLoad(task, native_threads())
        except PulsetrainError as error:
            self._send(WorkerReport(counts=failed_counts(task, str(error)), is_final=True))
            return
        self.change_wards(0)
        gevent.spawn(self._pace, self._load)
        gevent.spawn(self._flush, self._load)

    def begin(self, *, clock_offset_ms: float = 0.0) -> None:
        """Let the load begin."""
        if self._load is not None:
            self._load.begin(clock_offset_ms=clock_offset_ms)

    @property
    def wall(self) -> float:
        """Return the wall clock as the shard reads it."""
        return clock.wall() if self._load is None else self._load.wall

    def correct_clock(self, ahead_ms: float) -> None:
        """Take in how far `wall` is ahead of the gathering clock by now."""
        if self._load is not None:
            self._load.correct_clock(ahead_ms)

    def measure(self, start: float, stop: float) -> None:
        """Take in which seconds of the gathering clock are measured."""
        if self._load is not None:
            self._load.measure(start, stop)

    def drain(self) -> None:
        """End the load, wait for what is still to come, and say the last word."""
        load, task = self._load, self._task
        if load is None or task is None:
            return
        load.stop()
        self._wait_for_rest(load, task.load.grace_seconds)
        self._account(load)
        add_missing(self._stats, self._name, load.counts.outstanding)
        self._send(load.report(is_final=True))
        self.close()

    def close(self) -> None:
        """Let go of the shard, whatever it is doing."""
        load, self._load = self._load, None
        if load is not None:
            load.close()

    def _wait_for_rest(self, load: ShardLoad, grace_seconds: float) -> None:
        """Wait until all has come, or nothing has for the grace."""
        known, since = (-1, -1, -1, -1), clock.now()
        while not load.is_drained and clock.now() - since < grace_seconds:
            gevent.sleep(FLUSH_SECONDS / 2)
            counts = load.counts
            progress = (counts.seen, counts.twice, counts.unexpected, counts.acknowledged)
            if progress != known:
                known, since = progress, clock.now()

    def _pace(self, load: ShardLoad) -> None:
        while load is self._load:
            more = False
            try:
                more = load.turn()
            except PulsetrainError as error:
                load.fail(str(error))
            except Exception as error:  # noqa: BLE001 - a greenlet that dies sends nothing, and says nothing
                load.fail(unforeseen("nothing more is sent", error))
            gevent.sleep(BUSY_SECONDS if more else TURN_SECONDS)

    def _flush(self, load: ShardLoad) -> None:
        told = clock.now()
        while load is self._load:
            self._account(load)
            if clock.now() - told >= REPORT_SECONDS or not load.has_begun:
                told = clock.now()
                self._send(load.report())
            gevent.sleep(FLUSH_SECONDS)

    def _account(self, load: ShardLoad) -> None:
        try:
            load.fold()
            add_latencies(self._stats, self._name, load.take_latencies())
        except Exception as error:  # noqa: BLE001 - a greenlet that dies counts nothing, and says nothing
            load.fail(unforeseen("the accounts cannot be kept", error))


def failed_counts(task: ShardTask, reason: str) -> ShardCounts:
    """Return the counts of a shard that could not begin."""
    return ShardCounts(shard=task.shard, worker=task.worker, cohort=task.cohort, error=reason)
