"""Which decisions must follow from what is sent: known beforehand, so that none can go missing unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from loadtests.stretches import Expected
from simulator.codecs.decisions import DecisionCodec
from simulator.codecs.protocol import Codec
from simulator.consumers import ChainRunner
from simulator.core.decisions import Decision
from simulator.core.errors import CodecError
from simulator.core.records import Record
from simulator.core.reducers import Consumer
from simulator.core.time import SimTime

_RUNNERS_KEPT = 2  # cohorts; our choice: reminders of one may come due during the next


@dataclass(frozen=True, slots=True)
class SentRows:
    """The rows of a stretch in order of time, with the offsets they will have.

    `cohorts` are those of their subjects: what a fault held back may come during a later one.
    """

    topics: Sequence[str]
    topic_of: Sequence[int]
    partitions: Sequence[int]
    offsets: Sequence[int]
    timestamps: Sequence[int]
    values: Sequence[bytes]
    cohorts: Sequence[int]

    def records(self, wanted: frozenset[str]) -> Iterator[tuple[int, Record]]:
        """Yield the rows of the wanted topics as records, each with its row's number."""
        is_wanted = [topic in wanted for topic in self.topics]
        rows = zip(self.topic_of, self.partitions, self.offsets, self.timestamps, self.values, strict=True)
        for row, (topic, partition, offset, timestamp, value) in enumerate(rows):
            if is_wanted[topic]:
                yield row, Record(self.topics[topic], partition, offset, timestamp, b"", value)


class Expectation(Protocol):
    """Whoever knows what a consumer decides from what is sent."""

    def begin_cohort(self, cohort: int) -> None:
        """Take in that the events of another cohort follow."""

    def of(self, rows: SentRows, until: SimTime) -> list[Expected]:
        """Return the decisions that must follow from a stretch and the clock at `until`."""


class NothingExpected:
    """Stands where nobody knows: a consumer that is not ours."""

    def begin_cohort(self, cohort: int) -> None:
        """Do nothing: no cohort matters."""

    def of(self, rows: SentRows, until: SimTime) -> list[Expected]:
        """Return nothing."""
        return []


class EchoExpected:
    """Expects `loadtests.echo` to answer each offset that is a multiple of `every`."""

    def __init__(self, every: int) -> None:
        """Expect one answer in so many records of a partition."""
        self._every = every

    def begin_cohort(self, cohort: int) -> None:
        """Do nothing: offsets go on."""

    def of(self, rows: SentRows, until: SimTime) -> list[Expected]:
        """Return the answers."""
        places = zip(rows.topic_of, rows.partitions, rows.offsets, strict=True)
        return [
            Expected(row, echo_id(rows.topics[topic], partition, offset))
            for row, (topic, partition, offset) in enumerate(places)
            if offset % self._every == 0
        ]


class ReferenceExpected:
    """What a consumer made of stages concludes from the stream, faults and all."""

    def __init__(
        self, consumer: Consumer, topics: frozenset[str], *, codec: Codec, decision_codec: DecisionCodec
    ) -> None:
        """Run `consumer`, which reads `topics`."""
        self._consumer, self._topics = consumer, topics
        self._codec, self._decision_codec = codec, decision_codec
        self._runners: dict[int, ChainRunner] = {}

    def begin_cohort(self, cohort: int) -> None:
        """Start anew for other subjects; the cohort before still hears the clock tick."""
        # A state is kept for each subject, so a runner for all cohorts would grow for ever.
        kept = list(self._runners.items())[1 - _RUNNERS_KEPT :]
        self._runners = {**dict(kept), cohort: ChainRunner(self._consumer)}

    def of(self, rows: SentRows, until: SimTime) -> list[Expected]:
        """Return the decisions that follow, in the order of rows; the clock's come last."""
        newest, found = next(reversed(self._runners.values())), list[tuple[int, Decision]]()
        for row, record in rows.records(self._topics):
            try:
                event = self._codec.decode(record)
            except CodecError:
                continue  # a dead letter for the consumer, and no cause of a decision
            runner = self._runners.get(rows.cohorts[row], newest)
            found += [(row, decision) for decision in runner.on_event(event)]
        end = len(rows.values)
        for runner in self._runners.values():
            found += [(end, decision) for decision in runner.on_tick(until)]
        return [Expected(row, one.id, self._decision_codec.encode(one)) for row, one in found]


def echo_id(topic: str, partition: int, offset: int) -> str:
    """Return the id of the answer of an echo to a record."""
    return f"echo/{topic}/{partition}/{offset}"
