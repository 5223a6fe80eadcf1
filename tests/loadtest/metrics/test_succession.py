"""Counters go on where the load before left off."""

from __future__ import annotations

from loadtests.metrics.series import Load
from loadtests.metrics.succession import Succession
from loadtests.reports import ShardCounts
from tests.loadtest.metrics.loads import SmallLoad, small_load


def sent(load: Load) -> dict[tuple[str, ...], float]:
    return {(str(one.shard),): one.sent for one in load.counts}


def test_the_next_load_adds_to_all_that_the_one_before_had_at_its_end() -> None:
    first = small_load(ShardCounts(shard=0, sent=10))
    shown: list[SmallLoad | None] = [first]
    loads = Succession(lambda: shown[0])
    loads.add("sent", sent)
    before = loads.values("sent")
    first.counts[0].sent = 15
    shown[0] = small_load(ShardCounts(shard=0, sent=2), ShardCounts(shard=1, sent=3))
    assert (before, loads.values("sent")) == ({("0",): 10}, {("0",): 17, ("1",): 3})


def test_looking_again_adds_nothing() -> None:
    load = small_load(ShardCounts(shard=0, sent=10))
    loads = Succession(lambda: load)
    loads.add("sent", sent)
    loads.values("sent")
    assert loads.values("sent") == {("0",): 10}


def test_before_any_load_there_are_no_values() -> None:
    loads = Succession(lambda: None)
    loads.add("sent", sent)
    assert loads.values("sent") == {}
