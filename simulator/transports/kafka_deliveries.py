"""What Kafka's delivery reports say of records that did not arrive."""

from __future__ import annotations

from confluent_kafka import KafkaError, Message


class FailedDeliveries:
    """Counts records that will not arrive; reports of those that did stay inside the client.

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
