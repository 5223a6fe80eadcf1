"""The Kafka transport on a real broker: the conformance suite, and what a broker can do to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource

from simulator.brokers import BrokerStatus, running_broker
from simulator.core.catalog import Catalog, Topic
from simulator.core.errors import TransportError, UsageError
from simulator.core.partitioning import partitions_of_subjects
from simulator.core.records import Record, RecordBatch, record_batch
from simulator.core.time import hours
from simulator.testing.transports import CHECKS, Opened
from simulator.transports import Subscription, Transport, kafka_watch, open_transport

START = 1_767_571_200_000
SECONDS = 20.0
_numbers = count()


@pytest.fixture
def transport(local_kafka: BrokerStatus) -> Iterator[Transport]:
    opened = open_transport(f"kafka://{local_kafka.bootstrap}")
    yield opened
    opened.close()


@pytest.fixture
def own_kafka(kafka_here: None) -> Iterator[BrokerStatus]:
    """Run a broker that the test may kill."""
    with running_broker() as status:
        yield status


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def new_topic(transport: Transport, *, partitions: int = 1) -> str:
    name = f"kafka-{os.getpid()}-{next(_numbers)}"
    transport.create_topics([Topic(name, partitions)])
    return name


def batch_of(topic: str, records: int, *, bytes_each: int = 300) -> RecordBatch:
    return RecordBatch(
        topic=topic,
        partitions=np.zeros(records, dtype=np.int64),
        timestamps=START + np.arange(records, dtype=np.int64),
        keys=[b"syn-0000001"] * records,
        values=[b"%0*d" % (bytes_each, row) for row in range(records)],
    )


def publish_much(transport: Transport, topic: str) -> None:
    for _ in range(200):
        transport.publish(batch_of(topic, 2_000))
    transport.flush()


def read(subscription: Subscription, records: int) -> list[Record]:
    found: list[Record] = []
    for _ in range(int(SECONDS / 0.1)):
        found += subscription.poll(maximum=records, timeout_seconds=0.1)
        if len(found) >= records:
            break
    return found


def properties(folder: Path, text: str) -> Path:
    path = folder / "client.properties"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.kafka
class TestBroker:
    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_the_transport_conforms(self, check: Callable[[Opened], None], local_kafka: BrokerStatus) -> None:
        check(lambda: open_transport(f"kafka://{local_kafka.bootstrap}"))

    def test_simulated_time_may_lie_anywhere(self, transport: Transport) -> None:
        topic = new_topic(transport)
        decades_ago, decades_ahead = 500_000_000_000, 4_000_000_000_000
        transport.publish(record_batch(topic, [(0, decades_ago, b"k", b"1985"), (0, decades_ahead, b"k", b"2096")]))
        transport.flush()
        found = [(one.timestamp, one.value) for one in read(transport.subscribe([topic]), 2)]
        assert found == [(decades_ago, b"1985"), (decades_ahead, b"2096")]

    def test_topics_are_kept_for_ever_or_as_long_as_stated(
        self, transport: Transport, local_kafka: BrokerStatus
    ) -> None:
        always, hour = (f"kept-{os.getpid()}-{next(_numbers)}" for _ in range(2))
        transport.create_topics([Topic(always, 1), Topic(hour, 1, retention_ms=hours(1))])
        admin = AdminClient({"bootstrap.servers": local_kafka.bootstrap})
        asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in (always, hour)]
        told = [found.result(SECONDS) for found in admin.describe_configs(asked).values()]
        assert [one["retention.ms"].value for one in told] == ["-1", "3600000"]
        assert {one["message.timestamp.type"].value for one in told} == {"CreateTime"}
        stated = ("retention.ms", "message.timestamp.after.max.ms", "message.timestamp.before.max.ms")
        assert {one[name].source for one in told for name in stated} == {ConfigSource.DYNAMIC_TOPIC_CONFIG.value}

    def test_our_partitions_are_those_of_librdkafka(self, transport: Transport, local_kafka: BrokerStatus) -> None:
        topic, subjects = new_topic(transport, partitions=8), np.arange(0, 3_000_000, 9_973, dtype=np.int64)
        catalog = Catalog("toy", 1, event_types=(), decision_types=(), partitions=8)
        producer = Producer({"bootstrap.servers": local_kafka.bootstrap, "partitioner": "murmur2_random"})
        for subject in subjects.tolist():
            producer.produce(topic, b"{}", catalog.subject_name(subject).encode())
        producer.flush(SECONDS)
        found = {one.key.decode(): one.partition for one in read(transport.subscribe([topic]), len(subjects))}
        ours = partitions_of_subjects(catalog, subjects).tolist()
        assert found == {catalog.subject_name(number): ours[row] for row, number in enumerate(subjects.tolist())}

    def test_a_topic_with_other_partitions_names_the_way_out(self, transport: Transport) -> None:
        topic = new_topic(transport, partitions=2)
        with pytest.raises(UsageError, match=rf'topic "{topic}" in Kafka .* has 2 partitions .*--topic-prefix'):
            transport.create_topics([Topic(topic, 3)])

    def test_closing_ends_the_subscriptions_too(self, local_kafka: BrokerStatus) -> None:
        transport = open_transport(f"kafka://{local_kafka.bootstrap}")
        subscription = transport.subscribe([new_topic(transport)])
        transport.close()
        with pytest.raises(TransportError, match="the subscription is closed; subscribe again"):
            subscription.poll()

    def test_more_records_than_the_queue_holds_all_arrive(self, transport: Transport) -> None:
        topic = new_topic(transport)
        transport.publish(batch_of(topic, 150_000, bytes_each=20))
        transport.flush()
        assert transport.acknowledged == 150_000
        assert [one.offset for one in read(transport.subscribe([topic]), 150_000)] == list(range(150_000))

    def test_what_a_reader_had_not_dealt_with_is_given_again(self, transport: Transport) -> None:
        topic, group = new_topic(transport), f"group-{os.getpid()}-{next(_numbers)}"
        transport.publish(batch_of(topic, 30))
        transport.flush()
        crashed = transport.subscribe([topic], group=group)
        first = [crashed.poll(maximum=10, timeout_seconds=SECONDS)[0].offset for _ in range(1)]
        crashed._consumer.close()  # type: ignore[attr-defined]
        crashed._closed = True  # type: ignore[attr-defined]
        again = read(transport.subscribe([topic], group=group), 30)
        assert (first, [one.offset for one in again]) == ([0], list(range(30)))

    def test_records_of_an_aborted_transaction_are_not_given(
        self, transport: Transport, local_kafka: BrokerStatus
    ) -> None:
        topic = new_topic(transport)
        producer = Producer({"bootstrap.servers": local_kafka.bootstrap, "transactional.id": topic})
        producer.init_transactions(SECONDS)
        for value, end in ((b"aborted", producer.abort_transaction), (b"kept", producer.commit_transaction)):
            producer.begin_transaction()
            producer.produce(topic, value)
            producer.flush(SECONDS)
            end(SECONDS)
        assert [one.value for one in read(transport.subscribe([topic]), 1)] == [b"kept"]

    def test_a_record_that_the_broker_refuses_is_named(self, transport: Transport) -> None:
        topic = new_topic(transport)
        with pytest.raises(TransportError, match=rf'refuses a record of topic "{topic}": .*[Mm]essage size too large'):
            transport.publish(batch_of(topic, 1, bytes_each=2_000_000))

    def test_a_broker_that_speaks_no_tls_is_named(self, local_kafka: BrokerStatus, tmp_path: Path) -> None:
        path = properties(tmp_path, "security.protocol=ssl\n")
        with pytest.raises(
            TransportError, match=rf"at {local_kafka.bootstrap} cannot be used: .*; check .*--kafka-config"
        ):
            open_transport(f"kafka://{local_kafka.bootstrap}", kafka_config=path)


@pytest.mark.kafka
class TestLostBroker:
    @pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
    def test_a_lost_broker_says_how_many_records_it_had(
        self, own_kafka: BrokerStatus, tmp_path: Path, end: signal.Signals
    ) -> None:
        path = properties(tmp_path, "message.timeout.ms=3000\n")
        transport = open_transport(f"kafka://{own_kafka.bootstrap}", kafka_config=path)
        topic = new_topic(transport)
        transport.publish(batch_of(topic, 1_000))
        transport.flush()
        os.kill(own_kafka.pids[0], end)
        with pytest.raises(TransportError) as raised:
            publish_much(transport, topic)
        if end == signal.SIGSTOP:
            os.kill(own_kafka.pids[0], signal.SIGCONT)
        assert f"the Kafka broker at {own_kafka.bootstrap} was lost" in str(raised.value)
        assert f"; 1,000 of {transport._published:,} records were acknowledged" in str(raised.value)  # type: ignore[attr-defined]
        transport.close()
        assert transport.acknowledged == 1_000

    def test_a_broker_that_stays_away_is_given_up_before_the_records_are(
        self, own_kafka: BrokerStatus, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kafka_watch, "LOST_SECONDS", 1.0)
        transport = open_transport(f"kafka://{own_kafka.bootstrap}")
        topic = new_topic(transport)
        subscription = transport.subscribe([topic])
        transport.publish(batch_of(topic, 10))
        transport.flush()
        assert len(read(subscription, 10)) == 10
        os.kill(own_kafka.pids[0], signal.SIGKILL)
        transport.publish(batch_of(topic, 10))
        with pytest.raises(TransportError, match="was lost: no answer for 1 s; 10 of 20 records were acknowledged"):
            transport.flush()
        with pytest.raises(TransportError, match="was lost: no answer for 1 s; 10 of 20 records were acknowledged"):
            read(subscription, 10)
        transport.close()


class TestAbsentBroker:
    def test_it_says_how_to_start_one(self, free_port: int) -> None:
        with pytest.raises(TransportError) as raised:
            open_transport(f"kafka://127.0.0.1:{free_port}")
        assert str(raised.value) == (
            f"no Kafka broker answers at 127.0.0.1:{free_port}; start one with `pulsetrain broker start` "
            "or give another with --transport kafka://HOST:PORT"
        )

    def test_the_client_writes_nothing_of_its_own(self, free_port: int) -> None:
        code = (
            "from simulator.core.errors import TransportError; from simulator.transports import open_transport\n"
            f"try: open_transport('kafka://127.0.0.1:{free_port}')\n"
            "except TransportError: print('told')"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("told\n", "")


class TestSettings:
    @pytest.mark.parametrize("url", ["kafka://", "kafka:localhost:9092", "kafka://a:1,", "kafka://a:x"])
    def test_an_address_that_is_none_is_shown(self, url: str) -> None:
        with pytest.raises(UsageError, match=f'"{url}" is no address of Kafka; write --transport kafka://HOST:PORT'):
            open_transport(url)

    def test_an_address_without_a_port_is_told_so(self) -> None:
        with pytest.raises(UsageError, match='"kafka://host" names no port; write --transport kafka://host:9092'):
            open_transport("kafka://host")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("# a comment\n\nsasl.jaas.config=x\n", 'line 3: librdkafka rejects "sasl.jaas.config": Java'),
            ("linger.ms=soon\n", 'line 1: librdkafka rejects "linger.ms": Invalid value'),
            ("client.id=a\ncolour=blue\n", 'line 2: librdkafka rejects "colour": No such configuration property'),
            ("client.id=a\nlinger.ms\n", "line 2: write key=value, or # before a comment"),
            ("client.id=a\nclient.id=b\n", 'line 2: "client.id" stands twice; leave one out'),
            ("acks=1\n", 'line 1: "acks" is set by pulsetrain; leave the line out'),
            ("bootstrap.servers=x:1\n", 'line 1: "bootstrap.servers" comes from --transport; leave the line out'),
            ("error_cb=x\n", 'line 1: "error_cb" is no librdkafka property'),
            (
                "security.protocol=ssl\nssl.ca.location=absent.pem\n",
                'line 2: "ssl.ca.location" names absent.pem, which is not there; it is sought from where this runs',
            ),
        ],
    )
    def test_a_bad_line_is_named(self, tmp_path: Path, text: str, said: str) -> None:
        path = properties(tmp_path, text)
        with pytest.raises(UsageError) as raised:
            open_transport("kafka://127.0.0.1:9", kafka_config=path)
        assert f"{path} {said}" in str(raised.value)

    def test_a_secret_is_never_shown(self, tmp_path: Path) -> None:
        path = properties(tmp_path, "security.protocol=ssl\nssl.key.pem=hush-hush\nssl.key.password=hush\n")
        with pytest.raises(UsageError) as raised:
            open_transport("kafka://127.0.0.1:9", kafka_config=path)
        assert "hush" not in str(raised.value)
        assert str(path) in str(raised.value)

    def test_a_file_that_is_absent_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"--kafka-config .*absent cannot be read: No such file"):
            open_transport("kafka://127.0.0.1:9", kafka_config=tmp_path / "absent")
