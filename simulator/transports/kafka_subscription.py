"""Reading from Kafka."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from simulator.core.errors import TransportError
from simulator.core.records import Record
from simulator.transports.kafka_settings import KafkaSettings
from simulator.transports.kafka_watch import MOVED, BrokerWatch

# librdkafka waits a second before it fetches more once its queue has been full, and so throttles whoever catches up.
_FETCH_BACKOFF_MS = 5
_FETCH_WAIT_MS = 50  # our choice: an idle reader asks 20 times a second; what arrives is sent at once
# With the defaults of 45 s and 3 s, a killed reader's partitions would stand still for 45 s.
_SESSION_MS = 6_000
_HEARTBEAT_MS = 1_500
_NO_GROUP = "pulsetrain-reader"  # the client asks for a group's coordinator even where nothing is committed


class KafkaSubscription:
    """A consumer of partitions from stated offsets, or of topics as a group's member.

    `places` says for each topic and partition with which offset to begin; a group begins where it stopped.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        places: Mapping[tuple[str, int], int],
        *,
        group: str = "",
        watch: BrokerWatch,
    ) -> None:
        self._watch = watch
        self._group = group
        self._given: dict[tuple[str, int], int] = {}
        self._closed = False
        self._consumer = Consumer(settings.of_client(_settings(group), self._watch.on_error))
        if group:
            self._consumer.subscribe(sorted({topic for topic, _ in places}))
        else:
            self._consumer.assign([TopicPartition(*place, offset) for place, offset in places.items()])

    def poll(self, *, maximum: int = 500, timeout_seconds: float = 0.0) -> list[Record]:
        """Return records; raise TransportError when broker or topic are gone."""
        if self._closed:
            raise TransportError("the subscription is closed; subscribe again")
        self._store_given()
        # consume() with a timeout waits until it has the maximum; one poll() waits for the first alone.
        found = self._consumer.consume(maximum, 0)
        if not found and timeout_seconds > 0:
            first = self._consumer.poll(timeout_seconds)
            more = self._consumer.consume(maximum - 1, 0) if first is not None and maximum > 1 else []
            found = more if first is None else [first, *more]
        if found:
            self._watch.answered()
        else:
            self._watch.check(self._consumer.list_topics)
        return self._records(found)

    def close(self) -> None:
        """Leave; a group's offsets are committed up to the last record given."""
        if not self._closed:
            self._store_given()
            self._closed = True
            self._consumer.close()

    def _records(self, found: list[Message]) -> list[Record]:
        records = [self._record(one) for one in found]
        if self._group:
            self._given.update({(one.topic, one.partition): one.offset + 1 for one in records})
        return records

    def _record(self, found: Message) -> Record:
        error = found.error()
        if error is not None:
            topic = found.topic()
            what = f'to give records of topic "{topic}"' if topic else f'group "{self._group or _NO_GROUP}"'
            raise self._watch.refused(what, error)
        return Record(
            found.topic(),
            found.partition(),
            found.offset(),
            found.timestamp()[1],
            found.key() or b"",
            found.value() or b"",
        )

    def _store_given(self) -> None:
        """Remember what the last poll gave: asking for more says that it was dealt with."""
        for place, offset in self._given.items():
            try:
                self._consumer.store_offsets(offsets=[TopicPartition(*place, offset)])
            except KafkaException as error:
                # The partition went to another member, who is given these records again.
                if error.args[0].code() != MOVED:
                    raise self._watch.refused("to remember offsets", error.args[0]) from error
        self._given = {}


def _settings(group: str) -> dict[str, str | int | bool]:
    return {
        "group.id": group or _NO_GROUP,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": bool(group),
        "enable.auto.offset.store": False,
        "isolation.level": "read_committed",
        "fetch.queue.backoff.ms": _FETCH_BACKOFF_MS,
        "fetch.wait.max.ms": _FETCH_WAIT_MS,
        "session.timeout.ms": _SESSION_MS,
        "heartbeat.interval.ms": _HEARTBEAT_MS,
    }
