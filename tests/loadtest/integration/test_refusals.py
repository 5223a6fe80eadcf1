"""What keeps a load from beginning is said in one line, with the exit code that fits."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.children import free_port
from simulator.brokers import BrokerStatus
from simulator.core.catalog import Topic
from simulator.transports.kafka_live import LiveKafka
from tests.loadtest.integration.loads import descendants, new_prefix

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def loadtest(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `pulsetrain loadtest sepsis` to its end."""
    command = [sys.executable, "-m", "simulator", "loadtest", "sepsis", "--duration", "2s", "--rate", "100", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)


def last_line(text: str) -> str:
    """Return the last line of a text."""
    return text.strip().splitlines()[-1]


def test_a_broker_that_is_not_there(tmp_path: Path) -> None:
    port = free_port()
    said = loadtest("--transport", f"kafka://127.0.0.1:{port}", folder=tmp_path)
    assert said.returncode == 69
    assert last_line(said.stderr).startswith(f"pulsetrain: no Kafka broker answers at 127.0.0.1:{port}; start one with")


def test_a_topic_with_too_few_partitions(local_kafka: BrokerStatus, tmp_path: Path) -> None:
    url, prefix = f"kafka://{local_kafka.bootstrap}", new_prefix()
    kafka = LiveKafka(url)
    kafka.create_topics([Topic(f"{prefix}sepsis.vitals", 2)], must_be_empty=True)
    kafka.close()
    said = loadtest("--transport", url, "--topic-prefix", prefix, folder=tmp_path)
    assert said.returncode == 64
    assert f'topic "{prefix}sepsis.vitals"' in last_line(said.stderr)
    assert "2 partitions" in last_line(said.stderr)


def test_a_topic_that_holds_an_earlier_load(local_kafka: BrokerStatus, tmp_path: Path) -> None:
    url, prefix = f"kafka://{local_kafka.bootstrap}", new_prefix()
    words = ("--transport", url, "--topic-prefix", prefix, "--consumer", "echo", "--warm-up", "0s", "--quiet")
    first, again = loadtest(*words, folder=tmp_path), loadtest(*words, folder=tmp_path)
    assert first.returncode in (0, 2)
    assert again.returncode == 64
    assert "--topic-prefix" in last_line(again.stderr)


def test_a_consumer_that_never_answers_proves_nothing(local_kafka: BrokerStatus, tmp_path: Path) -> None:
    url = f"kafka://{local_kafka.bootstrap}"
    words = (
        "--transport",
        url,
        "--topic-prefix",
        new_prefix(),
        "--consumer",
        "external",
        "--grace",
        "2s",
        "--quiet",
        "--warm-up",
        "0s",
    )
    said = loadtest(*words, folder=tmp_path)
    assert said.returncode == 2
    assert said.stdout.startswith(("inconclusive  sepsis-v1  seed 42  no decision came", "invalid  sepsis-v1"))
    assert "no decision came: is the consumer there, and does it read these topics?" in said.stdout


def test_a_reference_consumer_that_is_not_started_is_told_how_to_be(local_kafka: BrokerStatus, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loadtests", "--headless", "--only-summary", "--say", "quiet", "-u", "1"]
    command += ["--transport", f"kafka://{local_kafka.bootstrap}", "--topic-prefix", new_prefix(), "--grace", "3s"]
    before = descendants()
    said = subprocess.run([*command, "--run-time", "3s"], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert said.returncode == 69
    assert (
        "the consumer did not answer clock.ticked within --grace 3s. Start it: pulsetrain consume sepsis" in said.stderr
    )
    assert descendants() == before


def test_an_interrupted_load_says_what_it_knows_and_leaves_nothing_running(tmp_path: Path) -> None:
    before = descendants()
    words = ["loadtest", "sepsis", "--rate", "200", "--duration", "60s", "--consumer", "echo", "--warm-up", "0s"]
    command = [sys.executable, "-m", "simulator", *words, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stderr is not None
    while "running" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert '"scenario":"sepsis-v1"' in out
    assert last_line(err) == "pulsetrain: interrupted."
    assert descendants() == before
