"""What should arrive next: the published records of each partition, until they have been read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.records import Record, RecordBatch


@dataclass(slots=True)
class Span:
    """Records of one partition in a batch, from `start` to before `stop`."""

    batch: RecordBatch
    start: int
    stop: int

    @property
    def rows(self) -> IntArray:
        """Return the places of the records in the batch."""
        return np.arange(self.start, self.stop)


class Expected:
    """The records that were published and not yet read, in their order.

    A wire that does nothing wrong gives a reader exactly these, byte for byte, so most of an
    audit is comparing bytes.
    """

    def __init__(self) -> None:
        """Start with nothing published."""
        self._spans: dict[tuple[str, int], deque[Span]] = {}

    def add(self, batch: RecordBatch) -> None:
        """Take in what was published."""
        borders = np.flatnonzero(np.diff(batch.partitions)) + 1
        bounds = [0, *borders.tolist(), len(batch)]
        for start, stop in pairwise(bounds):
            place = batch.topic, int(batch.partitions[start])
            self._spans.setdefault(place, deque()).append(Span(batch, start, stop))

    def take(self, records: Sequence[Record]) -> bool:
        """Say whether these are the next records of their partition; if so they are read.

        `records` are of one partition of one topic, in the order of their offsets.
        """
        spans = self._spans.get((records[0].topic, records[0].partition), deque())
        values, timestamps = _next(spans, len(records))
        if values != [record.value for record in records] or timestamps != [record.timestamp for record in records]:
            return False
        _drop(spans, len(records))
        return True

    def rest(self) -> Iterator[Span]:
        """Return what has not been read, and forget it."""
        for spans in self._spans.values():
            yield from spans
        self._spans = {}


def _next(spans: deque[Span], count: int) -> tuple[list[bytes], list[int]]:
    values: list[bytes] = []
    timestamps: list[int] = []
    for span in spans:
        stop = min(span.stop, span.start + count - len(values))
        values += span.batch.values[span.start : stop]
        timestamps += span.batch.timestamps[span.start : stop].tolist()
        if len(values) == count:
            break
    return values, timestamps


def _drop(spans: deque[Span], count: int) -> None:
    while count:
        span = spans[0]
        read = min(count, span.stop - span.start)
        span.start += read
        count -= read
        if span.start == span.stop:
            spans.popleft()
