"""Records polled and kept until the clock says that a partition is complete up to a time."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from itertools import product
from operator import attrgetter

from simulator.consumers.wiring import Wiring
from simulator.core.clock import ClockTicked
from simulator.core.errors import TransportError
from simulator.core.records import Record
from simulator.core.time import SimTime, format_instant
from simulator.transports.protocol import Transport

POLL_RECORDS = 5_000  # our choice: few calls a step, and records that still fit into the cache
POLL_SECONDS = 0.05
POLLS_IN_VAIN_MAX = 1_200  # our choice: after a minute without a record the wire counts as lost


class Intake:
    """The event topics and the clock, read partition by partition up to a tick."""

    def __init__(self, wiring: Wiring, transport: Transport) -> None:
        """Subscribe from the beginning."""
        self._wiring = wiring
        self._topics = [one.name for one in wiring.catalog.event_topics(prefix=wiring.prefix)]
        self._subscription = transport.subscribe([*self._topics, wiring.clock_topic])
        places = list(product(self._topics, range(wiring.catalog.partitions)))
        self._unread: dict[tuple[str, int], list[Record]] = {place: [] for place in places}
        self._next_offset = dict.fromkeys(places, 0)
        self._ticks: list[deque[ClockTicked]] = [deque() for _ in range(wiring.catalog.partitions)]
        self._reached: list[ClockTicked | None] = [None] * wiring.catalog.partitions
        self.read = 0

    def read_up_to(self, until: SimTime) -> None:
        """Poll until every partition has ticked `until` and holds all that came before.

        What else has come is read as well. Raises TransportError when nothing comes any more and that is not so.
        """
        in_vain = 0
        while in_vain < POLLS_IN_VAIN_MAX:
            is_complete = self._is_complete(until)
            found = self._poll(timeout_seconds=0.0 if is_complete else POLL_SECONDS)
            if is_complete and not found:
                return
            in_vain = 0 if found else in_vain + 1
        raise TransportError(
            f"the clock's tick of {format_instant(until)}, or an event before it, did not come. "
            f"Look whether {self._wiring.clock_topic} is still written to."
        )

    def take(self, partition: int) -> list[Sequence[Record]]:
        """Return a partition's records before its last tick, each once, by topic.

        A topic without any is left out.
        """
        reached = self._reached[partition]
        ends = reached.ends if reached else {}
        topics = (self._cut(topic, partition, ends.get(topic, 0)) for topic in self._topics)
        return [records for records in topics if records]

    def _poll(self, *, timeout_seconds: float) -> int:
        records = self._subscription.poll(maximum=POLL_RECORDS, timeout_seconds=timeout_seconds)
        clock_topic, unread, next_offset = self._wiring.clock_topic, self._unread, self._next_offset
        for record in records:
            if record.topic == clock_topic:
                self._ticks[record.partition].append(self._wiring.read_tick(record))
            else:
                place = (record.topic, record.partition)
                unread[place].append(record)
                next_offset[place] = record.offset + 1
                self.read += 1
        return len(records)

    def _is_complete(self, until: SimTime) -> bool:
        return all(self._has_reached(partition, until) for partition in range(len(self._ticks)))

    def _has_reached(self, partition: int, until: SimTime) -> bool:
        ticks = self._ticks[partition]
        while ticks and ticks[0].time <= until:
            self._reached[partition] = ticks.popleft()
        reached = self._reached[partition]
        return (
            reached is not None
            and reached.time >= until
            and all(self._next_offset.get((topic, partition), end) >= end for topic, end in reached.ends.items())
        )

    def _cut(self, topic: str, partition: int, end: int) -> list[Record]:
        unread = self._unread[topic, partition]
        if not unread or unread[-1].offset < end:
            self._unread[topic, partition] = []
            return unread
        place = bisect_left(unread, end, key=attrgetter("offset"))
        self._unread[topic, partition] = unread[place:]
        return unread[:place]
