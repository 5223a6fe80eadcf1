"""Where Locust has patched the standard library, neither scrape nor export stops its hub, and a fork nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
LATE_MS_MAX = 500.0  # Half of what a waiting hub would show; other work on these processors makes it late too.
LOCUST = """
-m locust -f locustfile_with_otel.py --headless --users 1 --run-time 2s --otel --processes 1 --only-summary
""".split()


def python(*arguments: str, **variables: str) -> str:
    """Return what Python printed, with these environment variables set."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=FOLDER,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> str:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@pytest.mark.parametrize("way", ["scraped", "exported"])
def test_the_hub_turns_on_while_its_load_is(way: str) -> None:
    said = json.loads(python("-m", "gevent.monkey", "hub.py", way))
    assert said["found"] > 0
    assert said["turns"] > 20
    assert said["late_ms_max"] < LATE_MS_MAX


def test_locust_exports_what_is_gathered_though_it_forks_its_workers() -> None:
    port = free_port()
    said = python(
        *LOCUST,
        *("--master-bind-port", port, "--master-port", port),
        OTEL_METRICS_EXPORTER="console",
        OTEL_TRACES_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
    )
    # Once, at the end of the process that gathers: the interval is a minute.
    assert said.count('"value": 123457') == 1
