"""One shard from its making to its end, with stand-ins for the cluster, the generator and the way back."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from loadtests import clock, sender, shard_load
from loadtests.observer import Answer, Seen
from loadtests.shard_load import ShardLoad, ShardTask
from loadtests.spec import LoadSpec, plan_of
from loadtests.stretches import Stretch
from loadtests.worker_side import native_threads
from simulator.codecs.decisions import ClockCodec
from simulator.core.clock import ClockReached, ClockTicked
from simulator.core.records import Record
from simulator.core.time import SimTime, hours
from tests.loadtest.unit.pacing import Clock, Source, Taker
from tests.loadtest.unit.small_loads import generated, small_load

WALL = 5_000.25  # what makes the wall clock of the monotonic one: seconds do not begin together
START = 100.0
CLOCK = Clock(START)
LOAD = small_load(rate=100.0)
STRETCHES = generated(LOAD, first_step=hours(6))  # few and long


@dataclass
class Producer(Taker):
    """A client whose brokers acknowledge when they are told to."""

    acknowledged: int = 0
    failed: int = 0
    failure: str = ""

    def poll(self) -> None:
        """Do nothing."""


@dataclass
class Cluster:
    """A cluster that has all topics, and nothing in them."""

    producer: Producer = field(default_factory=Producer)
    is_closed: bool = False

    def create_topics(self, topics: object, *, must_be_empty: bool) -> None:
        """Do nothing: they are there."""

    def ends(self, topics: object) -> defaultdict[tuple[str, int], int]:
        """Return 3 for every partition."""
        return defaultdict(lambda: 3)

    def reader(self, places: object) -> None:
        """Return nothing: what comes back is said to the observer."""

    def close(self) -> None:
        """Take note."""
        self.is_closed = True


class Generator(Source):
    """A generator that has made stretches."""

    def __init__(self, ready: deque[Stretch]) -> None:
        """Have made these."""
        super().__init__(ready)
        self.failure, self.is_full, self.is_closed = "", False, False

    @property
    def ahead_events(self) -> int:
        """Return how many events are made."""
        return sum(len(one.ends) // 8 for one in self.ready)

    def close(self) -> None:
        """Take note."""
        self.is_closed = True


@dataclass
class Watcher:
    """An observer that sees what it is told."""

    found: list[Answer] = field(default_factory=list)
    error: str = ""

    def take(self) -> list[Answer]:
        """Return it, once."""
        found, self.found = self.found, []
        return found

    def close(self) -> None:
        """Do nothing."""


@dataclass
class Stage:
    """A shard and all that it works with."""

    shard: ShardLoad
    cluster: Cluster
    generator: Generator
    watcher: Watcher

    def at(self, instant: float) -> Stage:
        """Let it be so many seconds since the start: a turn, and a look at what came."""
        CLOCK.at = START + instant
        while self.shard.turn():
            pass
        self.shard.fold()
        return self

    def ticks(self) -> list[ClockTicked]:
        """Return what the clock said."""
        codec = ClockCodec(plan_of(LOAD).scenario.catalog, seed=LOAD.seed or 0)
        rows = [row for row in self.cluster.producer.taken if row[0].endswith(".clock")]
        found = [codec.decode(Record(row[0], row[3], 0, row[4], row[2], row[1])) for row in rows]
        return [one for one in found if isinstance(one, ClockTicked)]

    def answer(self) -> None:
        """Let the consumer answer every tick so far."""
        self.watcher.found += [ClockReached(time=one.time, partition=one.partition) for one in self.ticks()]


@pytest.fixture(autouse=True)
def clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all look at our clock."""
    CLOCK.at = START
    monkeypatch.setattr(clock, "now", CLOCK)
    monkeypatch.setattr(clock, "wall_of_monotonic", lambda: WALL)
    monkeypatch.setattr(sender, "now", CLOCK)


def staged(patch: pytest.MonkeyPatch, load: LoadSpec = LOAD, *, shards: int = 1, **task: Any) -> Stage:
    """Return a shard of a load at a hundred events a second, not begun."""
    cluster, generator, watcher = Cluster(), Generator(deque(STRETCHES)), Watcher()
    patch.setattr(shard_load, "open_kafka", lambda spec: cluster)
    patch.setattr(shard_load, "Supply", lambda spec, threads: generator)
    patch.setattr(shard_load, "Observer", lambda reader, read, threads: watcher)
    shard = ShardLoad(ShardTask(load=load, shard=0, shards=shards, worker="w", **task), native_threads())
    shard.change_rate(100.0)
    return Stage(shard, cluster, generator, watcher)


