"""Kafka clusters that tests run on, each kind opened by its name and closed with the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from simulator.brokers import container_broker, running_broker
from simulator.core.catalog import Topic
from simulator.core.errors import UsageError
from simulator.core.suggestions import suggestion
from simulator.transports import open_transport
from simulator.transports.kafka_mock import MockCluster

_SCHEME = "kafka://"


class Cluster(Protocol):
    """A Kafka that a service under test and a scenario meet on."""

    @property
    def bootstrap(self) -> str:
        """Return HOST:PORT[,HOST:PORT], what clients call `bootstrap.servers`."""

    @property
    def url(self) -> str:
        """Return the transport's URL, `kafka://` and the bootstrap address."""

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Make topics, empty. Raises UsageError for one that is in use."""

    def check_kept(self, topics: Sequence[Topic]) -> None:
        """Raise TransportError when what was published to a topic is no longer all there."""


@dataclass(frozen=True, slots=True)
class BrokerCluster:
    """A real Kafka at an address."""

    bootstrap: str

    @property
    def url(self) -> str:
        """Return the transport's URL."""
        return f"{_SCHEME}{self.bootstrap}"

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Make topics through the Kafka transport."""
        transport = open_transport(self.url)
        try:
            transport.create_topics(topics)
        finally:
            transport.close()

    def check_kept(self, topics: Sequence[Topic]) -> None:
        """Do nothing: a broker keeps topics for ever unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class InProcessCluster:
    """librdkafka's mock cluster, which no admin client can make topics on."""

    mock: MockCluster

    @property
    def bootstrap(self) -> str:
        """Return HOST:PORT on loopback."""
        return self.mock.bootstrap

    @property
    def url(self) -> str:
        """Return the transport's URL."""
        return f"{_SCHEME}{self.bootstrap}"

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Make topics. Raises UsageError for a name that exists."""
        self.mock.create_topics(topics)

    def check_kept(self, topics: Sequence[Topic]) -> None:
        """Raise TransportError when the cluster, which keeps little, has dropped records."""
        self.mock.check_kept(topics)


def open_cluster(wanted: str) -> AbstractContextManager[Cluster]:
    """Open `mock`, `local`, `container` or `kafka://HOST:PORT` while a block lasts.

    Raises UsageError for anything else, and on entry TransportError when there is none to be had.
    """
    if wanted.startswith(_SCHEME) and wanted != _SCHEME:
        return _given(wanted.removeprefix(_SCHEME))
    if wanted not in _KINDS:
        raise UsageError(
            f'--pulsetrain-cluster "{wanted}" is not known.{suggestion(wanted, _KINDS)} '
            f"Write {', '.join(_KINDS)} or kafka://HOST:PORT."
        )
    return _KINDS[wanted]()


@contextmanager
def _mock() -> Iterator[Cluster]:
    mock = MockCluster()
    try:
        yield InProcessCluster(mock)
    finally:
        mock.close()


@contextmanager
def _local() -> Iterator[Cluster]:
    with running_broker() as status:
        yield BrokerCluster(status.bootstrap)


@contextmanager
def _container() -> Iterator[Cluster]:
    with container_broker() as bootstrap:
        yield BrokerCluster(bootstrap)


@contextmanager
def _given(bootstrap: str) -> Iterator[Cluster]:
    cluster = BrokerCluster(bootstrap)
    # An address nobody answers at is an error of the whole test run, not of its first test.
    cluster.create_topics(())
    yield cluster


_KINDS: Mapping[str, Callable[[], AbstractContextManager[Cluster]]] = {
    "mock": _mock,
    "local": _local,
    "container": _container,
}
