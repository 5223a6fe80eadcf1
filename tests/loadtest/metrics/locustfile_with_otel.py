"""A locustfile whose gathering process shows a small load to OpenTelemetry; run by test_under_gevent.py."""

from __future__ import annotations

import os

from locust import User, constant, events, task
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.metrics import otel
from loadtests.reports import ShardCounts
from tests.loadtest.metrics.loads import small_load

otel.prepare(os.environ)


class Idle(User):
    """Does nothing, so that there is a test to run."""

    wait_time = constant(0.1)

    @task
    def idle(self) -> None:
        """Do nothing."""


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust's is without types
def show(environment: Environment, **_: object) -> None:
    """Show the load where it is gathered: not in a worker."""
    if not isinstance(environment.runner, WorkerRunner):
        load = small_load(ShardCounts(shard=0, sent=123_457))
        otel.observe(lambda: load)
