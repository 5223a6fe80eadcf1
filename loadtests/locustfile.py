"""Load tests for Kafka in the open model: `locust -f loadtests/locustfile.py`.

Users are rate units: each stands for so many events a second and does nothing by itself.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import gevent
from locust import LoadTestShape, User, events, task
from locust.dispatch import UsersDispatcher
from locust.env import Environment

from loadtests.concluding import Conclusion
from loadtests.frozen_options import FrozenOptions
from loadtests.listeners import Listeners, LocalListeners, MasterListeners, WorkerListeners, listeners_of
from loadtests.locust_rows import install_buckets
from loadtests.master_side import MasterSide
from loadtests.options import CONDUCTED, add_options
from loadtests.refusing import refusing
from loadtests.showing import attach_views, prepare_telemetry
from loadtests.worker_side import WorkerSide
from simulator.core.errors import UsageError

_IDLE_SECONDS = 3_600.0
_AT_ONCE = 100_000.0  # users a second
_joined: dict[Environment, Listeners] = {}
_frozen: dict[Environment, FrozenOptions] = {}
_conclusions: dict[Environment, Conclusion] = {}

if CONDUCTED in os.environ:
    # A shell lets what it starts with `&` ignore SIGINT, by which our own command ends a load.
    signal.signal(signal.SIGINT, signal.default_int_handler)
install_buckets()
with refusing():
    prepare_telemetry(sys.argv, os.environ)


def _master(environment: Environment) -> MasterSide | None:
    joined = _joined.get(environment)
    return joined.master if isinstance(joined, LocalListeners | MasterListeners) else None


def _worker(environment: Environment) -> WorkerSide | None:
    joined = _joined.get(environment)
    return joined.worker if isinstance(joined, LocalListeners | WorkerListeners) else None


class Ward(User):
    """A ward, or another group of devices: a part of the rate, and no work of its own."""

    def on_start(self) -> None:
        """Add its part to the rate."""
        if (worker := _worker(self.environment)) is not None:
            worker.change_wards(1)

    def on_stop(self) -> None:
        """Take its part off the rate."""
        if (worker := _worker(self.environment)) is not None:
            worker.change_wards(-1)

    @task
    def stand_by(self) -> None:
        """Do nothing: the pacer sends for all."""
        gevent.sleep(_IDLE_SECONDS)


class WardShape(LoadTestShape):
    """The shape asked for, as users; its time begins when every worker is ready."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there should be, started at once; None at the end."""
        master = _master(self.runner.environment) if self.runner is not None else None
        wards = master.wards() if master is not None else None
        return None if wards is None else (wards, _AT_ONCE)


class SettledDispatcher(UsersDispatcher):
    """Gives no users to a late worker: it has no shard, so they would send nothing."""

    def add_worker(self, worker_node: Any) -> None:
        """Do nothing: the shards have been handed out."""


def _on_parser(parser: Any, **_: Any) -> None:
    add_options(parser)


def _on_init(environment: Environment, **_: Any) -> None:
    environment.dispatcher_class = SettledDispatcher
    with refusing():
        _check_reset(environment)
    _joined[environment] = listeners_of(environment)
    assert environment.parsed_options is not None
    _frozen[environment] = FrozenOptions(environment.parsed_options)
    if (master := _master(environment)) is not None:
        _conclusions[environment] = Conclusion(environment, master)
        with refusing():
            attach_views(environment, master, _frozen[environment])


def _check_reset(environment: Environment) -> None:
    if environment.reset_stats:
        raise UsageError(
            "--reset-stats would forget what a load has counted at each step of its shape. "
            "Leave it out: the warm-up is in no latency."
        )


def _on_start(environment: Environment, **_: Any) -> None:
    if (master := _master(environment)) is not None:
        _frozen[environment].restore()
        master.start()


def _on_stopping(environment: Environment, **_: Any) -> None:
    if (conclusion := _conclusions.get(environment)) is not None:
        _frozen[environment].restore()
        conclusion.load_ended()


def _on_quitting(environment: Environment, **_: Any) -> None:
    if (worker := _worker(environment)) is not None:
        worker.close()
    if (conclusion := _conclusions.get(environment)) is not None:
        _frozen[environment].restore()
        conclusion.quitting()


_LISTENERS: dict[Any, Any] = {
    events.init_command_line_parser: _on_parser,
    events.init: _on_init,
    events.test_start: _on_start,
    events.test_stopping: _on_stopping,
    events.quitting: _on_quitting,
}
for _event, _listener in _LISTENERS.items():
    _event.add_listener(_listener)
