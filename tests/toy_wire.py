"""The toy scenario on a wire: a publisher of events and ticks, and a reader of what is decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from simulator.codecs.cloudevents import CloudEventsCodec
from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.core.clock import ClockReached, ClockTicked
from simulator.core.decisions import Decision
from simulator.core.events import Event
from simulator.core.partitioning import clock_keys, partition_of
from simulator.core.records import record_batch
from simulator.core.time import SimTime
from simulator.transports.protocol import Transport
from tests.toy_consumers import CATALOG, START

CODEC = CloudEventsCodec(CATALOG, seed=42)


def at(seconds: float) -> SimTime:
    """Return the time so many seconds after the start."""
    return SimTime(START + int(seconds * 1_000))


class Publisher:
    """Publishes events, and ticks that name the offsets they follow."""

    def __init__(self, transport: Transport, *, prefix: str = "") -> None:
        """Make the topics."""
        self.transport, self._prefix = transport, prefix
        self._ends: Counter[tuple[str, int]] = Counter()
        self._clock = ClockCodec(CATALOG, seed=42)
        transport.create_topics(CATALOG.topics(prefix=prefix), must_be_empty=False)

    def publish(self, events: Iterable[Event]) -> None:
        """Publish events, each topic's in the given order within a partition."""
        self.publish_values([(event, CODEC.encode_event(event)) for event in events])

    def publish_values(self, values: Sequence[tuple[Event, bytes]]) -> None:
        """Publish bytes in place of events."""
        self.expect([event for event, _ in values])
        self.send_values(values)

    def expect(self, events: Iterable[Event]) -> None:
        """Let ticks speak of events, whether they have been sent or not."""
        self._ends.update(self._place(event) for event in events)

    def send_values(self, values: Sequence[tuple[Event, bytes]]) -> None:
        """Send bytes in place of events of which ticks speak already."""
        topics: dict[str, list[tuple[int, int, bytes, bytes]]] = {}
        for event, value in values:
            topic, partition = self._place(event)
            topics.setdefault(topic, []).append((partition, event.published_at, event.subject.encode(), value))
        for topic, rows in topics.items():
            self.transport.publish(record_batch(topic, sorted(rows, key=lambda row: row[0])))

    def _place(self, event: Event) -> tuple[str, int]:
        topic = CATALOG.topic(CATALOG.event_type(event.type).family, prefix=self._prefix)
        return topic, partition_of(event.subject.encode(), CATALOG.partitions)

    def tick(self, seconds: float) -> SimTime:
        """Say that all is published up to so many seconds after the start."""
        until = at(seconds)
        rows = [(place, until, key, self._tick(until, place)) for place, key in enumerate(clock_keys(CATALOG))]
        self.transport.publish(record_batch(CATALOG.topic("clock", prefix=self._prefix), rows))
        return until

    def _tick(self, until: SimTime, partition: int) -> bytes:
        names = [one.name for one in CATALOG.event_topics(prefix=self._prefix)]
        ends = {name: self._ends[name, partition] for name in names}
        return self._clock.encode(ClockTicked(time=until, partition=partition, ends=ends))


class Listener:
    """Reads the decisions topic."""

    def __init__(self, transport: Transport, *, prefix: str = "") -> None:
        """Read from the beginning."""
        self._subscription = transport.subscribe([CATALOG.topic("decisions", prefix=prefix)])
        self._codec = DecisionCodec(CATALOG, seed=42)
        self.answers: list[tuple[int, Decision | ClockReached]] = []

    def listen(self, *, timeout_seconds: float = 0.0) -> int:
        """Read what has come; return how many records that was."""
        records = self._subscription.poll(maximum=10_000, timeout_seconds=timeout_seconds)
        self.answers += [(one.partition, self._codec.decode_any(one)) for one in records]
        return len(records)

    def wait(self, until: SimTime, *, polls_in_vain: int = 300) -> bool:
        """Read until every partition has answered `until`; return False when nothing comes any more."""
        while not self.has_reached(until) and polls_in_vain:
            polls_in_vain -= not self.listen(timeout_seconds=0.1)
        return self.has_reached(until)

    def has_reached(self, until: SimTime) -> bool:
        """Return whether every partition has answered `until`."""
        reached = {place for place, one in self.answers if isinstance(one, ClockReached) and one.time >= until}
        return len(reached) == CATALOG.partitions

    @property
    def decisions(self) -> list[Decision]:
        """Return the decisions that came, repeats too."""
        return [one for _, one in self.answers if isinstance(one, Decision)]


def in_order(decisions: Iterable[Decision]) -> list[Decision]:
    """Return each decision once, in an order that does not depend on partitions."""
    return sorted({one.id: one for one in decisions}.values(), key=lambda one: (one.time, one.subject, one.id))
