"""The containers: what they open, how they are told to behave, and what they run."""

import re
from typing import Any

import pytest
import yaml

from loadtests.options import OPTIONS
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


LOAD_SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "deploy/compose.loadtest.yml").read_text())[
    "services"
]
MANIFESTS: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "deploy/kubernetes.yml").read_text()))
CONTAINERS = [
    container
    for one in MANIFESTS
    if one["kind"] == "Deployment"
    for container in one["spec"]["template"]["spec"]["containers"]
]


def test_the_page_of_a_load_is_open_on_loopback_only() -> None:
    ports = [port for service in LOAD_SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8089:8089"]


def test_a_load_in_containers_has_a_master_workers_and_a_consumer() -> None:
    assert set(LOAD_SERVICES) == {"kafka", "consumer", "master", "worker"}
    assert [container["name"] for container in CONTAINERS] == ["consumer", "master", "worker"]


@pytest.mark.parametrize(
    "words",
    [
        *(LOAD_SERVICES[name]["command"].split() for name in ("master", "worker")),
        *(container["args"] for container in CONTAINERS if "command" in container),
    ],
    ids=["compose-master", "compose-worker", "kubernetes-master", "kubernetes-worker"],
)
def test_a_load_in_containers_uses_options_that_locust_and_we_have(words: list[str]) -> None:
    ours = {f"--{one.name}" for one in OPTIONS}
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    locusts = {"--master", "--worker", "--master-host", "--master-bind-host", "--web-host", "--users", "--run-time"}
    assert given - ours <= locusts
    # Workers and the page are reached from outside the container.
    assert "--master" not in given or {"--master-bind-host", "--web-host"} <= given


def test_no_container_of_a_cluster_runs_as_root_or_may_become_it() -> None:
    for container in CONTAINERS:
        assert container["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
