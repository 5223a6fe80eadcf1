"""The seam to the wire: what every transport and every subscription promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simulator.core.catalog import Topic
from simulator.core.records import Record, RecordBatch


class Subscription(Protocol):
    """A reader of some topics."""

    def poll(self, *, maximum: int = 500, timeout_seconds: float = 0.0) -> list[Record]:
        """Return up to `maximum` records that have not been given yet.

        Records of one partition come in the order of their offsets; across partitions there is
        no order. When nothing is there, wait for it at most `timeout_seconds`. Raises
        TransportError when the broker or the file is lost, or the subscription is closed.
        """

    def close(self) -> None:
        """Stop reading. A group remembers what it was given; closing twice is harmless."""


class Transport(Protocol):
    """A place that keeps records by topic and partition, and gives them back."""

    @property
    def name(self) -> str:
        """Return the transport's URL."""

    @property
    def acknowledged(self) -> int:
        """Return how many published records the other side is known to have."""

    def create_topics(self, topics: Sequence[Topic], *, must_be_empty: bool = True) -> None:
        """Make sure that the topics exist, with the stated partitions, and are empty.

        Raises UsageError for a topic with other partitions, or with records where
        `must_be_empty`, and TransportError when the other side refuses.
        """

    def publish(self, batch: RecordBatch) -> None:
        """Send the records; their order in each partition is kept.

        May return before they are acknowledged, and waits where the other side is slower.
        Raises TransportError for an unknown topic or partition, a lost broker, a full disk or
        a closed transport; then nothing is promised of what is not acknowledged.
        """

    def flush(self) -> None:
        """Return once every record is acknowledged, or raise TransportError."""

    def subscribe(self, topics: Sequence[str], *, group: str = "") -> Subscription:
        """Read the topics from their beginning.

        Without a group the reader is independent of all others. Those of one group share the
        records between them, and one that comes later goes on where the group stopped.
        Raises TransportError for a topic that does not exist.
        """

    def close(self) -> None:
        """Let go of everything at once; what was not flushed may be lost.

        Twice is harmless.
        """
