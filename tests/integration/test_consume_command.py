"""`pulsetrain consume` beside `pulsetrain run`, on a real Kafka."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from simulator.brokers import BrokerStatus
from tests.cli_fixtures import Command, hello, hello_site, pulsetrain, start

__all__ = ["hello", "hello_site", "pulsetrain", "start"]

pytestmark = [pytest.mark.kafka]


def test_a_consumer_of_its_own_decides_the_same_as_one_in_memory(
    local_kafka: BrokerStatus, pulsetrain: Command, start: Callable[..., subprocess.Popen[str]]
) -> None:
    wire = ["--transport", f"kafka://{local_kafka.bootstrap}", "--topic-prefix", "consume-command."]
    consumer = start("consume", "hello", *wire)
    over_kafka = report_of(pulsetrain, "--consumer", "external", *wire)
    in_memory = report_of(pulsetrain)
    consumer.send_signal(signal.SIGINT)
    counted, said = consumer.communicate(timeout=60)
    compared = ("verdict", "delivery", "events_sha256", "labels_sha256", "decisions_sha256")
    assert [over_kafka[name] for name in compared] == [in_memory[name] for name in compared]
    assert f"{in_memory['decisions']} decisions, 0 dead letters" in counted
    assert (consumer.returncode, said.splitlines()[0]) == (
        0,
        f"consume-command.hello-v1.thermometer reads {wire[1]}; Ctrl-C stops it.",
    )


def report_of(pulsetrain: Command, *words: str) -> dict[str, Any]:
    """Return what a run prints as JSON."""
    done = pulsetrain("run", "hello", *words, "--json")
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report
