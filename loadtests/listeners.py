"""Locust's events joined to the two sides: alone, as a master, or as a worker."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import gevent
import msgspec
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtests.clock_offsets import ClockOffset, Pings
from loadtests.master_side import MasterSide, Workers
from loadtests.reports import WorkerReport
from loadtests.shard_load import ShardTask
from loadtests.worker_side import WorkerSide

LOCAL = "local"
_TASK, _BEGIN, _MEASURE, _CORRECT, _DRAIN, _PING, _PONG, _REPORT = (
    f"pulsetrain.{word}" for word in ("task", "begin", "measure", "correct", "drain", "ping", "pong", "report")
)


class LocalListeners:
    """Both sides in one process."""

    def __init__(self, environment: Environment) -> None:
        """Join them without any wire between."""
        runner = environment.runner
        assert isinstance(runner, LocalRunner)
        self.worker = WorkerSide(environment.stats, lambda report: self.master.take(report))
        workers = Workers(
            names=lambda: [LOCAL],
            start=lambda _, task: self.worker.start(task),
            begin=lambda _, offset: self.worker.begin(clock_offset_ms=offset),
            measure=lambda _, start, stop: self.worker.measure(start, stop),
            drain=lambda _: self.worker.drain(),
            offset=lambda _: ClockOffset(0.0, 0.0),
            correct=lambda _, offset: self.worker.correct_clock(offset),
            stop_test=lambda: _stop_test(environment),
        )
        self.master = MasterSide(lambda: _options(environment), workers, judges_meanwhile=False)


class MasterListeners:
    """The gathering side, with workers in other processes."""

    def __init__(self, environment: Environment) -> None:
        """Listen to the workers."""
        runner = environment.runner
        assert isinstance(runner, MasterRunner)
        self._runner = runner
        self._pings = Pings(lambda name, sent: self._tell(_PING, name, sent))
        workers = Workers(
            names=lambda: sorted(
                (one.id for one in runner.clients.ready + runner.clients.running), key=runner.get_worker_index
            ),
            start=lambda name, task: self._tell(_TASK, name, msgspec.msgpack.encode(task)),
            begin=lambda name, offset: self._tell(_BEGIN, name, offset),
            measure=lambda name, start, stop: self._tell(_MEASURE, name, [start, stop]),
            drain=lambda name: self._tell(_DRAIN, name, None),
            offset=self._pings.measure,
            correct=lambda name, offset: self._tell(_CORRECT, name, offset),
            stop_test=lambda: _stop_test(environment),
        )
        self.master = MasterSide(lambda: _options(environment), workers, judges_meanwhile=True)
        runner.register_message(_REPORT, self._on_report)
        runner.register_message(_PONG, self._on_pong)
        gevent.spawn(self._look_for_lost)

    def _tell(self, kind: str, name: str, content: Any) -> None:
        self._runner.send_message(kind, {"content": content}, client_id=name)

    def _on_report(self, environment: Environment, msg: Any, **_: Any) -> None:
        self.master.take(msgspec.msgpack.decode(msg.data["content"], type=WorkerReport))

    def _on_pong(self, environment: Environment, msg: Any, **_: Any) -> None:
        sent, theirs = msg.data["content"]
        self._pings.answered(msg.node_id, float(sent), float(theirs))

    def _look_for_lost(self) -> None:
        while True:
            gevent.sleep(1.0)
            clients = self._runner.clients
            known = {one.id for one in clients.all} - {one.id for one in clients.missing}
            self.master.keep_only(known)


class WorkerListeners:
    """The sending side, with its master elsewhere."""

    def __init__(self, environment: Environment) -> None:
        """Listen to the master."""
        runner = environment.runner
        assert isinstance(runner, WorkerRunner)
        self._runner = runner
        self.worker = WorkerSide(environment.stats, self._send)
        runner.register_message(_TASK, self._on_task)
        runner.register_message(_BEGIN, self._on_begin)
        # It waits, and what else the master says must be heard meanwhile.
        runner.register_message(_DRAIN, self._on_drain, concurrent=True)
        runner.register_message(_MEASURE, self._on_measure)
        runner.register_message(_CORRECT, self._on_correct)
        runner.register_message(_PING, self._on_ping)

    def _send(self, report: WorkerReport) -> None:
        if report.is_final:
            # Locust's own figures first, so that its totals are whole when the load counts as over.
            self._runner._send_stats()  # noqa: SLF001 - no public way in 2.47
        self._runner.send_message(_REPORT, {"content": msgspec.msgpack.encode(report)})

    def _on_task(self, environment: Environment, msg: Any, **_: Any) -> None:
        self.worker.start(msgspec.msgpack.decode(msg.data["content"], type=ShardTask))

    def _on_begin(self, environment: Environment, msg: Any, **_: Any) -> None:
        self.worker.begin(clock_offset_ms=float(msg.data["content"]))

    def _on_measure(self, environment: Environment, msg: Any, **_: Any) -> None:
        self.worker.measure(*map(float, msg.data["content"]))

    def _on_correct(self, environment: Environment, msg: Any, **_: Any) -> None:
        self.worker.correct_clock(float(msg.data["content"]))

    def _on_drain(self, environment: Environment, msg: Any, **_: Any) -> None:
        self.worker.drain()

    def _on_ping(self, environment: Environment, msg: Any, **_: Any) -> None:
        self._runner.send_message(_PONG, {"content": [msg.data["content"], self.worker.wall]})


Listeners = LocalListeners | MasterListeners | WorkerListeners


def listeners_of(environment: Environment) -> Listeners:
    """Return what joins this process's runner to its side, or sides."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        return MasterListeners(environment)
    return WorkerListeners(environment) if isinstance(runner, WorkerRunner) else LocalListeners(environment)


def _options(environment: Environment) -> Namespace:
    options = environment.parsed_options
    assert isinstance(options, Namespace)
    return options


def _stop_test(environment: Environment) -> None:
    runner, options = environment.runner, environment.parsed_options
    if runner is None:
        return
    if options is not None and options.headless:
        runner.quit()
    else:
        runner.stop()
