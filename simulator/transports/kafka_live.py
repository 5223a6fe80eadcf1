"""Kafka for a load that keeps its own clock: nothing here waits for the broker once it is open.

A transport may wait where the other side is slower; a load test must not, or it would measure
itself. What the client cannot take is handed back to the caller, who knows when it was due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from confluent_kafka import KafkaException, Producer

from simulator.core.catalog import Topic
from simulator.core.errors import TransportError
from simulator.transports.kafka_deliveries import TIMEOUT_MS, FailedDeliveries, producer_settings
from simulator.transports.kafka_settings import KafkaSettings, settings_of
from simulator.transports.kafka_subscription import KafkaSubscription
from simulator.transports.kafka_topics import KafkaTopics
from simulator.transports.kafka_watch import OPEN_SECONDS, BrokerWatch

LiveRow = tuple[str, bytes, bytes, int, int]
"""A record on its way out: topic, value, key, partition, timestamp."""


class LiveProducer:
    """An idempotent producer that takes what it can at once, and counts what arrives."""

    def __init__(self, settings: KafkaSettings, watch: BrokerWatch, *, linger_ms: int) -> None:
        """Connect in the background."""
        self._watch, self._deliveries = watch, FailedDeliveries()
        own = producer_settings(self._deliveries, linger_ms=linger_ms)
        self._producer = Producer(settings.of_client(own, watch.on_error))
        self._taken = 0
        self._given_up = ""

    def check_answers(self) -> None:
        """Wait for a broker to answer, once. Raises TransportError after five seconds."""
        try:
            self._producer.list_topics(timeout=OPEN_SECONDS)
        except KafkaException as error:
            self._watch.hear(self._producer.poll, 0)
            raise self._watch.absent() from error

    @property
    def taken(self) -> int:
        """Return how many records the client has taken."""
        return self._taken

    @property
    def failed(self) -> int:
        """Return how many of them will never arrive."""
        return self._deliveries.failed

    @property
    def failure(self) -> str:
        """Return why the client gave up, or why the first of those failed; else empty."""
        first = self._deliveries.first
        return self._given_up or ("" if first is None else str(first.str()))

    @property
    def acknowledged(self) -> int:
        """Return how many of them all in-sync replicas are known to have."""
        return self._taken - len(self._producer) - self._deliveries.failed

    def offer(self, rows: Iterable[LiveRow]) -> int:
        """Hand over rows in order until the client's own queue is full.

        Return how many it took. Raises TransportError for a topic or partition that is not there.
        """
        produce, before = self._producer.produce, self._taken
        taken = before
        try:
            for topic, value, key, partition, timestamp in rows:
                # By position: keywords cost a tenth of the call. The two None are callbacks.
                produce(topic, value, key, partition, None, None, timestamp)
                taken += 1
        except BufferError:
            return taken - before
        except KafkaException as error:
            raise TransportError(f"Kafka refuses a record: {error.args[0].str()}") from error
        finally:
            self._taken = taken
        return taken - before

    def poll(self) -> None:
        """Take in what has been reported meanwhile; `failure` says if that is the end."""
        try:
            self._watch.hear(self._producer.poll, 0)
        except TransportError as error:
            self._given_up = self._given_up or str(error)

    def close(self) -> None:
        """Give up what is not acknowledged."""
        self._producer.purge()
        # A client that gave up says so here again.
        with suppress(KafkaException):
            self._producer.poll(0)


class LiveKafka:
    """A cluster, open for a load: topics, a producer, readers."""

    def __init__(self, url: str, *, kafka_config: Path | None = None, linger_ms: int = 1) -> None:
        """Connect to `kafka://HOST:PORT[,HOST:PORT]`.

        `linger_ms` is how long a record waits for others of its partition.

        Raises UsageError for a URL or a file of properties that is not understood, and
        TransportError when no broker answers within five seconds.
        """
        self._settings = settings_of(url, kafka_config)
        self._watch = BrokerWatch(self._settings.bootstrap)
        try:
            self._producer = LiveProducer(self._settings, self._watch, linger_ms=linger_ms)
        except KafkaException as error:
            raise self._settings.rejected(error) from error
        self._producer.check_answers()
        self._topics = KafkaTopics(self._settings, self._watch)

    @property
    def producer(self) -> LiveProducer:
        """Return the one producer of this client."""
        return self._producer

    def create_topics(self, topics: Sequence[Topic], *, must_be_empty: bool) -> None:
        """Make the topics, as `Transport.create_topics` does."""
        self._topics.make(topics, must_be_empty=must_be_empty)

    def ends(self, topics: Sequence[Topic]) -> Mapping[tuple[str, int], int]:
        """Return the next offset of each partition of topics that exist."""
        return self._topics.ends(topics)

    def reader(self, places: Mapping[tuple[str, int], int]) -> KafkaSubscription:
        """Read partitions from the given offsets on, without a group."""
        # A load outlives an outage, and measures it: readers wait as long as records do.
        watch = BrokerWatch(self._settings.bootstrap, lost_seconds=TIMEOUT_MS / 1_000)
        return KafkaSubscription(self._settings, places, watch=watch)

    def close(self) -> None:
        """Let go of the producer; readers are closed by those who asked for them."""
        self._producer.close()
