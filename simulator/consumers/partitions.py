"""One partition of a chain: records in, in whatever order they arrive; what follows, in order of time.

Nothing here knows of Kafka. A store and records come in, and what is to be sent goes out, so
that a crash at any point can be tried in a test.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Any

import msgspec

from simulator.consumers.durable import HELD, PASSED, TICK, DurableStage, Store, Stored, sortable
from simulator.consumers.keyed import PassedOn
from simulator.consumers.passages import PassageCodec, Passed
from simulator.consumers.wiring import Wiring, dead_letter, in_time_order
from simulator.core.clock import ClockReached, ClockTicked
from simulator.core.decisions import DeadLetter
from simulator.core.errors import CodecError
from simulator.core.events import Event
from simulator.core.records import Record
from simulator.core.reducers import Consumer, Stage
from simulator.core.time import SimTime

Leaving = PassedOn | DeadLetter | ClockReached
"""What leaves a partition; ClockReached after all that belongs before it."""


class FirstPartition:
    """The first stage on one partition: it reads the event topics and the clock.

    With one event topic, events are taken in as they come. With several, whose records arrive
    in any order between topics, they are held until a tick says that all are there. A tick is
    acted on when the partition has been read up to the offsets that the tick names.
    """

    def __init__(self, consumer: Consumer, wiring: Wiring, *, positions: dict[str, int], stored: Stored) -> None:
        """Go on from `positions`, the next offset of each event topic, and from what is stored."""
        self._stage = DurableStage(consumer.stages[0], stored)
        self._wiring = wiring
        self._next_offset = positions
        self._held: dict[str, deque[Record]] = {topic: deque() for topic in wiring.read_topics(consumer)}
        self._holds = len(self._held) > 1
        self._ticks = deque((name, _read(ClockTicked, value)) for name, value in stored if name.startswith(TICK))
        for record in (_read(Record, value) for name, value in stored if name.startswith(HELD)):
            self._held[record.topic].append(record)

    def on_record(self, store: Store, record: Record) -> list[Leaving]:
        """Take in a record of an event topic or of the clock; return what follows from it."""
        if record.topic == self._wiring.clock_topic:
            leaving = self._take_tick(store, record)
        else:
            self._next_offset[record.topic] = record.offset + 1
            leaving = self._hold(store, record) if self._holds else self._take_event(store, record)
        return leaving + self._act(store) if self._ticks else leaving

    def _take_tick(self, store: Store, record: Record) -> list[Leaving]:
        try:
            read = self._wiring.read_tick(record)
        except CodecError as error:
            return [dead_letter(record, str(error))]
        tick = msgspec.structs.replace(read, partition=record.partition)
        if not self._ticks and self._has_read(tick.ends):
            # What never waits leaves no trace in the store, not even that it was deleted.
            return self._act_on(store, tick)
        name = TICK + sortable(tick.time) + sortable(record.offset)
        self._ticks.append((name, tick))
        store.set_bytes(name, msgspec.msgpack.encode(tick))
        return []

    def _hold(self, store: Store, record: Record) -> list[Leaving]:
        self._held[record.topic].append(record)
        store.set_bytes(_held_name(record), msgspec.msgpack.encode(record))
        return []

    def _take_event(self, store: Store, record: Record) -> list[Leaving]:
        try:
            event = self._wiring.codec.decode(record)
        except CodecError as error:
            return [dead_letter(record, str(error))]
        return list(self._stage.take(store, event)) if self._stage.reads(event) else []

    def _act(self, store: Store) -> list[Leaving]:
        leaving: list[Leaving] = []
        while self._ticks and self._has_read(self._ticks[0][1].ends):
            name, tick = self._ticks.popleft()
            store.delete(name)
            leaving += self._act_on(store, tick)
        return leaving

    def _act_on(self, store: Store, tick: ClockTicked) -> list[Leaving]:
        leaving: list[Leaving] = []
        for record in in_time_order([self._release(store, topic, tick) for topic in self._held]):
            leaving += self._take_event(store, record)
        leaving += self._stage.fire(store, tick.time)
        leaving.append(ClockReached(time=tick.time, partition=tick.partition))
        return leaving

    def _has_read(self, ends: dict[str, int]) -> bool:
        return all(self._next_offset.get(topic, 0) >= ends.get(topic, 0) for topic in self._held)

    def _release(self, store: Store, topic: str, tick: ClockTicked) -> list[Record]:
        held, released = self._held[topic], []
        while held and held[0].offset < tick.ends.get(topic, 0):
            store.delete(_held_name(held[0]))
            released.append(held.popleft())
        return released


class LaterPartition:
    """A later stage on one partition: it reads what the stage before hands on.

    Events are held until every partition of that stage has passed a time, and are then taken in in the
    order of (published_at, id), which depends neither on partitions nor on arrival.
    """

    def __init__(self, stage: Stage[Any], codec: PassageCodec, *, wiring: Wiring, stored: Stored) -> None:
        """Go on from what is stored."""
        self._stage = DurableStage(stage, stored)
        self._codec = codec
        self._passed = dict.fromkeys(range(wiring.catalog.partitions), -1)
        self._held: list[tuple[SimTime, str, bytes, Event]] = []
        for name, value in stored:
            if name.startswith(PASSED):
                self._passed[int.from_bytes(name.removeprefix(PASSED), "big")] = int.from_bytes(value, "big")
            elif name.startswith(HELD):
                self._wait(codec.read_event(value), name)

    def on_record(self, store: Store, record: Record) -> list[Leaving]:
        """Take in a record from the stage before; return what follows from it."""
        try:
            found = self._codec.decode(record)
        except CodecError as error:
            return [dead_letter(record, str(error))]
        if isinstance(found, Passed):
            return self._pass(store, found, record.partition)
        name = HELD + sortable(found.published_at) + sortable(record.offset)
        self._wait(found, name)
        store.set_bytes(name, record.value)
        return []

    def _pass(self, store: Store, passed: Passed, partition: int) -> list[Leaving]:
        if passed.time > self._passed[passed.partition]:
            self._passed[passed.partition] = passed.time
            store.set_bytes(PASSED + sortable(passed.partition), sortable(passed.time))
        until = SimTime(min(self._passed.values()))
        # One that comes again after a crash is acted on again: what it follows came again as well.
        return self._act(store, until, partition) if until >= passed.time else []

    def _act(self, store: Store, until: SimTime, partition: int) -> list[Leaving]:
        leaving: list[Leaving] = []
        while self._held and self._held[0][0] <= until:
            *_, name, event = heappop(self._held)
            store.delete(name)
            leaving += self._stage.take(store, event)
        leaving += self._stage.fire(store, until)
        return [*leaving, ClockReached(time=until, partition=partition)]

    def _wait(self, event: Event, name: bytes) -> None:
        heappush(self._held, (event.published_at, event.id, name, event))


def _held_name(record: Record) -> bytes:
    return HELD + record.topic.encode() + b"/" + sortable(record.offset)


def _read(kind: Any, value: bytes) -> Any:
    return msgspec.msgpack.decode(value, type=kind)
