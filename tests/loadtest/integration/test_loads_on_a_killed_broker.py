"""A broker that is killed and comes back with its data costs time, and every count stays exact."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulator.brokers import BrokerStatus, running_broker, start_broker
from tests.loadtest.integration.loads import echo, load, new_prefix

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ECHO = ("--consumer", "echo", "--every", "5", "-u", "20", "--rate-per-ward", "50", "--grace", "30s")


@pytest.fixture
def own_kafka(kafka_here: None, tmp_path: Path) -> Iterator[BrokerStatus]:
    """Run a broker that the test may kill, in a directory where it can be started again."""
    # Below the ports that clients are given: one that tries to connect again and again may be given the very one.
    port = 20_000 + os.getpid() % 10_000
    with running_broker(directory=tmp_path / "broker", port=port) as status:
        yield status


def killed_and_restarted(broker: BrokerStatus) -> float:
    """Kill a broker and start it again where it was; return for how many seconds it was away."""
    killed = time.monotonic()
    process = psutil.Process(broker.pids[0])
    process.kill()
    process.wait(30)
    start_broker(directory=broker.directory, port=int(broker.bootstrap.rpartition(":")[2]))
    return time.monotonic() - killed


def test_a_broker_that_is_killed_and_comes_back_costs_time_and_no_event(
    own_kafka: BrokerStatus, tmp_path: Path
) -> None:
    url, prefix = f"kafka://{own_kafka.bootstrap}", new_prefix()
    words = (*ECHO, "--slo", "1s", "--require", "p99_ms<=1000", "--run-time", "10s")
    with echo(url, prefix), load(url, prefix, tmp_path, *words) as under_way:
        under_way.wait_until_running()
        time.sleep(3.0)
        away = killed_and_restarted(own_kafka)
        code, report = under_way.finish()
    delivery = report.delivery
    assert (delivery.sent, delivery.failed, delivery.missing) == (delivery.acknowledged, 0, 0)
    assert report.latency_ms.max is not None
    assert report.latency_ms.max > 500 * away
    # The broker forgets a producer whose records are a day old by their own time, as simulated ones
    # are: what it had but not yet acknowledged it may write twice. An echo answers each place.
    assert delivery.surplus is not None
    assert (delivery.unexpected or 0) <= delivery.surplus
    assert (code, report.verdict) == ((2, "invalid") if delivery.surplus else (1, "fail"))
    assert f"{delivery.surplus} events lie in their topics" in "; ".join(report.reasons) or not delivery.surplus
    assert "p99_ms" in "; ".join(report.reasons)
