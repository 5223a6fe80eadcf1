"""Making Kafka topics, and checking those that exist."""

from __future__ import annotations

import time
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ClusterMetadata, NewTopic, OffsetSpec

from simulator.core.catalog import Topic
from simulator.core.errors import TransportError
from simulator.transports.kafka_settings import KafkaSettings
from simulator.transports.kafka_watch import OPEN_SECONDS, BrokerWatch
from simulator.transports.topics import not_empty, other_partitions

_REPLICAS = 3  # our choice, Kafka's usual one; fewer where there are fewer brokers
_FOR_EVER = -1
# The widest that Kafka allows. Its default refuses what is an hour ahead of its own clock (KIP-937),
# and simulated time may be.
_ANY_TIME = 2**63 - 1
_START_ANEW = "start a local broker anew with `pulsetrain broker stop` and `pulsetrain broker start --fresh`"
_REQUEST_SECONDS = 15.0  # our choice
_PAUSE_SECONDS = 0.05


class KafkaTopics:
    """The topics of a cluster, as an administrator sees them."""

    def __init__(self, settings: KafkaSettings, watch: BrokerWatch) -> None:
        self._place = f"Kafka at {settings.bootstrap}"
        self._watch = watch
        self._admin = AdminClient(settings.of_client({}, watch.on_error))

    def partitions(self) -> dict[str, int]:
        """Return how many partitions each topic has that is ready for use."""
        return {
            name: len(topic.partitions)
            for name, topic in self._metadata().topics.items()
            if topic.error is None and all(one.leader >= 0 for one in topic.partitions.values())
        }

    def make(self, topics: Sequence[Topic], *, must_be_empty: bool) -> None:
        """Create what is missing, and check the rest. Raises as Transport says."""
        found = self.partitions()
        for topic in topics:
            if found.get(topic.name, topic.partitions) != topic.partitions:
                raise other_partitions(topic, found[topic.name], self._place)
        if must_be_empty:
            self._check_empty([topic for topic in topics if topic.name in found])
        self._create([topic for topic in topics if topic.name not in found])

    def ends(self, topics: Sequence[Topic]) -> dict[tuple[str, int], int]:
        """Return the next offset of each partition of the topics, which exist."""
        return self._offsets(topics, OffsetSpec.latest())

    def _create(self, topics: Sequence[Topic]) -> None:
        if not topics:
            return
        replicas = min(_REPLICAS, len(self._metadata().brokers))
        made = self._admin.create_topics([_new_topic(topic, replicas) for topic in topics])
        for name, done in made.items():
            try:
                done.result(_REQUEST_SECONDS)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise self._watch.refused(f'topic "{name}"', error.args[0]) from error
        self._wait_for(topics)

    def _wait_for(self, topics: Sequence[Topic]) -> None:
        give_up = time.monotonic() + _REQUEST_SECONDS
        wanted = {topic.name: topic.partitions for topic in topics}
        while {name: count for name, count in self.partitions().items() if name in wanted} != wanted:
            if time.monotonic() > give_up:
                raise TransportError(f"{self._place} made topics {', '.join(wanted)} but gives them no leader")
            self._admin.poll(_PAUSE_SECONDS)

    def _check_empty(self, topics: Sequence[Topic]) -> None:
        if not topics:
            return
        ends, starts = self.ends(topics), self._offsets(topics, OffsetSpec.earliest())
        for topic in topics:
            if records := sum(ends[place] - starts[place] for place in ends if place[0] == topic.name):
                raise not_empty(topic, records, self._place, way_out=_START_ANEW)

    def _offsets(self, topics: Sequence[Topic], spec: OffsetSpec) -> dict[tuple[str, int], int]:
        """Return each partition's offset at its beginning or end."""
        give_up = time.monotonic() + _REQUEST_SECONDS
        while True:
            try:
                return self._ask_offsets(topics, spec)
            except KafkaException as error:
                # A broker may not know yet what it leads; of a new topic that is usual.
                if time.monotonic() > give_up:
                    raise self._watch.refused("to say what its topics hold", error.args[0]) from error
            self._admin.poll(_PAUSE_SECONDS)

    def _ask_offsets(self, topics: Sequence[Topic], spec: OffsetSpec) -> dict[tuple[str, int], int]:
        places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        asked = self._admin.list_offsets(dict.fromkeys(places, spec), request_timeout=_REQUEST_SECONDS)
        return {(place.topic, place.partition): found.result(_REQUEST_SECONDS).offset for place, found in asked.items()}

    def _metadata(self) -> ClusterMetadata:
        try:
            return self._admin.list_topics(timeout=OPEN_SECONDS)
        except KafkaException as error:
            raise self._watch.lost(error.args[0].str()) from error


def _new_topic(topic: Topic, replicas: int) -> NewTopic:
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions,
        replication_factor=replicas,
        config={
            # Records carry simulated time, by which Kafka would delete them at once.
            "retention.ms": str(_FOR_EVER if topic.retention_ms is None else topic.retention_ms),
            "message.timestamp.type": "CreateTime",
            "message.timestamp.after.max.ms": str(_ANY_TIME),
            "message.timestamp.before.max.ms": str(_ANY_TIME),
        },
    )