def test_nothing_is_sent_or_due_before_time_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch).at(5.0)
    assert (stage.cluster.producer.events, stage.shard.counts.due, stage.shard.has_begun) == ([], 0, False)


def test_every_partition_of_the_shard_is_greeted_with_a_tick_from_before_the_first_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, plan = staged(monkeypatch, shards=2, cohort=1), plan_of(LOAD)
    before = plan.size.start + plan.size.duration - 1
    topics = [topic.name for topic in plan.scenario.catalog.event_topics()]
    assert stage.ticks() == [
        ClockTicked(time=SimTime(before), partition=one, ends=dict.fromkeys(topics, 3))
        for one in range(0, plan.scenario.catalog.partitions, 2)
    ]


def test_it_is_ready_once_enough_is_generated_and_the_consumer_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    found = [stage.at(0.1).shard.counts.is_ready]
    stage.answer()
    stage.generator.ready.clear()
    found.append(stage.at(0.2).shard.counts.is_ready)
    stage.generator.ready.extend(STRETCHES)
    found.append(stage.at(0.3).shard.counts.is_ready)
    stage.generator.ready.clear()
    assert [*found, stage.at(0.4).shard.counts.is_ready] == [False, False, True, True]


def test_a_consumer_that_is_not_ours_is_not_greeted_or_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch, small_load(consumer="external", rate=100.0))
    assert (stage.ticks(), stage.at(0.1).shard.counts.is_ready) == ([], True)


def test_what_is_due_counts_in_the_second_in_which_it_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.begin()
    # A quarter past a second of the wall clock; looked at seldom, as where something else was busy.
    for instant in (0.5, 2.0, 3.5):
        stage.at(instant)
    found = {one.at: one.due for one in stage.shard.report().seconds if one.due}
    assert (stage.shard.counts.due, stage.shard.counts.sent) == (350, 350)
    assert found == {5_100: 75, 5_101: 100, 5_102: 100, 5_103: 75}


def test_another_rate_holds_from_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.begin()
    stage.at(1.0)
    stage.shard.change_rate(10.0)
    assert (stage.at(3.0).shard.counts.due, stage.shard.counts.rate) == (120, 10.0)


def test_acknowledgements_are_those_of_events_and_never_more_than_were_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    greeted, producer = len(stage.ticks()), stage.cluster.producer
    stage.shard.begin()
    producer.acknowledged = greeted + 30
    found = [stage.at(0.5).shard.counts.acknowledged]
    producer.acknowledged = 10_000
    assert [*found, stage.at(0.5).shard.counts.acknowledged] == [30, 50]


def test_a_clock_that_is_ahead_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.begin(clock_offset_ms=2_000.0)
    stage.at(0.5)
    assert {one.at for one in stage.shard.report().seconds if one.due} == {5_098}


def test_a_clock_that_moves_later_names_what_follows_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.begin(clock_offset_ms=2_000.0)
    walls = [stage.at(0.5).shard.wall]
    stage.shard.correct_clock(3_250.0)
    walls.append(stage.shard.wall)
    stage.at(2.0)
    # Until then it was 5,098.75; from then on 5,097.5, so half a second is of the one before.
    found = {one.at: one.due for one in stage.shard.report().seconds if one.due}
    assert (found, walls) == ({5_097: 50, 5_098: 150}, [5_100.75, 5_100.75])


def test_latencies_wait_until_it_is_known_which_seconds_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch, small_load(rate=100.0, consumer="echo"))
    stage.shard.begin()
    stage.at(0.1)
    latencies = [np.array([5.0]), np.array([7.0])]
    asked: list[tuple[float, float]] = []
    monkeypatch.setattr(stage.shard._book, "take_latencies", lambda *span: asked.append(span) or latencies.pop())
    before = stage.shard.take_latencies().tolist()
    stage.shard.measure(5_101.0, 5_103.0)
    assert (before, stage.shard.take_latencies().tolist(), asked) == ([], [7.0], [(5_101.0, 5_103.0)])


def stopped(patch: pytest.MonkeyPatch) -> tuple[Stage, int]:
    """Return a shard that was told to stop after two seconds, and how many events it sends in all."""
    stage = staged(patch)
    stage.shard.begin()
    stage.at(2.0)
    stage.shard.stop()
    return stage, len(STRETCHES[0].ends) // 8


