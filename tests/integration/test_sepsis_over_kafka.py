"""The sepsis scenario on a real Kafka is the one in memory: with its consumer outside, killed, or late."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import Any

import pytest

from simulator.brokers import BrokerStatus
from simulator.core.errors import UsageError
from simulator.harness.result import Progress
from tests.cli_fixtures import hello_site, start
from tests.integration.sepsis_over_kafka import Start, in_memory, is_alert, told, wire_on

__all__ = ["hello_site", "start"]

pytestmark = [pytest.mark.kafka]

OPEN, *_ = LOOPS = ["open loop", "lockstep"]
HOUR = timedelta(hours=1) // timedelta(milliseconds=1)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_consumer_in_another_process_changes_nothing(local_kafka: BrokerStatus, start: Start, loop: str) -> None:
    wire = wire_on(local_kafka)
    start("consume", "sepsis", *wire.options)
    over_kafka = wire.run(open_loop=loop == OPEN)
    expected = in_memory(open_loop=loop == OPEN)
    assert told(over_kafka) == told(expected)
    assert (over_kafka.report.delivery.lost, over_kafka.report.delivery.duplicated) == (0, 0)
    assert expected.report.decisions > 5


def test_dead_letters_count_over_kafka_as_in_memory(local_kafka: BrokerStatus, start: Start) -> None:
    wire, broken = wire_on(local_kafka), {"fault": ("corrupt:0.01",), "require": ("dead_letters<=0",)}
    start("consume", "sepsis", *wire.options)
    over_kafka, expected = wire.run(**broken), in_memory(**broken)
    assert told(over_kafka) == told(expected)
    assert (expected.verdict, expected.report.dead_letters > 0) == ("fail", True)


def test_what_is_decided_over_kafka_moves_the_outcome(local_kafka: BrokerStatus) -> None:
    over_kafka = wire_on(local_kafka).run(consumer="reference")
    assert told(over_kafka) == told(in_memory())
    assert over_kafka.report.events_sha256 != in_memory(open_loop=True).report.events_sha256
    assert over_kafka.score["antibiotics_after_onset_hours"] is not None


@pytest.mark.parametrize("loop", LOOPS)
def test_a_kill_of_the_consumer_in_the_middle_changes_nothing(
    local_kafka: BrokerStatus, start: Start, loop: str
) -> None:
    wire = wire_on(local_kafka)
    running = [start("consume", "sepsis", *wire.options)]
    at_the_kill: list[int] = []

    def kill_once(progress: Progress) -> None:
        if at_the_kill or progress.now < progress.start + 12 * HOUR:
            return
        wire.wait_for("sepsis.decisions", is_alert)
        running[0].kill()
        running[0].wait()
        at_the_kill.append(progress.events)
        running.append(start("consume", "sepsis", *wire.options))

    over_kafka = wire.run(open_loop=loop == OPEN, grace="60s", on_progress=kill_once)
    assert told(over_kafka) == told(in_memory(open_loop=loop == OPEN))
    assert [0 < events < over_kafka.report.events for events in at_the_kill] == [True]
    assert (running[0].returncode, running[1].poll()) == (-9, None)


def test_at_the_speed_of_the_wards_clock_each_decision_is_heard_and_timed(
    local_kafka: BrokerStatus, start: Start
) -> None:
    wire = wire_on(local_kafka)
    size: dict[str, Any] = {"subjects": 60, "duration": "12h"}
    start("consume", "sepsis", *wire.options)
    report = wire.run(speed=3_600.0, require=("latency_p50_ms<=0",), **size).report
    lockstep = in_memory(**size).report
    assert 0 < (report.latency_ms.p50 or 0) <= (report.latency_ms.p95 or 0) <= (report.latency_ms.max or 0)
    assert report.verdict == "fail"
    assert "latency_p50_ms" in " ".join(report.reasons)
    assert (report.delivery.lost, report.delivery.duplicated, report.dead_letters) == (0, 0, 0)
    assert report.decisions >= lockstep.decisions > 5
    waited, at_best = (one.score["antibiotics_after_onset_hours"] for one in (report, lockstep))
    assert waited is not None
    assert at_best is not None
    assert waited >= at_best


def test_a_consumer_that_comes_late_brings_antibiotics_later(local_kafka: BrokerStatus, start: Start) -> None:
    wire, started = wire_on(local_kafka), list[subprocess.Popen[str]]()

    def start_late(progress: Progress) -> None:
        if not started and progress.now >= progress.start + 12 * HOUR:
            started.append(start("consume", "sepsis", *wire.options))

    late = wire.run(speed=14_400.0, on_progress=start_late)
    name = "antibiotics_after_onset_hours"
    hours, at_best, unheard = (one.score[name] for one in (late, in_memory(), in_memory(open_loop=True)))
    assert hours is not None
    assert at_best is not None
    assert unheard is not None
    assert at_best < hours <= unheard
    assert late.report.decisions > 5
    assert (late.report.latency_ms.max or 0) > 1_000


def test_a_second_run_into_the_same_topics_is_refused(local_kafka: BrokerStatus, start: Start) -> None:
    wire = wire_on(local_kafka)
    wire.run(consumer="none", duration="1h")
    second = start("run", "sepsis", *wire.options, "--duration", "1h", "--subjects", "40")
    printed, complaint = second.communicate(timeout=60)
    assert (second.returncode, printed) == (UsageError.exit_code, "")
    assert complaint.startswith(f'pulsetrain: topic "{wire.prefix}sepsis.')
    assert "choose other names with --topic-prefix, or start a local broker anew with `pulsetrain broker" in complaint
    assert complaint.count("\n") == 1
