"""The containers: what they open, how they are told to behave, and what they run."""

import re
from typing import Any

import pytest
import yaml

from simulator.brokers.container import IMAGE
from simulator.brokers.properties import storage_properties
from tests.architecture.source import ROOT
from tests.command_help import unknown_options

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_there_is_a_broker_a_consumer_and_a_run() -> None:
    assert set(SERVICES) == {"kafka", "consumer", "run"}


def test_every_port_is_open_on_loopback_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert {port.split(":")[0] for port in ports} == {"127.0.0.1"}


def test_the_broker_is_the_image_that_the_tests_start() -> None:
    assert SERVICES["kafka"]["image"] == IMAGE


def test_the_broker_is_set_as_the_one_that_pulsetrain_starts() -> None:
    expected = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in storage_properties(1).items()}
    given = {name: str(value) for name, value in SERVICES["kafka"]["environment"].items()}
    assert expected.items() <= given.items()


def test_every_listener_that_is_advertised_is_opened_and_given_a_protocol() -> None:
    environment = SERVICES["kafka"]["environment"]
    opened = set(re.findall(r"(\w+)://", environment["KAFKA_LISTENERS"]))
    advertised = set(re.findall(r"(\w+)://", environment["KAFKA_ADVERTISED_LISTENERS"]))
    protocols = set(re.findall(r"(\w+):", environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]))
    assert advertised | {environment["KAFKA_CONTROLLER_LISTENER_NAMES"]} == opened == protocols


@pytest.mark.parametrize("service", ["consumer", "run"])
def test_a_service_waits_for_a_healthy_broker(service: str) -> None:
    assert SERVICES[service]["depends_on"]["kafka"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("service", ["consumer", "run"])
def test_a_service_uses_options_that_exist(service: str) -> None:
    command = SERVICES[service]["command"]
    assert "--transport kafka://kafka:9092" in command
    assert unknown_options(command) == []


def test_the_image_is_built_from_what_the_context_holds() -> None:
    copied = {word for line in DOCKERFILE.splitlines() if line.startswith("COPY") for word in line.split()[1:-1]}
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"}
    assert copied == sent
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_runs_as_a_user_without_rights() -> None:
    instructions = [line.split()[0] for line in DOCKERFILE.splitlines() if line[:1].isupper()]
    assert "USER pulsetrain" in DOCKERFILE
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")
    assert instructions.index("RUN") < instructions.index("USER")
