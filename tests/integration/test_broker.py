"""A real Kafka starts, serves, keeps what it has, and stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from simulator.brokers import (
    BrokerStatus,
    broker_status,
    running_broker,
    start_broker,
    stop_broker,
)
from simulator.brokers.processes import is_broker
from simulator.core.errors import TransportError, UsageError

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("kafka_here")]

SECONDS = 30.0
DECADES_AGO, DECADES_AHEAD = 500_000_000_000, 4_000_000_000_000  # 1985 and 2096, in ms


def create_topic(broker: BrokerStatus, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for created in admin.create_topics([NewTopic(topic, num_partitions=1)]).values():
        created.result(SECONDS)


def publish(broker: BrokerStatus, topic: str, *timestamps: int) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "acks": "all"})
    refused: list[KafkaError] = []
    for timestamp in timestamps:
        producer.produce(
            topic,
            b"value",
            timestamp=timestamp,
            on_delivery=lambda error, _: refused.append(error) if error else None,
        )
    assert (producer.flush(SECONDS), refused) == (0, [])


def read_timestamps(broker: BrokerStatus, topic: str, count: int) -> list[int]:
    settings = {"bootstrap.servers": broker.bootstrap, "group.id": topic}
    consumer = Consumer({**settings, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    records = consumer.consume(count, SECONDS)
    consumer.close()
    return [record.timestamp()[1] for record in records]


def is_open(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        return client.connect_ex((host, port)) == 0


def kill_first_node(broker: BrokerStatus) -> None:
    os.kill(broker.pids[0], signal.SIGKILL)
    while is_open("127.0.0.1", first_port(broker)):
        continue


def first_port(broker: BrokerStatus) -> int:
    return int(broker.bootstrap.split(",")[0].rpartition(":")[2])


def test_records_of_any_simulated_time_are_taken(local_kafka: BrokerStatus) -> None:
    create_topic(local_kafka, "any-time")
    publish(local_kafka, "any-time", DECADES_AGO, DECADES_AHEAD)
    assert read_timestamps(local_kafka, "any-time", 2) == [DECADES_AGO, DECADES_AHEAD]


def test_a_topic_that_nobody_made_is_refused(local_kafka: BrokerStatus) -> None:
    producer = Producer({"bootstrap.servers": local_kafka.bootstrap})
    asked = producer.list_topics("nobody-made-it", SECONDS).topics["nobody-made-it"]
    assert asked.error is not None
    assert asked.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_the_broker_listens_on_loopback_alone(local_kafka: BrokerStatus) -> None:
    # All of 127/8 leads to this machine: a listener on every address would answer at .0.2 too.
    port = first_port(local_kafka)
    assert (is_open("127.0.0.1", port), is_open("127.0.0.2", port)) == (True, False)


def test_the_log_of_a_node_can_be_found(local_kafka: BrokerStatus) -> None:
    assert [path.read_text().count("Kafka Server started") for path in local_kafka.logs] == [1]


def test_a_restart_keeps_records(tmp_path: Path) -> None:
    with running_broker(directory=tmp_path) as broker:
        create_topic(broker, "kept")
        publish(broker, "kept", DECADES_AGO)
    with running_broker(directory=tmp_path, fresh=False) as broker:
        assert read_timestamps(broker, "kept", 1) == [DECADES_AGO]


def test_two_starts_at_once_are_one_broker_and_stop_ends_it(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; from simulator.brokers import start_broker;"
        "print(start_broker(directory=pathlib.Path(sys.argv[1])).pids)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = {start.communicate(timeout=SECONDS * 4)[0].strip() for start in starts}
    running = broker_status(tmp_path)
    assert running is not None
    assert said == {str(running.pids)}
    assert (stop_broker(tmp_path), stop_broker(tmp_path)) == (True, False)
    assert broker_status(tmp_path) is None
    assert not is_broker(running.pids[0], tmp_path / "node-1")
    assert not is_open("127.0.0.1", first_port(running))


def test_a_killed_broker_is_not_running(tmp_path: Path) -> None:
    with running_broker(directory=tmp_path) as broker:
        kill_first_node(broker)
        assert broker_status(tmp_path) is None


@pytest.mark.parametrize("asked", [{"nodes": 3}, {"port": 1}, {"fresh": True}])
def test_another_cluster_is_not_started_over_one_that_runs(local_kafka: BrokerStatus, asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=rf"runs at {local_kafka.bootstrap} in .*; stop it first"):
        start_broker(directory=local_kafka.directory, **asked)
    assert broker_status(local_kafka.directory) == local_kafka


def test_the_same_broker_asked_for_again_is_that_one(local_kafka: BrokerStatus) -> None:
    assert start_broker(directory=local_kafka.directory, port=first_port(local_kafka)) == local_kafka


def test_a_block_does_not_take_over_a_broker_that_runs(local_kafka: BrokerStatus) -> None:
    with (
        pytest.raises(UsageError, match=r"a broker runs in .* already"),
        running_broker(directory=local_kafka.directory),
    ):
        pytest.fail("the block must not be entered")
    assert broker_status(local_kafka.directory) == local_kafka


def test_a_broker_that_cannot_start_says_why_and_where_its_log_is(tmp_path: Path) -> None:
    damaged = tmp_path / "node-1" / "data" / "meta.properties"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("version=1\nnode.id=7\n")
    with pytest.raises(TransportError) as raised:
        start_broker(directory=tmp_path)
    said = str(raised.value)
    assert "\n" not in said
    assert said.startswith("Kafka node 1 ended while it started: ")
    assert "meta.properties" in said
    assert said.endswith(f"; see {tmp_path / 'node-1' / 'server.log'}")
    assert broker_status(tmp_path) is None


def test_three_nodes_serve_on_when_one_is_killed(tmp_path: Path) -> None:
    with running_broker(nodes=3, directory=tmp_path) as broker:
        create_topic(broker, "safe")
        publish(broker, "safe", DECADES_AGO)
        kill_first_node(broker)
        publish(broker, "safe", DECADES_AHEAD)
        left = broker_status(tmp_path)
        assert left is not None
        assert (left.pids, left.nodes, left.is_whole) == (broker.pids[1:], 3, False)
        assert read_timestamps(broker, "safe", 2) == [DECADES_AGO, DECADES_AHEAD]
    assert broker_status(tmp_path) is None
