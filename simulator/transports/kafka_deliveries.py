"""What Kafka's delivery reports say of records that did not arrive."""

from __future__ import annotations

from confluent_kafka import KafkaError, Message

from simulator.transports.kafka_settings import Setting

TIMEOUT_MS = 30_000  # our choice: a record that no broker took for so long is lost; librdkafka's default is 5 min


class FailedDeliveries:
    """Counts records that will not arrive; reports of the others stay in the client.

    `first` is the first error, and `topic` where it happened.
    """

    def __init__(self) -> None:
        """Start with nothing failed."""
        self.failed = 0
        self.first: KafkaError | None = None
        self.topic = ""

    def on_delivery(self, error: KafkaError, record: Message) -> None:
        """Take in the report of a record that failed; the client's `on_delivery`."""
        if self.first is None:
            self.first, self.topic = error, record.topic() or ""
        self.failed += 1


def producer_settings(deliveries: FailedDeliveries, *, linger_ms: int) -> dict[str, Setting]:
    """Return the settings of a producer that loses and repeats nothing.

    But a broker knows a repeat by what it remembers of a producer, and forgets one whose newest
    record is a day old by its timestamp, as a simulated one may be: every ten minutes, and when it
    was killed and starts again (Kafka's `producer.id.expiration.ms`).
    It tells `deliveries` what failed. `linger_ms` is how long a record waits for others.
    """
    return {
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        "linger.ms": linger_ms,
        "message.timeout.ms": TIMEOUT_MS,
        "delivery.report.only.error": True,
        "on_delivery": deliveries.on_delivery,
    }
