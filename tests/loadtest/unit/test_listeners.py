"""What the sides say to each other, each under its own word, from a master to its worker and back."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from locust.env import Environment
from locust.rpc.protocol import Message
from locust.runners import MasterRunner, WorkerRunner
from locust.stats import RequestStats

from loadtests import clock, listeners
from loadtests.clock_offsets import ClockOffset
from loadtests.listeners import MasterListeners, WorkerListeners, listeners_of
from loadtests.reports import ShardCounts, WorkerReport
from loadtests.shard_load import ShardTask
from loadtests.worker_side import WorkerSide
from tests.loadtest.unit.small_loads import small_load

AHEAD = 2.5
TASK = ShardTask(load=small_load(consumer="echo"), shard=0, shards=1, worker="w")


class Ends:
    """Both ends of a wire on which a message is there at once."""

    greenlet = None

    def __init__(self) -> None:
        """Connect to nobody yet."""
        self.heard: dict[str, Callable[..., None]] = {}
        self.other: Any = None
        self.clients = SimpleNamespace(all=[], ready=[], running=[], missing=[])

    def register_message(self, kind: str, listener: Callable[..., None], concurrent: bool = False) -> None:  # noqa: FBT001, FBT002 - as Locust's
        """Hear messages of a kind."""
        self.heard[kind] = listener

    def send_message(self, kind: str, data: Any = None, client_id: str | None = None) -> None:
        """Let the other end hear it, in Locust's own form."""
        message = Message.unserialize(Message(kind, data, client_id or "w").serialize())
        self.other.heard[message.type](environment=None, msg=message)


class Master(Ends, MasterRunner):
    """A master without a socket."""


class Worker(Ends, WorkerRunner):
    """A worker without a socket, which notes what its side is told."""

    def _send_stats(self) -> None:
        """Send nothing."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Note what a worker's side is told, and let its clock be ahead."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(listeners.gevent, "spawn", lambda *_: None)
    monkeypatch.setattr(clock, "wall", lambda: 1_000.0)
    monkeypatch.setattr(WorkerSide, "wall", property(lambda _: 1_000.0 + AHEAD))
    for name in ("start", "begin", "measure", "correct_clock", "drain"):
        monkeypatch.setattr(WorkerSide, name, lambda _, *said, name=name, **more: found.append((name, *said, more)))
    return found


def joined() -> tuple[MasterListeners, WorkerListeners]:
    """Return a master and its worker."""
    ends: tuple[Any, Any] = Master(), Worker()
    ends[0].other, ends[1].other = reversed(ends)
    sides = []
    for runner in ends:
        environment: Any = SimpleNamespace(runner=runner, stats=RequestStats(), parsed_options=Namespace())
        sides.append(listeners_of(environment))
    assert isinstance(sides[0], MasterListeners)
    assert isinstance(sides[1], WorkerListeners)
    return sides[0], sides[1]


def test_a_worker_is_told_what_is_meant_for_it(told: list[tuple[Any, ...]]) -> None:
    workers = joined()[0].master._workers
    workers.start("w", TASK)
    workers.begin("w", 7.5)
    workers.measure("w", 1_001.0, float("inf"))
    workers.correct("w", 8.5)
    workers.drain("w")
    assert told == [
        ("start", TASK, {}),
        ("begin", {"clock_offset_ms": 7.5}),
        ("measure", 1_001.0, float("inf"), {}),
        ("correct_clock", 8.5, {}),
        ("drain", {}),
    ]


@pytest.mark.usefixtures("told")
def test_the_clock_of_a_worker_is_held_against_the_masters() -> None:
    master, _ = joined()
    assert master.master._workers.offset("w") == ClockOffset(2_500.0, 0.0)


@pytest.mark.usefixtures("told")
def test_what_a_worker_says_is_heard_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    master, worker = joined()
    heard: list[WorkerReport] = []
    monkeypatch.setattr(master.master, "take", heard.append)
    report = WorkerReport(counts=ShardCounts(shard=3, sent=5), is_final=True)
    worker._send(report)
    assert heard == [report]


def test_alone_a_process_has_both_sides_and_one_clock() -> None:
    environment = Environment(parsed_options=Namespace())
    environment.create_local_runner()
    alone = listeners_of(environment)
    assert isinstance(alone, listeners.LocalListeners)
    assert alone.master._workers.offset(listeners.LOCAL) == ClockOffset(0.0, 0.0)
