"""Records in memory: the transport that defines what the others must do."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from pathlib import Path

from simulator.core.arrays import IntArray
from simulator.core.catalog import Topic
from simulator.core.errors import TransportError, UsageError
from simulator.core.records import Record, RecordBatch
from simulator.transports.topics import Span, check_topics, not_empty, other_partitions, spans


def open_memory(url: str, *, kafka_config: Path | None = None) -> MemoryTransport:
    """Open `memory`.

    Raises UsageError when the URL says more, or a Kafka setting is given.
    """
    if url != "memory" or kafka_config is not None:
        more = f'"{url}"' if url != "memory" else f"--kafka-config {kafka_config}"
        raise UsageError(f"{more} means nothing in memory; write --transport memory alone")
    return MemoryTransport()


@dataclass(frozen=True, slots=True)
class _Segment:
    """Rows of a batch that lie in one partition, by reference; `first` is their first offset."""

    first: int
    batch: RecordBatch
    span: Span

    def records(self, offset: int) -> list[Record]:
        """Return the records from an offset on."""
        start, stop = self.span.start + offset - self.first, self.span.stop
        timestamps: IntArray = self.batch.timestamps[start:stop]
        return list(
            map(
                Record,
                repeat(self.batch.topic),
                repeat(self.span.partition),
                range(offset, offset + stop - start),
                timestamps.tolist(),
                self.batch.keys[start:stop],
                self.batch.values[start:stop],
            )
        )


@dataclass(eq=False, slots=True)
class Reader:
    """Who reads, alone or as a group: the next offset of each (topic, partition)."""

    group: str
    positions: dict[tuple[str, int], int] = field(default_factory=dict)


class _Log:
    """One partition: segments in order, of which the oldest may have been released."""

    def __init__(self) -> None:
        self.start = 0
        self.end = 0
        self._segments: list[_Segment] = []

    def append(self, batch: RecordBatch, span: Span) -> None:
        """Add rows at the end."""
        self._segments.append(_Segment(self.end, batch, span))
        self.end += span.stop - span.start

    def read(self, offset: int, maximum: int) -> list[Record]:
        """Return up to `maximum` records from an offset on."""
        assert offset >= self.start, "records were released that somebody had not read"
        records: list[Record] = []
        at = bisect_right(self._segments, offset, key=lambda one: one.first) - 1
        for segment in islice(self._segments, max(at, 0), None):
            if len(records) >= maximum:
                break
            records += segment.records(max(offset, segment.first))
        return records[:maximum]

    def release(self, offset: int) -> None:
        """Let go of the segments that lie before an offset."""
        count = bisect_right(self._segments, offset, key=lambda one: one.first) - 1
        if offset == self.end:
            count = len(self._segments)
        if count > 0:
            del self._segments[:count]
            self.start = self._segments[0].first if self._segments else self.end


class MemoryTransport:
    """Keeps every record until all who subscribed have read it: long runs stay flat."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._logs: dict[str, list[_Log]] = {}
        self._readers: list[Reader] = []
        self._acknowledged = 0
        self._closed = False

    @property
    def name(self) -> str:
        """Return `memory`."""
        return "memory"

    @property
    def acknowledged(self) -> int:
        """Return how many records were published."""
        return self._acknowledged

    def create_topics(self, topics: Sequence[Topic], *, must_be_empty: bool = True) -> None:
        """Make sure that the topics exist; raise as Transport says."""
        self._check_open()
        check_topics(topics)
        for topic in topics:
            logs = self._logs.setdefault(topic.name, [_Log() for _ in range(topic.partitions)])
            records = sum(log.end for log in logs)
            if len(logs) != topic.partitions:
                raise other_partitions(topic, len(logs), self.name)
            if must_be_empty and records:
                raise not_empty(topic, records, self.name, way_out="open another transport")

    def publish(self, batch: RecordBatch) -> None:
        """Append the records; they are acknowledged when this returns."""
        self._check_open()
        logs = self._logs_of(batch.topic)
        with self._changed:
            for span in spans(batch):
                if not 0 <= span.partition < len(logs):
                    raise TransportError(
                        f'topic "{batch.topic}" in memory has no partition {span.partition}, only 0 to {len(logs) - 1}'
                    )
                logs[span.partition].append(batch, span)
                self._acknowledged += span.stop - span.start
            self._changed.notify_all()

    def flush(self) -> None:
        """Return at once: nothing is ever on its way."""
        self._check_open()

    def subscribe(self, topics: Sequence[str], *, group: str = "") -> MemorySubscription:
        """Read the topics from their beginning.

        Raises TransportError for an unknown topic, and for one of whose records some have
        been read by everybody and released.
        """
        self._check_open()
        reader = self._reader(group)
        for topic in topics:
            for partition, log in enumerate(self._logs_of(topic)):
                self._check_held(topic, log, reader.positions.setdefault((topic, partition), 0))
        if reader not in self._readers:
            self._readers.append(reader)
        return MemorySubscription(self, reader, topics)

    def close(self) -> None:
        """Let go of every record."""
        with self._changed:
            self._closed = True
            self._logs.clear()
            self._changed.notify_all()

    def take(self, reader: Reader, places: Sequence[tuple[str, int]], maximum: int) -> list[Record]:
        """Return records from the places in their order, and move the reader past them."""
        records: list[Record] = []
        with self._changed:
            self._check_open()
            for place in places:
                log, offset = self._logs[place[0]][place[1]], reader.positions[place]
                if offset < log.end and len(records) < maximum:
                    found = log.read(offset, maximum - len(records))
                    reader.positions[place] = offset + len(found)
                    log.release(min(one.positions.get(place, log.end) for one in self._readers))
                    records += found
        return records

    def wait(self, reader: Reader, timeout_seconds: float) -> None:
        """Wait until there is something to read."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_unread(reader), timeout_seconds)

    def forget(self, reader: Reader) -> None:
        """Keep nothing any longer for a reader of no group; a group may come back."""
        if not reader.group:
            self._readers.remove(reader)

    def _has_unread(self, reader: Reader) -> bool:
        places = reader.positions.items()
        return any(at < self._logs[topic][partition].end for (topic, partition), at in places)

    def _reader(self, group: str) -> Reader:
        known = (one for one in self._readers if group and one.group == group)
        return next(known, Reader(group))

    def _logs_of(self, topic: str) -> list[_Log]:
        if topic not in self._logs:
            raise TransportError(f'there is no topic "{topic}" in memory; create it before it is used')
        return self._logs[topic]

    @staticmethod
    def _check_held(topic: str, log: _Log, position: int) -> None:
        if position < log.start:
            raise TransportError(
                f'the first records of topic "{topic}" in memory were read and released; '
                "subscribe before anybody polls, or keep them with --transport file:DIR"
            )

    def _check_open(self) -> None:
        if self._closed:
            raise TransportError("the memory transport is closed; open another")


class MemorySubscription:
    """A reader of a MemoryTransport."""

    def __init__(self, transport: MemoryTransport, reader: Reader, topics: Sequence[str]) -> None:
        self._transport = transport
        self._reader = reader
        self._places = [place for place in reader.positions if place[0] in topics]
        self._closed = False

    def poll(self, *, maximum: int = 500, timeout_seconds: float = 0.0) -> list[Record]:
        """Return records, each partition in order; wait only for another thread's."""
        if self._closed:
            raise TransportError("the subscription is closed; subscribe again")
        records = self._transport.take(self._reader, self._places, maximum)
        if not records and timeout_seconds > 0:
            self._transport.wait(self._reader, timeout_seconds)
            records = self._transport.take(self._reader, self._places, maximum)
        if records:
            self._begin_after(records[-1])
        return records

    def close(self) -> None:
        """Stop reading."""
        if not self._closed:
            self._closed = True
            self._transport.forget(self._reader)

    def _begin_after(self, record: Record) -> None:
        # The next poll starts elsewhere, or a busy partition would starve the others.
        at = self._places.index((record.topic, record.partition)) + 1
        self._places = self._places[at:] + self._places[:at]