def test_after_the_end_the_stretch_is_completed_at_the_last_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, whole = stopped(monkeypatch)
    stage.shard.change_rate(1e6)
    found = [stage.at(at).shard.counts.sent for at in (2.5, 30.0, 60.0)]
    assert found == [250, whole, whole]
    assert (stage.shard.counts.due, len(stage.ticks())) == (whole, 2 * len(STRETCHES[0].ticks))


def test_it_is_drained_once_all_was_acknowledged_and_decided_and_the_clock_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, whole = stopped(monkeypatch)
    found = [stage.at(30.0).shard.is_drained]
    stage.cluster.producer.acknowledged = len(stage.cluster.producer.taken)
    found.append(stage.at(30.1).shard.is_drained)
    stage.answer()
    found.append(stage.at(30.2).shard.is_drained)
    stage.watcher.found += [Seen(130.3, one.id, "", None, one.value) for one in STRETCHES[0].expected]
    assert [*found, stage.at(30.3).shard.is_drained] == [False, False, False, True]
    counts = stage.shard.counts
    assert (counts.acknowledged, counts.seen, counts.outstanding) == (whole, len(STRETCHES[0].expected), 0)


def test_of_a_consumer_that_tells_nothing_it_is_never_known_that_all_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    load = small_load(consumer="external", rate=100.0)
    stage = staged(monkeypatch, load)
    stage.generator.ready.clear()
    stage.generator.ready.extend(generated(load, first_step=hours(6)))
    found = [stage.at(0.0).shard.is_drained]
    stage.shard.begin()
    stage.at(1.0).shard.stop()
    stage.at(30.0)
    stage.cluster.producer.acknowledged = len(stage.cluster.producer.taken)
    found.append(stage.at(30.1).shard.is_drained)
    stage.answer()
    assert [*found, stage.at(30.2).shard.is_drained] == [True, False, True]


def test_an_end_while_no_rate_is_asked_for_still_completes_the_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.begin()
    stage.at(1.0)
    stage.shard.change_rate(0.0)
    stage.at(2.0)
    stage.shard.stop()
    assert stage.at(30.0).shard.counts.sent == len(STRETCHES[0].ends) // 8


def test_stopping_what_never_began_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.answer()
    stage.shard.stop()
    assert (stage.at(1.0).shard.is_drained, stage.cluster.producer.events) == (True, [])


def test_who_answers_no_clock_is_behind_by_the_oldest_decision_that_has_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = staged(monkeypatch)
    stage.shard.begin()
    (first, *_) = STRETCHES[0].expected
    due = (first.row + 1) / 100.0
    assert stage.at(due + 7.0).shard.counts.lag_seconds == pytest.approx(7.0, abs=0.001)


def test_a_decision_that_never_comes_is_no_lag_of_a_consumer_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.answer()
    stage.shard.begin()
    (first, *_) = STRETCHES[0].expected
    due = (first.row + 1) / 100.0
    stage.at(due + 0.1)
    stage.answer()
    counts = stage.at(due + 0.2).shard.counts
    assert (counts.outstanding >= 1, counts.lag_seconds < 7.0) == (True, True)


@pytest.mark.parametrize("part", ["generator", "watcher", "producer"])
def test_why_it_cannot_go_on_is_said_whoever_finds_it(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.generator.failure = "gone" if part == "generator" else ""
    stage.watcher.error = "gone" if part == "watcher" else ""
    stage.cluster.producer.failure = "gone" if part == "producer" else ""
    stage.at(0.1)
    assert (stage.shard.counts.error, stage.shard.has_failed) == ("gone", True)


def test_the_first_reason_to_fail_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.fail("first")
    stage.shard.fail("second")
    assert stage.shard.counts.error == "first"


def test_a_report_says_what_is_new_and_a_last_one_that_it_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.begin()
    stage.at(1.0)
    first, second, last = stage.shard.report(), stage.shard.report(), stage.shard.report(is_final=True)
    assert [sum(one.sent for one in report.seconds) for report in (first, second)] == [100, 0]
    assert [one.is_final for one in (first, last)] == [False, True]
    assert (last.counts.shard, last.counts.worker) == (0, "w")


def test_closing_lets_go_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(monkeypatch)
    stage.shard.close()
    assert (stage.cluster.is_closed, stage.generator.is_closed) == (True, True)
