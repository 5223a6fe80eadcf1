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
from tests.loadtest.integration.loads import new_prefix, processes_of

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def loadtest(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `pulsetrain loadtest sepsis` to its end."""
    command = [sys.executable, "-m", "simulator", "loadtest", "sepsis", "--duration", "1s", "--rate", "100", *words]
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


def again(url: str, folder: Path) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
    words = ("--transport", url, "--topic-prefix", new_prefix(), "--consumer", "echo", "--warm-up", "0s", "--quiet")
    return loadtest(*words, folder=folder), loadtest(*words, folder=folder)


@pytest.mark.load(make=again)
def test_a_topic_that_holds_an_earlier_load(ended: tuple[subprocess.CompletedProcess[str], ...]) -> None:
    first, second = ended
    assert first.returncode in (0, 2)
    assert second.returncode == 64
    assert "--topic-prefix" in last_line(second.stderr)


def unanswered(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = ("--transport", url, "--topic-prefix", new_prefix(), "--consumer", "external", "--warm-up", "0s")
    return loadtest(*words, "--grace", "2s", "--quiet", folder=folder)


@pytest.mark.load(make=unanswered)
def test_a_consumer_that_never_answers_proves_nothing(ended: subprocess.CompletedProcess[str]) -> None:
    assert ended.returncode == 2
    assert ended.stdout.startswith(("inconclusive  sepsis-v1  seed 42  no decision came", "invalid  sepsis-v1"))
    assert "no decision came: is the consumer there, and does it read these topics?" in ended.stdout


def without_its_consumer(url: str, folder: Path) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    prefix = new_prefix()
    command = [sys.executable, "-m", "loadtests", "--headless", "--only-summary", "--say", "quiet", "-u", "1"]
    command += ["--transport", url, "--topic-prefix", prefix, "--grace", "3s", "--run-time", "3s"]
    said = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)
    return said, processes_of(prefix)


@pytest.mark.load(make=without_its_consumer)
def test_a_reference_consumer_that_is_not_started_is_told_how_to_be(
    ended: tuple[subprocess.CompletedProcess[str], list[str]],
) -> None:
    said, left = ended
    how = "the consumer did not answer clock.ticked within --grace 3s. Start it: pulsetrain consume sepsis"
    assert said.returncode == 69
    assert how in said.stderr
    assert left == []


def interrupted(url: str, folder: Path) -> tuple[int, str, str, list[str]]:
    prefix = new_prefix()
    words = ["loadtest", "sepsis", "--transport", url, "--topic-prefix", prefix, "--rate", "200", "--duration", "60s"]
    command = [sys.executable, "-m", "simulator", *words, "--consumer", "echo", "--warm-up", "0s", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
    assert process.stderr is not None
    while "running" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err, processes_of(prefix)


@pytest.mark.load(make=interrupted)
def test_an_interrupted_load_says_what_it_knows_and_leaves_nothing_running(
    ended: tuple[int, str, str, list[str]],
) -> None:
    code, out, err, left = ended
    assert code == 130
    assert '"scenario":"sepsis-v1"' in out
    assert last_line(err) == "pulsetrain: interrupted."
    assert left == []
