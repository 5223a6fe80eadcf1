"""One stage of a chain as a Quix dataframe with a store: records in, records out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from quixstreams import message_context
from quixstreams.dataframe import StreamingDataFrame

from simulator.consumers.durable import INDEXES, Store, Stored
from simulator.consumers.exits import Exits, OutgoingRecord
from simulator.consumers.partitions import Leaving
from simulator.consumers.progress import OnProgress, Tally
from simulator.core.clock import ClockReached
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.records import Record

COMMITTED_SECONDS = 30.0  # as long as Quix itself waits for committed offsets


class Partition(Protocol):
    """What a stage does with the records of one partition."""

    def on_record(self, store: Store, record: Record) -> list[Leaving]:
        """Take in a record; return what follows from it."""


TakeOver = Callable[[dict[str, int], Stored], Partition]
"""Make a partition from the next offset of each topic and what its store holds."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """Who is told how far the consumer has come."""

    tally: Tally
    on_progress: OnProgress


class QuixStage:
    """Hands a dataframe's records to their partitions, and produces what follows.

    A partition's memory lasts as long as Quix's assignment of its store: when that changes, it
    is made anew from the store and from the committed offsets, which Quix keeps together.
    """

    def __init__(self, frame: StreamingDataFrame, take_over: TakeOver, *, exits: Exits, reporting: Reporting) -> None:
        """Attach to `frame`, which reads all topics of the stage."""
        frame.register_store()
        frame.update(self._on_record, metadata=True)
        self._context = frame.processing_context
        self._stream_id: str = frame.stream_id
        self._topics = frozenset(topic.name for topic in frame.topics)
        self._take_over, self._exits, self._reporting = take_over, exits, reporting
        self._partitions: dict[int, tuple[Any, Partition]] = {}
        self._is_unflushed = False

    def _on_record(self, value: bytes | None, key: bytes | None, timestamp: int, *_: object) -> None:
        place = message_context()
        record = Record(place.topic, place.partition, place.offset, timestamp, key or b"", value or b"")
        partition = self._partition(record.partition)
        for leaving in partition.on_record(self._store(record.partition), record):
            self._count(leaving)
            for outgoing in self._exits.records(leaving, record.partition):
                self._depart(leaving, outgoing)
        self._reporting.tally.records += 1

    def _store(self, partition: int) -> Store:
        transaction = self._context.checkpoint.get_store_transaction(self._stream_id, partition)
        # Without a prefix: what is kept belongs to the partition, and each name says what it is.
        store: Store = transaction.as_state(prefix=b"")
        return store

    def _partition(self, number: int) -> Partition:
        assigned = self._context.state_manager.get_store(self._stream_id).partitions[number]
        known = self._partitions.get(number)
        if known is None or known[0] is not assigned:
            known = (assigned, self._take_over(self._positions(number), _stored(assigned)))
            self._partitions[number] = known
        return known[1]

    def _positions(self, number: int) -> dict[str, int]:
        consumer = self._context.consumer
        mine = [one for one in consumer.assignment() if one.topic in self._topics and one.partition == number]
        committed = consumer.committed(mine, timeout=COMMITTED_SECONDS)
        return {one.topic: one.offset if one.offset >= 0 else self._first_offset(one) for one in committed}

    def _first_offset(self, place: Any) -> int:
        lowest, _ = self._context.consumer.get_watermark_offsets(place, timeout=COMMITTED_SECONDS)
        return int(lowest)

    def _depart(self, leaving: Leaving, outgoing: OutgoingRecord) -> None:
        producer = self._context.producer
        if isinstance(leaving, ClockReached) and self._is_unflushed:
            # Whoever hears the answer takes what came before it to be there, in whatever partition.
            producer.flush()
            self._is_unflushed = False
        # Decisions of the last stage lie before the answer in their own partition.
        self._is_unflushed |= isinstance(leaving, DeadLetter) or (
            isinstance(leaving, Decision) and self._exits.leads_on
        )
        producer.produce(
            outgoing.topic,
            outgoing.value,
            outgoing.key,
            partition=outgoing.partition,
            timestamp=outgoing.timestamp,
        )

    def _count(self, leaving: Leaving) -> None:
        tally = self._reporting.tally
        if isinstance(leaving, Decision):
            tally.decisions += 1
        elif isinstance(leaving, DeadLetter):
            tally.dead_letters += 1
        elif isinstance(leaving, ClockReached) and not self._exits.leads_on:
            tally.reached = leaving.time
            self._reporting.on_progress(tally)


def _stored(assigned: Any) -> Stored:
    # What is kept for keys is read when they are met; an index ends where the byte after "/" begins.
    return [found for index in INDEXES for found in assigned.iter_items(index, index[:-1] + b"0")]
