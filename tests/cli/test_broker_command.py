"""`pulsetrain broker`: what is printed can be copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import brokers
from simulator.brokers import BrokerStatus
from tests.cli_fixtures import Command

STATUS = BrokerStatus(
    bootstrap="127.0.0.1:9092",
    nodes=1,
    pids=(77,),
    directory=Path("/cache/broker"),
    logs=(Path("/cache/broker/node-1/server.log"),),
)
SHOWN = """\
kafka://127.0.0.1:9092
  nodes  1 of 1 alive, process 77
  data   /cache/broker
  log    /cache/broker/node-1/server.log
"""


def test_start_prints_the_url_and_where_the_log_is(pulsetrain: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def start_broker(**options: object) -> BrokerStatus:
        asked.append({name: value for name, value in options.items() if name != "progress"})
        return STATUS

    monkeypatch.setattr(brokers, "start_broker", start_broker)
    assert pulsetrain("broker", "start", "--nodes", "3", "--port", "9092").stdout == SHOWN
    assert pulsetrain("broker", "start", "--fresh").stdout == SHOWN
    assert asked == [{"nodes": 3, "port": 9092, "fresh": False}, {"nodes": 1, "port": None, "fresh": True}]


@pytest.mark.parametrize(
    ("status", "stdout", "exit_code"),
    [
        (STATUS, SHOWN, 0),
        (None, "no broker runs. Start one: pulsetrain broker start\n", 69),
    ],
)
def test_status_tells_scripts_and_people(
    pulsetrain: Command, monkeypatch: pytest.MonkeyPatch, status: BrokerStatus | None, stdout: str, exit_code: int
) -> None:
    monkeypatch.setattr(brokers, "broker_status", lambda: status)
    said = pulsetrain("broker", "status")
    assert (said.stdout, said.exit_code) == (stdout, exit_code)


@pytest.mark.parametrize(("stopped", "stdout"), [([STATUS], "stopped.\n"), ([], "no broker runs.\n")])
def test_stop_says_whether_one_ran(
    pulsetrain: Command, monkeypatch: pytest.MonkeyPatch, stopped: list[BrokerStatus], stdout: str
) -> None:
    monkeypatch.setattr(brokers, "stop_broker", lambda: bool(stopped))
    said = pulsetrain("broker", "stop")
    assert (said.stdout, said.exit_code) == (stdout, 0)
