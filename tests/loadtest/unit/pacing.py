"""What stands in for the clock, the Kafka client and the generator when a sender is tested."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from loadtests.sender import Row
from loadtests.stretches import Columns, Expected, Stretch, Tick
from tests.tiny_scenario import CATALOG

VITALS, TREATMENTS = (topic.name for topic in CATALOG.event_topics(prefix="t."))
CLOCK = CATALOG.topic("clock", prefix="t.")


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    at: float = 0.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.at


@dataclass
class Taker:
    """A client that has room for so many records, and keeps what it took."""

    room: int = 1_000_000
    taken: list[Row] = field(default_factory=list)

    def offer(self, rows: Iterator[Row]) -> int:
        """Take as many as there is room for; the first that has none has been looked at, as by Kafka's."""
        before = len(self.taken)
        for row in rows:
            if self.room == 0:
                break
            self.room -= 1
            self.taken.append(row)
        return len(self.taken) - before

    @property
    def events(self) -> list[Row]:
        """Return what is not of the clock."""
        return [row for row in self.taken if not row[0].endswith(".clock")]


@dataclass
class Source:
    """A generator that has made so many stretches."""

    ready: deque[Stretch]

    def take(self) -> tuple[Stretch, Columns] | None:
        """Return the next."""
        if not self.ready:
            return None
        one = self.ready.popleft()
        return one, Columns.of(one)


def stretch(
    numbers: Sequence[int], *, until: int, decides: Sequence[int] = (), at_end: int = 0, **more: int
) -> Stretch:
    """Return a stretch of events by number; those of `decides` and the clock, `at_end` times, cause decisions."""
    every = np.array(numbers, dtype=np.int64)
    values = [b"value %d" % number for number in numbers]
    caused = [Expected(numbers.index(one), f"of {one}") for one in decides]
    return Stretch(
        cohort=more.get("cohort", 0),
        until=until,
        topics=(every % 2).tobytes(),
        partitions=(every % 4).tobytes(),
        timestamps=(every + 10_000).tobytes(),
        subjects=(every % 3).tobytes(),
        ends=np.cumsum([len(value) for value in values]).astype(np.int64).tobytes(),
        values=b"".join(values),
        ticks=[Tick(one, b"key %d" % one, b"tick %d" % until) for one in (0, 2)],
        expected=[*caused, *(Expected(len(numbers), f"at {until}, {one}") for one in range(at_end))],
        labels=[b"label %d" % until],
        faults=more.get("faults", 0),
    )


def row(number: int) -> Row:
    """Return the record of an event by its number."""
    topic, subject = (VITALS, TREATMENTS)[number % 2], CATALOG.subject_name(number % 3).encode()
    return topic, b"value %d" % number, subject, number % 4, number + 10_000


def ticks(until: int) -> list[Row]:
    """Return the records of the clock at the end of a stretch."""
    return [(CLOCK, b"tick %d" % until, b"key %d" % one, one, until) for one in (0, 2)]
