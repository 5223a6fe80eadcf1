"""Sends what is due, when it is due, and never waits: one turn of the pacer at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from loadtests.book import Book
from loadtests.clock import now
from loadtests.schedule import Schedule
from loadtests.stretches import Columns, Stretch
from simulator.codecs.keys import SubjectKeys
from simulator.core.catalog import Catalog

_MOST_A_TURN = 500  # events; our choice: half a millisecond, after which others get their turn

Row = tuple[str, bytes, bytes, int, int]


class Taker(Protocol):
    """Whoever takes records without waiting, such as `kafka_live.LiveProducer`."""

    def offer(self, rows: Iterator[Row]) -> int:
        """Take rows in order, as many as can be; return how many."""


class Source(Protocol):
    """Whoever has stretches ready: `loadtests.supply.Supply`."""

    def take(self) -> tuple[Stretch, Columns] | None:
        """Return the next stretch, or None where none is ready."""


@dataclass(slots=True)
class _Current:
    """The stretch being sent: its columns as lists, and how far it has been sent."""

    stretch: Stretch
    columns: Columns
    topics: Sequence[str]
    keys: Sequence[bytes]
    next_row: int = 0
    next_expected: int = 0
    next_tick: int = 0

    def __len__(self) -> int:
        return len(self.columns.ends)

    def rows(self, first: int, stop: int) -> Iterator[Row]:
        columns, values = self.columns, self.stretch.values
        start = int(columns.ends[first - 1]) if first else 0
        places = zip(
            columns.topics[first:stop].tolist(),
            columns.partitions[first:stop].tolist(),
            columns.timestamps[first:stop].tolist(),
            columns.ends[first:stop].tolist(),
            self.keys[first:stop],
            strict=True,
        )
        for topic, partition, timestamp, end, key in places:
            yield self.topics[topic], values[start:end], key, partition, timestamp
            start = end


class Sender:
    """Takes stretches from a source and hands to the client what is due of them.

    `ticks` counts the records of the clock among what the client has taken.
    """

    def __init__(
        self, source: Source, taker: Taker, *, schedule: Schedule, book: Book, catalog: Catalog, prefix: str
    ) -> None:
        """Send the events of `catalog` to its topics, each named with `prefix` before it."""
        self._source, self._taker, self._schedule, self._book = source, taker, schedule, book
        self._catalog = catalog
        self._topics = [topic.name for topic in catalog.event_topics(prefix=prefix)]
        self._clock_topic = catalog.topic("clock", prefix=prefix)
        self._keys = SubjectKeys(catalog)
        self._current: _Current | None = None
        self._last_number: int | None = None
        self._last_due = now()
        self.ticks = self._ticks_passed = 0
        self._tick_places: deque[tuple[int, int]] = deque()

    @property
    def is_finished(self) -> bool:
        """Say whether the clock has ticked after all that was sent, and no more follows."""
        if self._last_number is None or self._book.counts.sent < self._last_number:
            return False
        return self._current is None or self._current.next_row == 0

    def finish(self, due: int) -> None:
        """Send what has become due, and the stretch that was begun; then nothing more."""
        self._last_number = due

    def events_among(self, records: int) -> int:
        """Return how many of the first so many records were events.

        The others are the clock's. To be asked with numbers that do not fall.
        """
        places = self._tick_places
        while places and places[0][1] <= records:
            first, stop = places.popleft()
            self._ticks_passed += stop - first
        begun = max(0, records - places[0][0]) if places else 0
        return records - self._ticks_passed - begun

    def turn(self) -> bool:
        """Send what is due. Return whether more is due than one turn may send.

        Raises what the source raises where it has ended.
        """
        due = self._schedule.due(now())
        left = _MOST_A_TURN
        # Ticks that were refused are due whether or not another event is.
        if self._current is not None and not self._close(self._current):
            self._book.counts.refused += 1
            return False
        while left and self._book.counts.sent < due and not self.is_finished:
            current = self._ready()
            if current is None:
                self._book.counts.starved += 1
                return False
            wanted = min(left, due - self._book.counts.sent, len(current) - current.next_row)
            if self._send(current, wanted) < wanted or not self._close(current):
                self._book.counts.refused += 1
                return False
            left -= wanted
        return self._book.counts.sent < due and not self.is_finished

    def _ready(self) -> _Current | None:
        """Return the stretch to send from, or None where none is ready."""
        while self._current is None:
            taken = self._source.take()
            if taken is None:
                return None
            self._current = self._begin(*taken)
            if not len(self._current):
                self._close(self._current)
        return self._current

    def _begin(self, stretch: Stretch, columns: Columns) -> _Current:
        counts = self._book.counts
        if stretch.cohort != counts.cohort:
            counts.cohort = stretch.cohort
            self._book.begin_cohort()
            self._keys = SubjectKeys(self._catalog)
        counts.faults += stretch.faults
        return _Current(stretch, columns, self._topics, self._keys.of(columns.subjects))

    def _send(self, current: _Current, wanted: int) -> int:
        first, sent = current.next_row, self._book.counts.sent
        due = self._schedule.instants(sent, sent + wanted)
        self._await(current, first + wanted, first_due=due, first_row=first)
        taken = self._taker.offer(current.rows(first, first + wanted))
        current.next_row += taken
        if taken:
            self._book.sent(current.columns.timestamps[first : first + taken], due[:taken], now())
            self._last_due = float(due[taken - 1])
        return taken

    def _await(self, current: _Current, stop: int, *, first_due: np.ndarray, first_row: int) -> None:
        """Await the decisions of the rows up to `stop`, each once however often its row is offered."""
        expected = current.stretch.expected
        start = current.next_expected
        while current.next_expected < len(expected) and expected[current.next_expected].row < stop:
            current.next_expected += 1
        found = expected[start : current.next_expected]
        self._book.expect((one, float(first_due[one.row - first_row])) for one in found)

    def _close(self, current: _Current) -> bool:
        """Let the clock tick where a stretch has been sent whole. Return whether nothing was refused."""
        if current.next_row < len(current):
            return True
        stretch = current.stretch
        if current.next_tick == 0:
            self._book.expect((one, self._last_due) for one in stretch.expected[current.next_expected :])
            current.next_expected = len(stretch.expected)
        ticks = stretch.ticks[current.next_tick :]
        taken = self._taker.offer(
            (self._clock_topic, one.value, one.key, one.partition, stretch.until) for one in ticks
        )
        current.next_tick += taken
        if taken:
            first = self._book.counts.sent + self.ticks
            self._tick_places.append((first, first + taken))
            self.ticks += taken
        if current.next_tick < len(stretch.ticks):
            return False
        self._settle(current)
        return True

    def _settle(self, current: _Current) -> None:
        stretch, book = current.stretch, self._book
        events = np.bincount(current.columns.partitions, minlength=self._catalog.partitions).tolist()
        for tick in stretch.ticks:
            book.lag.ticked(tick.partition, time=stretch.until, due=self._last_due, events=events[tick.partition])
        book.sent(current.columns.timestamps[:0], np.empty(0), now())
        book.labels(stretch.labels, self._last_due)
        book.counts.simulated_until = stretch.until
        self._current = None
