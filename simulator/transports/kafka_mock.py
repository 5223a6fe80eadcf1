"""librdkafka's mock cluster: a Kafka inside this process, for tests of function, not of speed.

Its C functions are experimental (`rdkafka_mock.h`), so this module alone knows them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition, cimpl

from simulator.core.catalog import Topic
from simulator.core.errors import TransportError, UsageError
from simulator.transports.topics import check_topics

_WAY_OUT = "install the confluent-kafka that constraints.txt names, or use another Kafka cluster"
_ERROR_BYTES = 512
_PRODUCER = 0  # rd_kafka_type_t
_TIMEOUT_SECONDS = 10.0  # our choice: the cluster is in this process
_POINTER, _TEXT, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int

# What is called, with what it returns and takes; source: rdkafka.h and rdkafka_mock.h of 2.12.
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "rd_kafka_conf_new": (_POINTER, ()),
    "rd_kafka_conf_set": (_INT, (_POINTER, _TEXT, _TEXT, _TEXT, ctypes.c_size_t)),
    "rd_kafka_new": (_POINTER, (_INT, _POINTER, _TEXT, ctypes.c_size_t)),
    "rd_kafka_destroy": (None, (_POINTER,)),
    "rd_kafka_err2str": (_TEXT, (_INT,)),
    "rd_kafka_mock_cluster_new": (_POINTER, (_POINTER, _INT)),
    "rd_kafka_mock_cluster_bootstraps": (_TEXT, (_POINTER,)),
    "rd_kafka_mock_cluster_destroy": (None, (_POINTER,)),
    "rd_kafka_mock_topic_create": (_INT, (_POINTER, _TEXT, _INT, _INT)),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, (_POINTER, ctypes.c_int32)),
}


class MockCluster:
    """One broker on loopback, in this process, which ends with it.

    It keeps 5 MiB or 100,000 message sets of each partition and drops the oldest silently
    (`rdkafka_mock.c`); `check_kept` tells. Groups and commits work; transactions do not isolate.
    """

    def __init__(self) -> None:
        """Start it. Raises TransportError where the installed librdkafka has no such cluster."""
        self._library = load_functions(cimpl.__file__)
        self._client = self._new_client()
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, 1)
        if not self._cluster:
            raise TransportError(f"librdkafka could not start its mock cluster: {_WAY_OUT}.")
        # The first member of a group would otherwise wait three seconds for others.
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)

    @property
    def bootstrap(self) -> str:
        """Return the address by which any Kafka client finds the cluster."""
        address: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._open())
        return address.decode()

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Create topics with their partitions.

        Raises UsageError for a name that cannot be or that exists.
        """
        check_topics(topics)
        for topic in topics:
            code = self._library.rd_kafka_mock_topic_create(self._open(), topic.name.encode(), topic.partitions, 1)
            if code:
                reason = self._library.rd_kafka_err2str(code).decode()
                raise UsageError(
                    f'topic "{topic.name}" cannot be made on the mock cluster: {reason}; choose another name'
                )

    def check_kept(self, topics: Sequence[Topic]) -> None:
        """Raise TransportError when the first records of a topic have been dropped."""
        reader = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "pulsetrain-watermarks"})
        try:
            for topic in topics:
                dropped = sum(_first_offset(reader, topic.name, partition) for partition in range(topic.partitions))
                if dropped:
                    raise _overflow(topic, dropped)
        finally:
            reader.close()

    def close(self) -> None:
        """Stop it; its topics are gone. Calling it again does nothing."""
        cluster, self._cluster = self._cluster, None
        if cluster:
            self._library.rd_kafka_mock_cluster_destroy(cluster)
            self._library.rd_kafka_destroy(self._client)

    def _open(self) -> Any:
        if not self._cluster:
            raise TransportError("the mock cluster is closed; make another")
        return self._cluster

    def _new_client(self) -> Any:
        reason = ctypes.create_string_buffer(_ERROR_BYTES)
        settings = self._library.rd_kafka_conf_new()
        # This client never connects, and would warn that it has nowhere to.
        self._library.rd_kafka_conf_set(settings, b"log_level", b"0", reason, _ERROR_BYTES)
        client = self._library.rd_kafka_new(_PRODUCER, settings, reason, _ERROR_BYTES)
        if not client:
            raise TransportError(f"librdkafka could not start: {reason.value.decode()}; {_WAY_OUT}.")
        return client


def load_functions(path: str) -> ctypes.CDLL:
    """Return the C functions of the librdkafka that a module is linked to.

    `path` is the extension module's. Raises TransportError naming the function that it has not.
    """
    library = ctypes.CDLL(path)
    for name, (returned, taken) in _FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise TransportError(f"librdkafka at {path} has no {name}, so no mock cluster: {_WAY_OUT}.") from None
        function.restype, function.argtypes = returned, taken
    return library


def _first_offset(reader: Consumer, topic: str, partition: int) -> int:
    try:
        low, _ = reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=_TIMEOUT_SECONDS)
    except KafkaException as error:
        raise TransportError(f'topic "{topic}" of the mock cluster cannot be read: {error}; create it first') from error
    return int(low)


def _overflow(topic: Topic, dropped: int) -> TransportError:
    return TransportError(
        f'the mock cluster has dropped the first {dropped:,} records of topic "{topic.name}": it keeps 5 MiB or '
        "100,000 message sets a partition. Ask for fewer subjects, or use a real Kafka (--pulsetrain-cluster local)."
    )
