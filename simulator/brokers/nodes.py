"""The nodes of a local cluster: their ports, and the record of them on disk."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from simulator.core.errors import TransportError, UsageError

HOST = "127.0.0.1"  # nothing a local broker does may be seen from another machine
SIZES = (1, 3)  # 3 is the smallest cluster that outlives a node
HIGHEST_PORT = 65535


class Node(msgspec.Struct, frozen=True):
    """One Kafka process, broker and controller at once; pid 0 before it is launched."""

    number: int
    port: int
    controller_port: int
    pid: int = 0

    def folder(self, directory: Path) -> Path:
        """Return where the node's settings, data and log lie in the cluster's directory."""
        return directory / f"node-{self.number}"


def check_request(nodes: int, port: int | None) -> None:
    """Raise UsageError unless a cluster of this size can be had at this first port."""
    if nodes not in SIZES:
        raise UsageError(f"a local broker of {nodes} nodes cannot be had; --nodes is 1 or 3")
    if port is not None and not 1 <= port <= HIGHEST_PORT - nodes + 1:
        raise UsageError(f"--port {port} is not in 1..{HIGHEST_PORT - nodes + 1}")


def choose_nodes(count: int, port: int | None) -> tuple[Node, ...]:
    """Choose ports for `count` nodes: `port` and those that follow, or free ones.

    Raise TransportError, naming the port, where a wished one is in use.
    """
    wished = [0] * count if port is None else list(range(port, port + count))
    # All are held until all are chosen, so that no two are the same.
    with ExitStack() as held:
        ports = [_bound(held, number) for number in (*wished, *[0] * count)]
    return tuple(
        Node(number=number + 1, port=ports[number], controller_port=ports[count + number]) for number in range(count)
    )


def read_nodes(directory: Path) -> tuple[Node, ...]:
    """Read which nodes were launched in `directory`; none where no broker was started.

    Raise TransportError where the record is damaged.
    """
    path = _record(directory)
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Node, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise TransportError(f"{path} cannot be read ({error}); end what runs there and remove it") from error


def write_nodes(directory: Path, nodes: Sequence[Node]) -> None:
    """Write which nodes were launched, whole or not at all."""
    partial = directory / "broker.json.partial"
    partial.write_bytes(msgspec.json.encode(nodes))
    os.replace(partial, _record(directory))


def forget_nodes(directory: Path) -> None:
    """Remove the record of launched nodes; their data and logs stay."""
    _record(directory).unlink(missing_ok=True)


def _record(directory: Path) -> Path:
    return directory / "broker.json"


def _bound(held: ExitStack, port: int) -> int:
    listener = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    # As the broker binds: a port whose last connections are still closing is free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        raise TransportError(
            f"port {port} on {HOST} cannot be had ({error.strerror}); "
            "name another with --port, or leave it out for a free one"
        ) from error
    return int(listener.getsockname()[1])
