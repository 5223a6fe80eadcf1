"""One load after the other in one Locust: other patients, counts of its own, and nothing from before."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loadtests.children import free_port
from loadtests.conductor import LOCUSTFILE
from tests.loadtest.integration.loads import WAIT_SECONDS, echo, new_prefix

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

FORM = b"user_count=20&spawn_rate=100&run_time=2s"


@contextmanager
def locust_ui(url: str, prefix: str, folder: Path) -> Iterator[str]:
    """Run Locust with its web UI; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE)]
    command += ["--web-host", "127.0.0.1", "--web-port", str(port)]
    command += ["--transport", url, "--topic-prefix", prefix, "--consumer", "echo", "--every", "5"]
    command += ["--warm-up", "1s", "-u", "20", "--rate-per-ward", "10", "--run-time", "2s", "--say", "quiet"]
    command += ["--subjects", "300", "--logfile", str(folder / "locust.log")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def asked(address: str, form: bytes | None = None) -> Any:
    """Return what the page answers, or None where nobody does yet."""
    try:
        with urllib.request.urlopen(address, form, timeout=10) as answer:
            return json.loads(answer.read())
    except OSError:
        return None


def one_load(address: str, number: int) -> Any:
    """Start a load from the form as soon as the page answers; return how it stands once it is over."""
    give_up = time.monotonic() + WAIT_SECONDS
    while (started := asked(f"{address}/swarm", FORM)) is None and time.monotonic() < give_up:
        time.sleep(0.2)
    assert started["success"], started
    while True:
        live = asked(f"{address}/pulsetrain/live")
        if live and live["number"] == number and live["state"] == "over":
            return live
        assert time.monotonic() < give_up, live
        time.sleep(0.2)


def one_after_the_other(url: str, folder: Path) -> tuple[Any, Any]:
    prefix = new_prefix()
    with echo(url, prefix), locust_ui(url, prefix, folder) as address:
        return one_load(address, 1), one_load(address, 2)


@pytest.mark.load(make=one_after_the_other)
def test_a_second_load_has_other_patients_and_counts_of_its_own(ended: tuple[Any, Any]) -> None:
    first, second = ended
    cohorts = [one["shards"][0]["cohort"] for one in (first, second)]
    deliveries = [one["delivery"] for one in (first, second)]
    assert cohorts[1] > cohorts[0]
    for one in deliveries:
        assert one["sent"] > 400
        assert (one["missing"], one["twice"], one["unexpected"], one["surplus"]) == (0, 0, 0, 0)
