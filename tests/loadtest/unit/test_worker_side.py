"""The side that sends: whatever goes wrong in one of its loops is reported, and ends the load."""

from __future__ import annotations

from typing import Any

import gevent
import numpy as np
import pytest
from locust.stats import RequestStats

from loadtests import worker_side
from loadtests.reports import ShardCounts, WorkerReport
from loadtests.shard_load import ShardTask
from loadtests.worker_side import WorkerSide
from tests.loadtest.unit.small_loads import small_load

TASK = ShardTask(load=small_load(consumer="echo", grace="1s"), shard=0, shards=1, worker="w", rate_per_ward=10.0)


class Shard:
    """A shard that goes on until one of its parts raises."""

    broken = ""

    def __init__(self, task: ShardTask, threads: object) -> None:
        """Begin with nothing counted."""
        self.counts, self.has_begun, self.is_drained = ShardCounts(shard=0), True, True

    def turn(self) -> bool:
        """Send nothing."""
        return bool(self._do("turn", False))

    def fold(self) -> None:
        """Take in nothing."""
        self._do("fold", None)

    def take_latencies(self) -> Any:
        """Return nothing."""
        return np.empty(0)

    def measure(self, start: float, stop: float) -> None:
        """Do nothing."""

    def change_rate(self, rate: float) -> None:
        """Do nothing."""

    def fail(self, reason: str) -> None:
        """Keep the first reason."""
        self.counts.error = self.counts.error or reason

    def report(self, *, is_final: bool = False) -> WorkerReport:
        """Return the counts."""
        return WorkerReport(counts=self.counts, is_final=is_final)

    def stop(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def _do(self, name: str, result: Any) -> Any:
        if self.broken == name:
            raise ZeroDivisionError(name)
        return result


@pytest.mark.parametrize(
    ("broken", "said"), [("turn", "nothing more is sent"), ("fold", "the accounts cannot be kept")]
)
def test_an_error_that_nobody_foresaw_is_reported_and_the_last_word_is_said(
    monkeypatch: pytest.MonkeyPatch, broken: str, said: str
) -> None:
    monkeypatch.setattr(worker_side, "ShardLoad", Shard)
    monkeypatch.setattr(worker_side, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(Shard, "broken", broken)
    reports: list[WorkerReport] = []
    worker = WorkerSide(RequestStats(), reports.append)
    worker.start(TASK)
    gevent.sleep(0.05)
    worker.drain()
    gevent.sleep(0.15)
    assert {one.counts.error for one in reports} == {f"{said}: ZeroDivisionError: {broken}"}
    assert [one.is_final for one in reports][-2:] == [False, True]
