"""How many workers a load may be shared by."""

from __future__ import annotations

import pytest

from loadtests.asked import Asked
from loadtests.conductor import Setting, conduct
from loadtests.master_side import _check_shards
from loadtests.spec import plan_of
from simulator.core.errors import UsageError
from tests.loadtest.unit.small_loads import small_load


def test_two_workers_cannot_measure_an_external_consumer() -> None:
    load = small_load(consumer="external")
    _check_shards(load, plan_of(load), 1)
    with pytest.raises(UsageError, match=r"2 workers cannot measure --consumer external: .*\. Start one\."):
        _check_shards(load, plan_of(load), 2)


def test_two_workers_share_what_is_known_beforehand() -> None:
    load = small_load(consumer="echo")
    _check_shards(load, plan_of(load), 2)


def test_two_processes_for_an_external_consumer_are_refused_before_anything_is_started() -> None:
    load, setting = small_load(consumer="external"), Setting(processes=2, own_broker=False)
    with pytest.raises(UsageError, match=r"--processes 2 cannot measure --consumer external: .*Give --processes 1\."):
        conduct(load, Asked(seconds=1.0, rate=10.0), setting, say=print)
