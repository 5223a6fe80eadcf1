"""Records over Kafka, by librdkafka: idempotent, acknowledged by all replicas, counted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, KafkaException, Producer

from simulator.core.catalog import Topic
from simulator.core.errors import TransportError
from simulator.core.records import RecordBatch
from simulator.transports.kafka_deliveries import FailedDeliveries, producer_settings
from simulator.transports.kafka_settings import SCHEME, KafkaSettings, settings_of
from simulator.transports.kafka_subscription import KafkaSubscription
from simulator.transports.kafka_topics import KafkaTopics
from simulator.transports.kafka_watch import GONE, OPEN_SECONDS, BrokerWatch
from simulator.transports.topics import check_topics

_WAIT_SECONDS = 0.1  # our choice: how long a wait for the broker goes on before it is looked after
LINGER_MS = 10  # our choice: below 5 the broker works four times as much, above 20 nothing is won


def open_kafka(url: str, *, kafka_config: Path | None = None) -> KafkaTransport:
    """Open `kafka://HOST:PORT[,HOST:PORT]`, with a file of librdkafka properties.

    Raises UsageError for a URL or a file that is not understood, and TransportError when no
    broker answers within five seconds or it refuses the client.
    """
    settings = settings_of(url, kafka_config)
    try:
        return KafkaTransport(settings)
    except KafkaException as error:
        raise settings.rejected(error) from error


class KafkaTransport:
    """A producer, and subscriptions, on a Kafka cluster.

    Every record's delivery report is waited for. Those of records that arrived are counted by
    the client itself (a record leaves its queue by a report, and only by one), those of the
    others here, so `acknowledged` is published - still waiting - failed, exactly.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._watch = BrokerWatch(settings.bootstrap, so_far=self._so_far)
        self._deliveries = FailedDeliveries()
        own = producer_settings(self._deliveries, linger_ms=LINGER_MS)
        self._producer = Producer(settings.of_client(own, self._watch.on_error))
        self._published = 0
        self._acknowledged = 0
        self._partitions: dict[str, int] = {}
        self._subscriptions: list[KafkaSubscription] = []
        self._closed = False
        self._check_answers()
        self._topics = KafkaTopics(settings, self._watch)

    @property
    def name(self) -> str:
        """Return `kafka://HOST:PORT[,HOST:PORT]`."""
        return f"{SCHEME}{self._settings.bootstrap}"

    @property
    def acknowledged(self) -> int:
        """Return how many records all in-sync replicas are known to have."""
        return max(self._acknowledged, self._published - len(self._producer) - self._deliveries.failed)

    def create_topics(self, topics: Sequence[Topic], *, must_be_empty: bool = True) -> None:
        """Make the topics on the cluster; raise as Transport says."""
        self._check_open()
        check_topics(topics)
        self._topics.make(topics, must_be_empty=must_be_empty)
        self._partitions.update({topic.name: topic.partitions for topic in topics})

    def publish(self, batch: RecordBatch) -> None:
        """Hand the records to the client; wait while its queue is full."""
        self._check_open()
        self._check_place(batch)
        produce, topic, number = self._producer.produce, batch.topic, self._published
        places = zip(batch.partitions.tolist(), batch.timestamps.tolist(), strict=True)
        try:
            for value, key, (partition, timestamp) in zip(batch.values, batch.keys, places, strict=True):
                try:
                    # By position: keywords cost a tenth of the call. The two None are callbacks.
                    produce(topic, value, key, partition, None, None, timestamp)
                except BufferError:
                    self._published = number
                    self._produce_when_room(topic, value, key, partition, None, None, timestamp)
                number += 1
        except KafkaException as error:
            raise self._watch.refused(f'a record of topic "{topic}"', error.args[0]) from error
        finally:
            self._published = number
        self._look_after(0.0)

    def flush(self) -> None:
        """Return once every record is acknowledged, or raise TransportError."""
        self._check_open()
        while self._watch.hear(self._producer.flush, _WAIT_SECONDS):
            self._look_after(0.0)
        self._look_after(0.0)
        self._acknowledged = self._published

    def subscribe(self, topics: Sequence[str], *, group: str = "") -> KafkaSubscription:
        """Read topics from their beginning, records of aborted transactions left out."""
        self._check_open()
        places = [(topic, number) for topic in topics for number in range(self._partitions_of(topic))]
        # A reader has connections of its own, and may be the first to notice.
        watch = BrokerWatch(self._settings.bootstrap, so_far=self._so_far)
        beginning = dict.fromkeys(places, OFFSET_BEGINNING)
        subscription = KafkaSubscription(self._settings, beginning, group=group, watch=watch)
        self._subscriptions.append(subscription)
        return subscription

    def close(self) -> None:
        """Stop at once; what is not acknowledged is given up."""
        if self._closed:
            return
        self._closed, self._acknowledged = True, self.acknowledged
        for subscription in self._subscriptions:
            subscription.close()
        self._producer.purge()
        # A client that gave up says so here again.
        with suppress(KafkaException):
            self._producer.poll(0)

    def _produce_when_room(self, *record: object) -> None:
        while True:
            self._look_after(_WAIT_SECONDS)
            try:
                self._producer.produce(*record)
            except BufferError:
                continue
            return

    def _look_after(self, wait_seconds: float) -> None:
        """Take in delivery reports, and raise when there is no more hope."""
        before = self.acknowledged
        self._watch.hear(self._producer.poll, wait_seconds)
        self._check_deliveries()
        if self.acknowledged > before:
            self._watch.answered()
        else:
            self._watch.check(self._producer.list_topics)

    def _so_far(self) -> str:
        return f"{self.acknowledged:,} of {self._published:,} records were acknowledged" if self._published else ""

    def _check_deliveries(self) -> None:
        first = self._deliveries.first
        if first is not None and first.code() in GONE:
            raise self._watch.lost(first.str())
        if first is not None:
            raise self._watch.refused(f'a record of topic "{self._deliveries.topic}"', first)

    def _check_place(self, batch: RecordBatch) -> None:
        partitions = self._partitions_of(batch.topic)
        if len(batch) and not 0 <= batch.partitions.min() <= batch.partitions.max() < partitions:
            raise TransportError(
                f'topic "{batch.topic}" in {self.name} has no partition '
                f"{batch.partitions.max()}, only 0 to {partitions - 1}"
            )

    def _partitions_of(self, topic: str) -> int:
        if topic not in self._partitions:
            self._partitions.update(self._topics.partitions())
        if topic not in self._partitions:
            raise TransportError(f'there is no topic "{topic}" in {self.name}; create it before it is used')
        return self._partitions[topic]

    def _check_answers(self) -> None:
        try:
            self._producer.list_topics(timeout=OPEN_SECONDS)
        except KafkaException as error:
            self._watch.hear(self._producer.poll, 0)
            raise self._watch.absent() from error

    def _check_open(self) -> None:
        if self._closed:
            raise TransportError(f"{self.name} is closed; open it again")
