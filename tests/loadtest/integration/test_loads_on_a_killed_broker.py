"""A broker that is killed and comes back with its data costs time, and every count stays exact."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from loadtests.outcome import LoadReport
from simulator.brokers import BrokerStatus, running_broker, start_broker
from tests.loadtest.integration.loads import echo, load, new_prefix

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ECHO = ("--consumer", "echo", "--every", "5", "-u", "20", "--rate-per-ward", "50", "--grace", "30s")


def killed_and_restarted(broker: BrokerStatus) -> float:
    """Kill a broker and start it again where it was; return for how many seconds it was away."""
    killed = time.monotonic()
    process = psutil.Process(broker.pids[0])
    process.kill()
    process.wait(30)
    start_broker(directory=broker.directory, port=int(broker.bootstrap.rpartition(":")[2]))
    return time.monotonic() - killed


def without_broker_for_a_while(url: str, folder: Path) -> tuple[int, LoadReport, float]:
    """Load a broker of its own, for others load the one at `url`."""
    prefix = new_prefix()
    words = (*ECHO, "--slo", "1s", "--require", "p99_ms<=1000", "--run-time", "8s")
    # Below the ports that clients are given: one that tries to connect again and again may be given the very one.
    port = 20_000 + os.getpid() % 10_000
    with running_broker(directory=folder / "broker", port=port) as own:
        url = f"kafka://{own.bootstrap}"
        with echo(url, prefix), load(url, prefix, folder, *words) as under_way:
            under_way.wait_until_sent(2_000)
            away = killed_and_restarted(own)
            return *under_way.finish(), away


@pytest.mark.load(make=without_broker_for_a_while)
def test_a_broker_that_is_killed_and_comes_back_costs_time_and_no_event(ended: tuple[int, LoadReport, float]) -> None:
    code, report, away = ended
    delivery = report.delivery
    assert (delivery.sent, delivery.failed, delivery.missing) == (delivery.acknowledged, 0, 0)
    assert report.latency_ms.max is not None
    assert report.latency_ms.max > 500 * away
    # The broker forgets a producer whose records are a day old by their own time, as simulated ones
    # are: what it had but not yet acknowledged it may write twice. An echo answers each place.
    assert delivery.surplus is not None
    assert (delivery.unexpected or 0) <= delivery.surplus
    # On a machine that others keep busy the generator may lag too, which comes first; it never passes.
    failed = [] if delivery.surplus else [(1, "fail")]
    assert (code, report.verdict) in [(2, "invalid"), *failed]
    assert f"{delivery.surplus} events lie in their topics" in "; ".join(report.reasons) or not delivery.surplus
    assert "p99_ms" in "; ".join(report.reasons)
