"""Several processes feed what one would, step by step, and leave nothing behind, however they end."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from simulator.core.errors import ScenarioError
from simulator.core.records import RecordBatch
from simulator.harness import workers
from simulator.harness.feed import Feed, WorldFeed
from simulator.harness.files import label_lines
from simulator.harness.plan import Plan, make_plan
from simulator.harness.run import make_feed
from simulator.harness.shared_slots import SharedSlots
from simulator.harness.spec import RunSpec
from simulator.harness.workers import ParallelFeed

pytestmark = pytest.mark.usefixtures("tiny")

Step = list[dict[str, object]]


@pytest.fixture
def plan() -> Plan:
    """Return the plan of an open-loop run in which nobody decides."""
    return make_plan(RunSpec(scenario="tiny", subjects=12, duration="4h", step="25m", open_loop=True))


@pytest.fixture
def feed(plan: Plan) -> Iterator[ParallelFeed]:
    """Return the feed of two workers, closed afterwards."""
    feed = ParallelFeed(plan, workers=2)
    yield feed
    feed.close()


def columns(batch: RecordBatch) -> dict[str, object]:
    """Return all that is in a batch, as what can be compared."""
    arrays = ("partitions", "timestamps", "types", "subjects", "numbers", "occurred")
    return {
        "topic": batch.topic,
        "keys": list(batch.keys),
        "values": list(batch.values),
        **{name: getattr(batch, name).tolist() for name in arrays},
    }


def everything(feed: Feed, plan: Plan) -> tuple[list[Step], Sequence[bytes], dict[int, str]]:
    """Return the steps of a feed, its labels and its digests."""
    fed = [feed.step(until, ()) for until in plan.instants()]
    steps = [[columns(batch) for batch in one.batches] for one in fed]
    return steps, label_lines(label for one in fed for label in one.labels), feed.digests()


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("shared_bytes", [workers.SHARED_BYTES, 40_000, 0])
def test_each_step_is_that_of_one_process_wherever_it_finds_room(
    count: int, shared_bytes: int, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "SHARED_BYTES", shared_bytes)
    feed = ParallelFeed(plan, workers=count)
    try:
        assert everything(feed, plan) == everything(WorldFeed(plan), plan)
    finally:
        feed.close()


def test_records_outlive_the_feed(feed: ParallelFeed, plan: Plan) -> None:
    fed = [feed.step(until, ()) for until in plan.instants()]
    feed.close()
    expected, _, _ = everything(WorldFeed(plan), plan)
    assert [[columns(batch) for batch in one.batches] for one in fed] == expected


def test_no_worker_is_without_a_subject() -> None:
    feed = make_feed(make_plan(RunSpec(scenario="tiny", subjects=2, workers=8, open_loop=True)))
    assert isinstance(feed, ParallelFeed)
    assert len(feed._workers) == 2
    feed.close()


def test_the_workers_cpu_time_is_counted(feed: ParallelFeed, plan: Plan) -> None:
    everything(feed, plan)
    assert [worker.process.is_alive() for worker in feed._workers] == [False, False]


@pytest.mark.parametrize("steps", [0, 3])
def test_a_worker_that_dies_ends_the_run(steps: int, feed: ParallelFeed, plan: Plan) -> None:
    instants = plan.instants()
    for _ in range(steps):
        feed.step(next(instants), ())
    feed._workers[1].process.kill()
    feed._workers[1].process.join()
    with pytest.raises(ScenarioError, match=r"a generating process ended early. Run again with --workers 1"):
        everything(feed, plan)


def test_a_worker_that_dies_ends_a_run_in_closed_loop_too() -> None:
    plan = make_plan(RunSpec(scenario="tiny"))
    feed = ParallelFeed(plan, workers=2)
    feed._workers[0].process.kill()
    feed._workers[0].process.join()
    try:
        with pytest.raises(ScenarioError, match="ended early"):
            feed.step(plan.size.end, ())
    finally:
        feed.close()


def open_files() -> int:
    """Return how many files this process has open."""
    gc.collect()
    return len(os.listdir("/dev/fd"))


def test_nothing_stays_open_when_a_feed_is_closed_midway(plan: Plan) -> None:
    def feed_a_little() -> None:
        feed = ParallelFeed(plan, workers=2)
        feed.step(next(plan.instants()), ())
        feed.close()

    feed_a_little()  # the first starts what multiprocessing keeps for good
    before = open_files()
    feed_a_little()
    assert open_files() == before


def test_without_shared_memory_there_are_slots_of_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "full").touch()
    slots = SharedSlots(os.open(tmp_path / "full", os.O_RDONLY), slots=2, slot_bytes=64)
    slots.close_file()
    assert (len(slots), slots.slot_bytes, bytes(slots[1])) == (2, 0, b"")


def test_ctrl_c_is_the_parents_to_answer() -> None:
    plan = make_plan(RunSpec(scenario="tiny", subjects=12, duration="4h"))
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    feed = ParallelFeed(plan, workers=2)
    try:
        first, *others = plan.instants()
        feed.step(first, ())
        for pid in [worker.process.pid for worker in feed._workers]:
            assert pid is not None
            os.kill(pid, signal.SIGINT)
        assert all(feed.step(until, ()).batches for until in others)
    finally:
        feed.close()
        signal.signal(signal.SIGINT, heeded)
