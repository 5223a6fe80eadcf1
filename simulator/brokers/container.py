"""Apache Kafka in a container, where an engine such as Docker or Podman answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from simulator.brokers.jars import KAFKA_VERSION
from simulator.brokers.java import OWN_BROKER
from simulator.brokers.nodes import HOST, Node, choose_nodes
from simulator.brokers.processes import telling_line
from simulator.brokers.properties import cluster_id, server_properties
from simulator.brokers.startup import START_SECONDS, STARTED
from simulator.core.errors import TransportError
from simulator.core.suggestions import installation

IMAGE = f"apache/kafka:{KAFKA_VERSION}"
DATA = "/tmp/kraft-combined-logs"  # where the image keeps data unless told otherwise
DEFAULT_HOST = "unix:///var/run/docker.sock"  # docker-py's own
POLL_SECONDS = 0.25  # our choice: each look fetches the container's log


def container_engine_absent() -> str:
    """Return why no container can be started; an empty text where one can.

    That takes testcontainers, and an engine that answers.
    """
    try:
        _check_engine()
    except TransportError as error:
        return str(error)
    return ""


@contextmanager
def container_broker(*, image: str = IMAGE) -> Iterator[str]:
    """Run one Kafka node in a container; yield its bootstrap address.

    The container goes with the block. The image must honour the `KAFKA_*` settings of
    `apache/kafka`; the engine must be on this machine, for the port is open on loopback only.
    Raise TransportError, in one line, where no engine answers, the image cannot be had, or Kafka
    does not start.
    """
    _check_engine()
    node = choose_nodes(1, None)[0]
    container = _container(image, node)
    try:
        _started(container, image)
        _await_started(container, node)
        yield f"{HOST}:{node.port}"
    finally:
        container.stop()


def container_settings(node: Node) -> Mapping[str, str]:
    """Return a node's settings as the environment of the image `apache/kafka`.

    The port inside is the one outside, so that the one address clients are given also leads the
    broker to itself (transaction markers take that way).
    """
    listeners = f"PLAINTEXT://0.0.0.0:{node.port},CONTROLLER://{HOST}:{node.controller_port}"
    settings = {**server_properties(node, [node]), "listeners": listeners, "log.dirs": DATA}
    named = {f"KAFKA_{key.upper().replace('.', '_')}": value for key, value in settings.items()}
    return {"CLUSTER_ID": cluster_id(Path(DATA)), **named}


def _check_engine() -> None:
    engine = _engine_library()
    host = engine.get_docker_host() or DEFAULT_HOST
    try:
        _knock(host)
        with closing(engine.DockerClient().client) as client:
            client.ping()
    except (_engine_error(), OSError) as error:
        raise TransportError(
            f"no container engine answers at {host} ({error}): start Docker or Podman, or set DOCKER_HOST, {OWN_BROKER}"
        ) from error


def _knock(host: str) -> None:
    # The engine's client leaves its socket open where nobody answers; this one closes it.
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(host.removeprefix("unix://"))


def _engine_library() -> Any:
    # Imported when asked for: an optional dependency, and a heavy one.
    try:
        from testcontainers.core import docker_client
    except ImportError as error:
        raise TransportError(f"testcontainers is not installed: {installation('test')}, {OWN_BROKER}") from error
    return docker_client


def _engine_error() -> Any:
    from docker.errors import DockerException  # type: ignore[import-untyped]  # published without types

    return DockerException


def _container(image: str, node: Node) -> Any:
    from testcontainers.core.container import DockerContainer

    # Its type knows no address to bind on, only a port, and that would be open to the network.
    container: Any = DockerContainer(image)
    for name, value in container_settings(node).items():
        container.with_env(name, value)
    container.ports[f"{node.port}/tcp"] = (HOST, node.port)
    return container


def _started(container: Any, image: str) -> None:
    try:
        container.start()
    except (_engine_error(), OSError) as error:
        raise TransportError(
            f"container {image} cannot be started ({error}): pull the image first, {OWN_BROKER}"
        ) from error


def _await_started(container: Any, node: Node) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _serves(container, node):
        container.get_wrapped_container().reload()
        ended = container.get_wrapped_container().status == "exited"
        if ended or time.monotonic() > deadline:
            raise TransportError(f"Kafka in its container: {telling_line(_written(container))}")
        time.sleep(POLL_SECONDS)


def _serves(container: Any, node: Node) -> bool:
    if STARTED not in _written(container):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        return client.connect_ex((HOST, node.port)) == 0


def _written(container: Any) -> str:
    return "\n".join(part.decode(errors="replace") for part in container.get_logs())
