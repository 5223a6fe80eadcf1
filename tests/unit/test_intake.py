"""Reading up to a tick: what came before it may arrive after it."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.consumers import Wiring
from simulator.consumers.intake import Intake
from simulator.core.partitioning import partition_of
from simulator.core.records import Record
from simulator.transports.memory import MemoryTransport
from tests.toy_consumers import CATALOG, reading
from tests.toy_wire import CODEC, Publisher


class Scripted:
    """A transport of which one subscription gives what a script says, a poll at a time."""

    def __init__(self, *polls: Sequence[Record]) -> None:
        self._polls = list(polls)

    def subscribe(self, topics: Sequence[str], *, group: str = "") -> Scripted:
        return self

    def poll(self, *, maximum: int = 500, timeout_seconds: float = 0.0) -> list[Record]:
        return list(self._polls.pop(0)) if self._polls else []


def test_a_tick_that_comes_first_is_waited_behind_until_its_events_are_there() -> None:
    memory, event = MemoryTransport(), reading(1, 0, 5)
    publisher = Publisher(memory)
    publisher.publish([event])
    until = publisher.tick(10)
    events, ticks = (memory.subscribe([topic]).poll() for topic in ("toy.readings", "toy.clock"))
    late = Scripted(ticks, [], events)
    intake = Intake(Wiring(catalog=CATALOG, codec=CODEC, seed=42), late)  # type: ignore[arg-type]  # it only subscribes
    intake.read_up_to(until)
    assert intake.take(partition_of(event.subject.encode(), CATALOG.partitions)) == [events]
