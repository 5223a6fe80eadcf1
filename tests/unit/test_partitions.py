"""Partitions of a chain, whose records arrive in any order and whose process may crash at any point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import count
from random import Random

import pytest

from simulator.consumers.chain import run_in_list
from simulator.consumers.durable import INDEXES, sortable
from simulator.consumers.exits import Exits, OutgoingRecord
from simulator.consumers.partitions import FirstPartition, LaterPartition
from simulator.consumers.passages import PassageCodec, Passed
from simulator.consumers.wiring import Wiring
from simulator.core.clock import ClockReached
from simulator.core.decisions import Decision
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.core.reducers import Consumer
from simulator.testing.consumers import BytesByName
from simulator.transports.memory import MemoryTransport
from tests.toy_consumers import CATALOG, READING_TAKEN, SAMPLE_TAKEN, order, reading, silence, wards
from tests.toy_wire import CODEC, Publisher, at, in_order

END = 4 * 3_600
WIRING = Wiring(catalog=CATALOG, codec=CODEC, seed=42)
Place = tuple[str, int]


class Cluster:
    """Topics that only grow, and a process that reads them in an order drawn from a seed."""

    def __init__(self, consumer: Consumer, records: Iterable[Record], draw: Random) -> None:
        self._consumer, self._draw = consumer, draw
        self._inner = [f"inner.{stage.name}" for stage in consumer.stages[1:]]
        self._topics: dict[Place, list[Record]] = defaultdict(list)
        for record in records:
            self._topics[record.topic, record.partition].append(record)
        self._offsets: dict[Place, int] = defaultdict(int)
        self._stores: dict[tuple[int, int], BytesByName] = defaultdict(BytesByName)
        self.commit()
        self.restart()

    def commit(self) -> None:
        """Keep offsets and stores, both or neither."""
        self._committed = dict(self._offsets), {place: dict(one.held) for place, one in self._stores.items()}

    def restart(self) -> None:
        """Lose everything since the last commit but what was sent."""
        offsets, stores = self._committed
        self._offsets = defaultdict(int, offsets)
        self._stores = defaultdict(BytesByName, {place: BytesByName(held) for place, held in stores.items()})
        self._partitions: dict[tuple[int, int], FirstPartition | LaterPartition] = {}

    def read_one(self) -> bool:
        """Read the next record of some partition; return False when all is read."""
        waiting = sorted(place for place, records in self._topics.items() if self._offsets[place] < len(records))
        waiting = [place for place in waiting if place[0].startswith("inner.") or place[0] in self._read_topics()]
        if waiting:
            self._take(self._draw.choice(waiting))
        return bool(waiting)

    def answers(self) -> list[Record]:
        """Return all that was ever sent to the decisions topic."""
        return [one for place, records in self._topics.items() if place[0] == WIRING.decisions_topic for one in records]

    def stored(self) -> list[bytes]:
        """Return the names of all that the stores hold and that is not due after the end."""
        held = [one for store in self._stores.values() for one in store.held.items()]
        return [name for name, value in held if not name.startswith(b"next/") or value <= sortable(at(END))]

    def _read_topics(self) -> tuple[str, ...]:
        return (*WIRING.read_topics(self._consumer), WIRING.clock_topic)

    def _take(self, place: Place) -> None:
        record = self._topics[place][self._offsets[place]]
        stage = self._inner.index(place[0]) + 1 if place[0] in self._inner else 0
        self._offsets[place] += 1
        for leaving in self._partition(stage, place[1]).on_record(self._stores[stage, place[1]], record):
            for outgoing in self._exits(stage).records(leaving, place[1]):
                self._append(outgoing)

    def _partition(self, stage: int, number: int) -> FirstPartition | LaterPartition:
        if (stage, number) not in self._partitions:
            self._partitions[stage, number] = self._take_over(stage, number)
        return self._partitions[stage, number]

    def _take_over(self, stage: int, number: int) -> FirstPartition | LaterPartition:
        held = sorted(self._stores[stage, number].held.items())
        stored = [one for one in held if one[0].startswith(INDEXES)]
        if stage:
            codec = PassageCodec(self._consumer)
            return LaterPartition(self._consumer.stages[stage], codec, wiring=WIRING, stored=stored)
        positions = {topic: self._committed[0].get((topic, number), 0) for topic in self._read_topics()}
        return FirstPartition(self._consumer, WIRING, positions=positions, stored=stored)

    def _exits(self, stage: int) -> Exits:
        next_topic = self._inner[stage] if stage < len(self._inner) else None
        return Exits(self._consumer, WIRING, place=stage, next_topic=next_topic)

    def _append(self, one: OutgoingRecord) -> None:
        records = self._topics[one.topic, one.partition]
        records.append(Record(one.topic, one.partition, len(records), one.timestamp or 0, one.key, one.value))


def published(events: list[Event]) -> list[Record]:
    """Return the records of events and of a tick every twenty minutes."""
    publisher = Publisher(MemoryTransport())
    topics = [one.name for one in CATALOG.topics()]
    subscription = publisher.transport.subscribe(topics)
    for end in range(1_200, END + 1_200, 1_200):
        publisher.publish([one for one in events if at(end - 1_200) < one.published_at <= at(end)])
        publisher.tick(end)
    return subscription.poll(maximum=100_000)


def some_events(draw: Random) -> list[Event]:
    return [
        reading(
            draw.randrange(12),
            number,
            moment,
            ward=draw.choice("abc"),
            value=draw.uniform(0, 14),
            of=draw.choice([READING_TAKEN, READING_TAKEN, SAMPLE_TAKEN]),
        )
        for number, moment in enumerate(sorted(draw.sample(range(1, END), 300)))
    ]


def expected(consumer: Consumer, events: list[Event]) -> list[Decision]:
    types = {one.name for one in CATALOG.event_types if one.family in consumer.families}
    return in_order(run_in_list(consumer, [one for one in events if one.type in types], until=at(END)))


def decided(cluster: Cluster) -> list[Decision]:
    answers = [WIRING.decision_codec.decode_any(one) for one in cluster.answers()]
    return in_order(one for one in answers if isinstance(one, Decision))


@pytest.mark.parametrize("make", [silence, wards, order])
@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_arrival_does_not_show(make: Callable[[], Consumer], seed: int) -> None:
    draw = Random(seed)
    events = some_events(draw)
    cluster = Cluster(make(), published(events), draw)
    while cluster.read_one():
        continue
    assert decided(cluster) == expected(make(), events)


@pytest.mark.parametrize("make", [silence, wards, order])
@pytest.mark.parametrize("seed", range(12))
def test_crashes_do_not_show(make: Callable[[], Consumer], seed: int) -> None:
    draw = Random(seed)
    events = some_events(draw)
    cluster = Cluster(make(), published(events), draw)
    commits, crashes = (set(draw.sample(range(400), number)) for number in (20, 20))
    for step in count():
        if not cluster.read_one():
            break
        if step in commits:
            cluster.commit()
        elif step in crashes:
            cluster.restart()
    assert decided(cluster) == expected(make(), events)


@pytest.mark.parametrize("make", [silence, wards, order])
def test_nothing_is_left_behind_but_what_is_kept_for_keys(make: Callable[[], Consumer]) -> None:
    draw = Random(6)
    cluster = Cluster(make(), published(some_events(draw)), draw)
    while cluster.read_one():
        continue
    kinds = {name.partition(b"/")[0] for name in cluster.stored()}
    assert kinds <= {b"kept", b"passed"}


@pytest.mark.parametrize("make", [silence, wards, order])
def test_nothing_new_comes_after_the_last_answer_of_a_partition(make: Callable[[], Consumer]) -> None:
    draw = Random(5)
    cluster = Cluster(make(), published(some_events(draw)), draw)
    while cluster.read_one():
        continue
    last = {one.partition: WIRING.decision_codec.decode_any(one) for one in cluster.answers()}
    assert list(last.values()) == [ClockReached(time=at(END), partition=place) for place in last]
    assert len(last) == CATALOG.partitions


def test_a_tick_that_names_another_partition_is_answered_for_its_own() -> None:
    record = next(one for one in published([]) if one.partition == 1)
    partition = FirstPartition(silence(), WIRING, positions={}, stored=[])
    moved = Record(record.topic, 2, 0, record.timestamp, record.key, record.value)
    (answer,) = partition.on_record(BytesByName(), moved)
    assert answer == ClockReached(time=at(1_200), partition=2)


def test_what_is_no_tick_is_a_dead_letter() -> None:
    partition = FirstPartition(silence(), WIRING, positions={}, stored=[])
    values = [b"{}", WIRING.reached_value(at(1), 0)]
    letters = [partition.on_record(BytesByName(), Record("toy.clock", 0, 0, 1, b"", value)) for value in values]
    assert [len(each) for each in letters] == [1, 1]


def test_what_no_stage_wrote_is_a_dead_letter() -> None:
    consumer = wards()
    partition = LaterPartition(consumer.stages[1], PassageCodec(consumer), wiring=WIRING, stored=[])
    (letter,) = partition.on_record(BytesByName(), Record("inner", 0, 7, 1, b"", b"\xc1"))
    assert "record 7 of inner, partition 0, was not written by a stage" in getattr(letter, "reason", "")


def test_how_far_each_partition_has_passed_survives_a_crash() -> None:
    consumer, store, answers = wards(), BytesByName(), []
    codec = PassageCodec(consumer)
    for source in range(CATALOG.partitions):
        taken_over = LaterPartition(consumer.stages[1], codec, wiring=WIRING, stored=sorted(store.held.items()))
        value = codec.encode(Passed(time=at(60), partition=source))
        answers += taken_over.on_record(store, Record("inner", 0, source, 1, b"", value))
    assert answers == [ClockReached(time=at(60), partition=0)]
