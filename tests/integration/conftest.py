"""One real Kafka for the tests of a whole run, started by the first that asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from simulator.brokers import BrokerStatus, running_broker
from simulator.brokers.jars import kafka_jars
from simulator.brokers.java import find_java
from simulator.core.errors import TransportError


@pytest.fixture(scope="session")
def kafka_here() -> None:
    """Skip with the reason where Kafka cannot be had; fail where CI is set."""
    try:
        find_java()
        kafka_jars()
    except TransportError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI must have a broker: {error}")
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def local_kafka(kafka_here: None) -> Iterator[BrokerStatus]:
    """Run one node for the whole test run; tests share it, so each names its own topics."""
    with running_broker() as status:
        yield status
