"""The side that gathers, with workers that only note what they are told and a clock that is turned by hand."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from math import inf
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from locust.argument_parser import LocustArgumentParser

from loadtests import clock, master_side
from loadtests.clock_offsets import ClockOffset
from loadtests.master_side import DRAIN_SECONDS, MasterSide, Workers
from loadtests.options import add_options
from loadtests.reports import ShardCounts, WorkerReport
from loadtests.shard_load import ShardTask
from simulator.core.errors import TransportError, UsageError

NAMES = ["second", "first"]
OPTIONS = "--scenario sepsis --subjects 40 --cohort-duration 12h --grace 4s --warm-up 3s --consumer echo".split()
SLEEP = gevent.sleep


class HandClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        """Start within a second."""
        self.now = 1_000.25

    def sleep(self, seconds: float = 0.0) -> None:
        """Let time pass, and others go on."""
        self.now += seconds
        SLEEP(0)


class FakeWorkers:
    """Workers that keep what they are told, and one master beside them."""

    def __init__(self, names: list[str], *words: str, **locusts_own: Any) -> None:
        """Stand ready; `words` are options of the load."""
        self.tasks: list[tuple[str, ShardTask]] = []
        self.begun: list[tuple[str, float]] = []
        self.drained: list[str] = []
        self.measured: list[tuple[str, float, float]] = []
        self.corrected: list[tuple[str, float]] = []
        self.moved_ms: dict[str, float] = {}
        self.mute: set[str] = set()
        self.stopped = 0
        parser = LocustArgumentParser()
        add_options(parser)
        own = {"num_users": None, "run_time": None, **locusts_own}
        options = Namespace(**{**vars(parser.parse_args([*OPTIONS, *words])), **own})
        workers = Workers(
            names=lambda: names,
            start=lambda name, task: self.tasks.append((name, task)),
            begin=lambda name, offset: self.begun.append((name, offset)),
            measure=lambda name, start, stop: self.measured.append((name, start, stop)),
            drain=self.drained.append,
            offset=self._offset,
            correct=lambda name, offset: self.corrected.append((name, offset)),
            stop_test=self._stop,
        )
        self.master = MasterSide(lambda: options, workers, judges_meanwhile=False)

    def say(self, shard: int, *, is_final: bool = False, **counts: Any) -> None:
        """Let the worker of a shard speak."""
        own = {"shard": shard, "worker": self.tasks[shard][0], "is_ready": True, **counts}
        self.master.take(WorkerReport(counts=ShardCounts(**own), is_final=is_final))

    def begin(self) -> None:
        """Start a load and wait until it runs."""
        self.master.start()
        for shard in range(len(self.tasks)):
            self.say(shard)
        until(lambda: self.master.state == "running")

    def _offset(self, name: str) -> ClockOffset | None:
        return None if name in self.mute else ClockOffset(len(name) + self.moved_ms.get(name, 0.0), 0.5)

    def _stop(self) -> None:
        self.stopped += 1


@pytest.fixture(autouse=True)
def hand(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    """Turn the clock by hand, and make no topics."""
    hand = HandClock()
    monkeypatch.setattr(clock, "now", lambda: hand.now)
    monkeypatch.setattr(clock, "wall", lambda: hand.now)
    # Its sleep alone: a runner that another test has made sleeps too.
    monkeypatch.setattr(master_side, "gevent", SimpleNamespace(sleep=hand.sleep, spawn=gevent.spawn))
    monkeypatch.setattr(master_side, "make_topics", lambda *_, **__: 1_000)
    monkeypatch.setattr(master_side, "events_held", lambda *_: 1_007)
    return hand


def until(holds: Callable[[], bool], *, turns: int = 2_000) -> None:
    """Let greenlets go on until something holds."""
    for _ in range(turns):
        if holds():
            return
        SLEEP(0)
    raise AssertionError("it never held")


def end(workers: FakeWorkers) -> None:
    """Let what still watches a load see that it is over."""
    workers.master.state = "over"
    SLEEP(0)


def test_shards_are_handed_out_in_the_order_of_the_workers() -> None:
    workers = FakeWorkers(NAMES, "--rate-per-ward", "5")
    workers.master.start()
    found = [(name, one.worker, one.shard, one.shards, one.cohort, one.rate_per_ward) for name, one in workers.tasks]
    assert found == [("second", "second", 0, 2, 0, 5.0), ("first", "first", 1, 2, 0, 5.0)]
    end(workers)


def test_all_are_told_to_begin_once_all_are_ready() -> None:
    workers = FakeWorkers(NAMES)
    workers.master.start()
    workers.say(0)
    for _ in range(10):
        SLEEP(0)
    assert workers.begun == []
    workers.say(1)
    until(lambda: len(workers.begun) == 2)
    assert workers.begun == [("second", 6.0), ("first", 5.0)]
    assert workers.master.gathered is not None
    assert [one.round_trip_ms for one in workers.master.gathered.counts] == [0.5, 0.5]
    end(workers)


def test_of_a_worker_whose_clock_is_not_known_it_is_not_said_to_be_right() -> None:
    workers = FakeWorkers(NAMES)
    workers.mute = {"first"}
    workers.begin()
    gathered = workers.master.gathered
    assert gathered is not None
    assert workers.begun == [("second", 6.0), ("first", 0.0)]
    assert [(one.clock_offset_ms, one.round_trip_ms) for one in gathered.counts] == [(6.0, 0.5), (None, None)]
    end(workers)


def test_a_clock_that_moves_during_the_load_is_noticed_and_its_worker_told(hand: HandClock) -> None:
    workers = FakeWorkers(NAMES)
    workers.begin()
    gathered = workers.master.gathered
    assert gathered is not None
    workers.moved_ms, began = {"second": 40.0, "first": 0.4}, hand.now
    until(lambda: bool(workers.corrected))
    assert hand.now - began < 10.2
    until(lambda: hand.now > began + 25.0)
    # What lies within the round trip may be no move at all.
    assert workers.corrected == [("second", 46.0)]
    workers.say(0)
    assert [one.clock_offset_ms for one in gathered.counts] == [46.0, pytest.approx(5.4)]
    end(workers)


def test_a_load_begins_at_a_whole_second_after_its_warm_up(hand: HandClock) -> None:
    workers = FakeWorkers(["one"])
    workers.master.start()
    workers.say(0)
    until(lambda: bool(workers.begun))
    told = hand.now
    until(lambda: workers.master.state == "running")
    gathered = workers.master.gathered
    assert gathered is not None
    assert gathered.began is not None
    assert gathered.began == int(gathered.began)
    assert told + 3.0 <= gathered.began <= min(told + 4.1, hand.now)
    assert workers.measured == [("one", gathered.began, inf)]
    end(workers)


def test_workers_are_told_before_it_begins_which_seconds_are_measured(hand: HandClock) -> None:
    workers = FakeWorkers(NAMES, run_time=60)
    workers.master.start()
    for shard in (0, 1):
        workers.say(shard)
    until(lambda: len(workers.measured) == 2)
    told = hand.now
    until(lambda: workers.master.state == "running")
    began = workers.measured[0][1]
    assert workers.measured == [(name, began, began + 60.0) for name in NAMES]
    assert told - 1.0 < began
    end(workers)


@pytest.mark.parametrize(("shape", "before"), [("ramp", 50), ("outage:start=0", 50), ("constant", 100)])
def test_there_is_a_load_in_the_warm_up_of_every_shape(shape: str, before: int) -> None:
    workers = FakeWorkers(["one"], "--shape", shape, run_time=60)
    assert workers.master.wards() == before
    workers.master.start()
    gathered = workers.master.gathered
    assert gathered is not None
    found = [workers.master.wards()]
    gathered.began = clock.wall() + 0.5
    found.append(workers.master.wards())
    gathered.began = clock.wall()
    assert found == [before, before]
    assert workers.master.wards() == gathered.asked.wards_at(0.0)
    end(workers)


def test_the_next_load_begins_with_the_cohort_after_the_last() -> None:
    workers = FakeWorkers(["one"])
    workers.begin()
    workers.say(0, cohort=4, is_final=True)
    workers.master.drain()
    workers.tasks.clear()
    workers.master.start()
    assert [task.cohort for _, task in workers.tasks] == [5]
    end(workers)


def test_a_drain_waits_for_every_last_word() -> None:
    workers = FakeWorkers(NAMES)
    workers.begin()
    draining = gevent.spawn(workers.master.drain)
    until(lambda: workers.drained == NAMES)
    workers.say(0, is_final=True)
    SLEEP(0)
    assert (workers.master.state, workers.master.report) == ("draining", None)
    workers.say(1, is_final=True)
    until(draining.ready)
    assert workers.master.state == "over"
    assert workers.master.report is not None


@pytest.mark.parametrize(("sent", "surplus"), [(7, 0), (4, 3)])
def test_what_the_topics_hold_beyond_what_was_sent_makes_a_load_invalid(sent: int, surplus: int) -> None:
    workers = FakeWorkers(["one"])
    workers.begin()
    workers.say(0, sent=sent, is_final=True)
    workers.master.drain()
    report = workers.master.report
    assert report is not None
    assert report.delivery.surplus == surplus
    assert any(f"{surplus} events lie in their topics" in one for one in report.reasons) == bool(surplus)


def test_a_drain_gives_up_after_the_grace_and_what_a_worker_may_take(hand: HandClock) -> None:
    workers = FakeWorkers(NAMES)
    workers.begin()
    workers.say(0, is_final=True)
    began = hand.now
    workers.master.drain()
    assert hand.now - began == pytest.approx(4.0 + DRAIN_SECONDS, abs=0.2)
    assert workers.master.report is not None
    assert workers.master.report.verdict == "invalid"


def test_a_shard_that_fails_before_the_load_begins_is_refused_with_its_error() -> None:
    workers = FakeWorkers(NAMES)
    workers.master.start()
    workers.say(0)
    workers.say(1, error="no space left.", is_ready=False)
    until(lambda: workers.stopped == 1)
    assert isinstance(workers.master.error, TransportError)
    assert (str(workers.master.error), workers.begun, workers.master.wards()) == ("no space left.", [], None)


def test_a_worker_that_is_lost_before_the_load_begins_is_named_at_once(hand: HandClock) -> None:
    workers, began = FakeWorkers(NAMES), hand.now
    workers.master.start()
    workers.say(0)
    workers.master.keep_only({NAMES[0]})
    until(lambda: workers.stopped == 1)
    said = f"worker {NAMES[1]} was lost before the load began. Start it again."
    assert (str(workers.master.error), hand.now - began < 1.0) == (said, True)


def test_a_shard_that_fails_later_ends_the_load() -> None:
    workers = FakeWorkers(["one"])
    workers.begin()
    workers.say(0, error="no space left.")
    until(lambda: workers.stopped == 1)
    workers.say(0, error="no space left.", is_final=True)
    workers.master.drain()
    assert workers.master.report is not None
    assert (workers.master.report.verdict, workers.master.report.reasons[0]) == ("invalid", "no space left.")


def test_a_consumer_that_never_answers_is_refused_after_the_grace(hand: HandClock) -> None:
    workers = FakeWorkers(["one"], "--consumer", "reference")
    began = hand.now
    workers.master.start()
    workers.say(0, is_ready=False)
    until(lambda: workers.stopped == 1)
    assert hand.now - began == pytest.approx(4.0, abs=0.2)
    assert "the consumer did not answer clock.ticked within --grace 4s" in str(workers.master.error)


def test_a_world_that_takes_longer_to_make_is_not_the_fault_of_the_consumer() -> None:
    workers = FakeWorkers(["one"], "--consumer", "reference")
    workers.master.start()
    workers.say(0, is_ready=False, answers_clock=True)
    until(lambda: workers.stopped == 1)
    assert "its world takes longer to make" in str(workers.master.error)


def test_more_workers_than_partitions_are_refused() -> None:
    workers = FakeWorkers([f"w{number}" for number in range(99)])
    workers.master.start()
    assert isinstance(workers.master.error, UsageError)
    assert "99 workers cannot share" in str(workers.master.error)
    assert (workers.tasks, workers.master.state) == ([], "over")
    SLEEP(0)
