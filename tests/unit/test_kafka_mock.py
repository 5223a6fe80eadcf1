"""librdkafka's mock cluster: topics as asked for, and no loss that goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer

from simulator.core.catalog import Topic
from simulator.core.errors import TransportError, UsageError
from simulator.transports.kafka_mock import MockCluster, load_functions

WIDE, NARROW = Topic("wide", 12), Topic("narrow", 3)


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    """Give a cluster with two topics."""
    mock = MockCluster()
    mock.create_topics([WIDE, NARROW])
    yield mock
    mock.close()


def fill(cluster: MockCluster, records: int) -> None:
    """Write so many records of a kilobyte to one partition."""
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "queue.buffering.max.messages": 200_000})
    for _ in range(records):
        producer.produce("narrow", b"x" * 1_000, partition=1)
    assert producer.flush(10) == 0


def test_topics_have_the_partitions_that_were_asked_for(cluster: MockCluster) -> None:
    metadata = Producer({"bootstrap.servers": cluster.bootstrap}).list_topics(timeout=10)
    assert {name: len(topic.partitions) for name, topic in metadata.topics.items()} == {"wide": 12, "narrow": 3}


def test_it_listens_on_loopback_alone(cluster: MockCluster) -> None:
    assert cluster.bootstrap.startswith("127.0.0.1:")


def test_a_topic_that_exists_is_refused(cluster: MockCluster) -> None:
    with pytest.raises(UsageError, match=r'topic "wide" cannot be made on the mock cluster: .*already exists'):
        cluster.create_topics([WIDE])


def test_a_topic_that_cannot_be_is_refused(cluster: MockCluster) -> None:
    with pytest.raises(UsageError, match='topic "a/b" is no legal name'):
        cluster.create_topics([Topic("a/b", 1)])


def test_what_is_kept_whole_passes(cluster: MockCluster) -> None:
    fill(cluster, 100)
    cluster.check_kept([WIDE, NARROW])


def test_records_that_were_dropped_are_told(cluster: MockCluster) -> None:
    fill(cluster, 20_000)
    with pytest.raises(TransportError, match=r'dropped the first [\d,]+ records of topic "narrow": it keeps 5 MiB'):
        cluster.check_kept([WIDE, NARROW])


def test_a_group_begins_without_a_wait(cluster: MockCluster) -> None:
    fill(cluster, 1)
    settings = {"bootstrap.servers": cluster.bootstrap, "group.id": "g", "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    consumer.subscribe(["narrow"])
    record = consumer.poll(2.5)  # the protocol's own wait for further members is three seconds
    consumer.close()
    assert record is not None
    assert (record.partition(), record.error()) == (1, None)


def test_a_topic_that_is_not_there_cannot_be_checked(cluster: MockCluster) -> None:
    with pytest.raises(TransportError, match='topic "none" of the mock cluster cannot be read'):
        cluster.check_kept([Topic("none", 1)])


def test_a_closed_cluster_says_so_and_closes_twice() -> None:
    mock = MockCluster()
    mock.close()
    mock.close()
    with pytest.raises(TransportError, match="the mock cluster is closed; make another"):
        mock.create_topics([WIDE])


def test_a_library_without_a_mock_cluster_is_refused_by_name() -> None:
    with pytest.raises(TransportError, match=r"librdkafka at .* has no rd_kafka_conf_new, so no mock cluster: install"):
        load_functions("libc.so.6")
