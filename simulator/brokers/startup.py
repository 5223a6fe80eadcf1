"""The start of a cluster: settings written, storage formatted, servers launched, awaited."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from simulator.brokers.folders import make_folder, unwritable
from simulator.brokers.nodes import HOST, Node, forget_nodes, write_nodes
from simulator.brokers.processes import (
    LOG_NAME,
    POLL_SECONDS,
    format_storage,
    is_broker,
    launch_broker,
    stop_brokers,
    telling_line,
)
from simulator.brokers.properties import (
    cluster_id,
    log4j_properties,
    properties_text,
    server_properties,
)
from simulator.core.errors import TransportError, UsageError

START_SECONDS = 90.0  # our choice: three nodes on two busy cores take under twenty
STARTED = "Kafka Server started"  # what kafka.server.KafkaRaftServer writes when it serves
HEAPS = {1: "-Xmx1g", 3: "-Xmx512m"}  # by number of nodes; 390 and 3 x 450 MB resident
TOOL_OPTIONS = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def start_nodes(home: Path, nodes: Sequence[Node], command: Sequence[str], *, fresh: bool) -> tuple[Node, ...]:
    """Start a cluster in `home`; return its servers once all serve clients.

    `command` is a Java command line without main class. `fresh` removes what an earlier cluster
    left there. Whatever is raised, no server is left running: UsageError if the data is that of
    a cluster of another size, TransportError if a server cannot be started.
    """
    try:
        _prepare(home, nodes, fresh=fresh)
        folders = [node.folder(home) for node in nodes]
        format_storage([*command, *TOOL_OPTIONS], folders, cluster=cluster_id(home))
        return _launched(home, nodes, [*command, HEAPS[len(nodes)]])
    except OSError as error:
        raise unwritable(home, error) from error


def end_nodes(home: Path, nodes: Sequence[Node], *, at_once: bool = False) -> None:
    """Stop the servers of a cluster and forget them; their data and logs stay.

    With `at_once` they are killed unasked.
    """
    stop_brokers(((node.pid, node.folder(home)) for node in nodes), at_once=at_once)
    forget_nodes(home)


def _prepare(home: Path, nodes: Sequence[Node], *, fresh: bool) -> None:
    kept = sorted(home.glob("node-*/server.properties"))
    if fresh:
        for path in kept:
            shutil.rmtree(path.parent)
    elif kept and len(kept) != len(nodes):
        raise UsageError(
            f"{home} holds the data of {len(kept)} node(s), not of {len(nodes)}; "
            "start with as many, or remove that directory, or name another"
        )
    for node in nodes:
        folder = make_folder(node.folder(home))
        settings = properties_text(server_properties(node, nodes))
        (folder / "server.properties").write_text(settings)
        (folder / "log4j2.properties").write_text(properties_text(log4j_properties()))


def _launched(home: Path, nodes: Sequence[Node], command: Sequence[str]) -> tuple[Node, ...]:
    launched: list[Node] = []
    try:
        for node in nodes:
            pid = launch_broker(command, node.folder(home))
            launched.append(Node(node.number, node.port, node.controller_port, pid))
            write_nodes(home, launched)
        _await_started(home, launched)
    # An interrupt too must leave no process behind.
    except BaseException:
        end_nodes(home, launched)
        raise
    return tuple(launched)


def _await_started(home: Path, nodes: Sequence[Node]) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = list(nodes)
    while waiting:
        alive = all(is_broker(node.pid, node.folder(home)) for node in waiting)
        waiting = [node for node in waiting if not _serves(home, node)]
        if waiting and (not alive or time.monotonic() > deadline):
            raise _not_started(home, waiting, alive=alive)
        time.sleep(POLL_SECONDS)


def _serves(home: Path, node: Node) -> bool:
    if STARTED not in _written(home, node):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        return client.connect_ex((HOST, node.port)) == 0


def _not_started(home: Path, waiting: Sequence[Node], *, alive: bool) -> TransportError:
    dead = [node for node in waiting if not is_broker(node.pid, node.folder(home))]
    node = (dead or waiting)[0]
    what = f"did not start in {START_SECONDS:.0f} s" if alive else "ended while it started"
    said = telling_line(_written(home, node))
    return TransportError(f"Kafka node {node.number} {what}: {said}; see {node.folder(home) / LOG_NAME}")


def _written(home: Path, node: Node) -> str:
    return (node.folder(home) / LOG_NAME).read_text(errors="replace")
