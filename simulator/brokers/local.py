"""A real Apache Kafka (KRaft) on this machine: started, asked for, stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from simulator.brokers.folders import cache_folder, locked, make_folder
from simulator.brokers.jars import kafka_jars
from simulator.brokers.java import find_java
from simulator.brokers.nodes import HOST, Node, check_request, choose_nodes, read_nodes
from simulator.brokers.processes import LOG_NAME, is_broker, java_command
from simulator.brokers.startup import end_nodes, start_nodes
from simulator.brokers.status import BrokerStatus
from simulator.core.errors import UsageError


def start_broker(
    *,
    nodes: int = 1,
    port: int | None = None,
    directory: Path | None = None,
    fresh: bool = False,
    progress: Callable[[str], None] | None = None,
) -> BrokerStatus:
    """Start a Kafka of 1 or 3 nodes on loopback and return once clients can use it.

    Topics of an earlier start in the same directory are there again, unless `fresh`. The nodes
    listen on `port` and those that follow, or on free ones. If the cluster asked for runs already,
    return it. `progress` receives short texts about what takes time.

    Raise UsageError for what cannot be, or for another cluster that runs in the directory;
    TransportError, with the last telling line of its log, where Kafka cannot be had or started.
    """
    check_request(nodes, port)
    home = _home(directory)
    java, libs = find_java(), kafka_jars(progress=progress)
    make_folder(home)
    with locked(home / "lock"):
        running = broker_status(directory)
        if running is not None:
            return _as_asked(running, nodes=nodes, port=port, fresh=fresh)
        if progress is not None:
            progress(f"starting Kafka, {nodes} node{'s' if nodes > 1 else ''}")
        chosen = choose_nodes(nodes, port)
        return _status(home, start_nodes(home, chosen, java_command(java, libs), fresh=fresh))


def broker_status(directory: Path | None = None) -> BrokerStatus | None:
    """Return the cluster that runs in a directory, or None if no node is alive.

    Without `directory`, the default one, in the cache. Raise TransportError where its record
    cannot be read.
    """
    home = _home(directory)
    status = _status(home, read_nodes(home))
    return status if status.pids else None


def stop_broker(directory: Path | None = None, *, at_once: bool = False) -> bool:
    """Stop the cluster in a directory; return whether one ran. Its data and logs stay.

    Every node has ended on return: asked first, killed if it does not listen. With `at_once` it
    is killed, for data that nobody will read: to close its logs takes a node some seconds.
    """
    home = _home(directory)
    if not home.is_dir():
        return False
    with locked(home / "lock"):
        running = broker_status(directory)
        end_nodes(home, read_nodes(home), at_once=at_once)
        return running is not None


@contextmanager
def running_broker(
    *,
    nodes: int = 1,
    port: int | None = None,
    directory: Path | None = None,
    fresh: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Iterator[BrokerStatus]:
    """Run a cluster for as long as the block lasts; it starts empty unless told.

    Without `directory` its files go with it. Raise as `start_broker` does, and UsageError if a
    cluster runs in the directory already: ending the block would end somebody else's.
    """
    with TemporaryDirectory(prefix="pulsetrain-broker-") as own:
        home = Path(own) if directory is None else directory
        if broker_status(home) is not None:
            raise UsageError(f"a broker runs in {home} already; stop it, or name another directory")
        status = start_broker(nodes=nodes, port=port, directory=home, fresh=fresh, progress=progress)
        try:
            yield status
        finally:
            stop_broker(home, at_once=directory is None)


def _home(directory: Path | None) -> Path:
    return (cache_folder() / "broker" if directory is None else directory).absolute()


def _status(home: Path, nodes: Sequence[Node]) -> BrokerStatus:
    return BrokerStatus(
        bootstrap=",".join(f"{HOST}:{node.port}" for node in nodes),
        nodes=len(nodes),
        pids=tuple(node.pid for node in nodes if is_broker(node.pid, node.folder(home))),
        directory=home,
        logs=tuple(node.folder(home) / LOG_NAME for node in nodes),
    )


def _as_asked(running: BrokerStatus, *, nodes: int, port: int | None, fresh: bool) -> BrokerStatus:
    first_port = int(running.bootstrap.split(",")[0].rpartition(":")[2])
    same = running.is_whole and running.nodes == nodes and port in (None, first_port)
    if same and not fresh:
        return running
    raise UsageError(
        f"a broker of {running.nodes} node(s), {len(running.pids)} alive, runs at "
        f"{running.bootstrap} in {running.directory}; stop it first (`pulsetrain broker stop`)"
    )
