"""Who decides: a consumer in this process, one outside, or nobody; and how each is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from simulator.codecs.protocol import Codec
from simulator.consumers import InProcessConsumer, Wiring
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import CodecError, TransportError
from simulator.core.records import Record
from simulator.core.time import SimTime, format_instant
from simulator.harness.dead_letters import read_dead_letters
from simulator.harness.listening import POLL_SECONDS, DecisionReader
from simulator.harness.pacing import Patience
from simulator.harness.plan import Plan
from simulator.harness.wire import Wire
from simulator.scoring import DeliveryAudit
from simulator.transports.protocol import Subscription, Transport


class Decider(Protocol):
    """Whoever turns the records of a run into decisions."""

    def after(self, until: SimTime) -> Sequence[Decision]:
        """Return the decisions that came since the last call.

        All that is published up to `until` has been sent.
        """

    def finish(self, last: SimTime) -> None:
        """Wait for what is still to come; the last tick sent was that of `last`."""

    @property
    def read(self) -> int:
        """Return how many records of the event topics have been read so far."""

    @property
    def dead_letters(self) -> Sequence[DeadLetter]:
        """Return the records that the consumer could not use."""


class InsideDecider:
    """A consumer in this process, advanced after each step over the transport."""

    def __init__(
        self, plan: Plan, reader: DecisionReader, *, transport: Transport, consumer: InProcessConsumer
    ) -> None:
        """Advance `consumer` and read what it decides."""
        self._consumer, self._reader, self._transport = consumer, reader, transport
        self._grace, self._patience = plan.spec.grace, Patience(plan.grace / 1_000)
        self._floor = plan.size.start

    def after(self, until: SimTime) -> Sequence[Decision]:
        """Let the consumer read up to `until`; return what it decided."""
        self._advance(until)
        floor, self._floor = self._floor, until
        return changing_no_past(self._reader.take(), floor)

    def finish(self, last: SimTime) -> None:
        """Let the consumer read what faults held back."""
        self._advance(last)

    @property
    def read(self) -> int:
        """Return how many records the consumer has read."""
        return self._consumer.read

    @property
    def dead_letters(self) -> Sequence[DeadLetter]:
        """Return what the consumer could not decode."""
        return self._consumer.dead_letters

    def _advance(self, until: SimTime) -> None:
        self._consumer.advance(until)
        self._transport.flush()
        self._patience.renew()
        if not self._reader.wait(until, patience=self._patience):
            raise TransportError(
                f"decisions written up to {format_instant(until)} did not come back within --grace {self._grace}."
            )


class OutsideDecider:
    """A consumer in another process: in lockstep, or heard as it speaks."""

    def __init__(self, plan: Plan, wire: Wire, reader: DecisionReader, *, observer: Observer) -> None:
        """Listen to `reader`; `observer` reads the events back for the audit."""
        self._wire, self._reader, self._observer = wire, reader, observer
        self._letters: Sequence[DeadLetter] = ()
        self._letters_topic = plan.scenario.catalog.topic("dead-letters", prefix=plan.spec.topic_prefix)
        self._is_lockstep, self._grace = plan.is_lockstep, plan.spec.grace
        self._patience = Patience(plan.grace / 1_000)
        self._floor = plan.size.start

    def after(self, until: SimTime) -> Sequence[Decision]:
        """Return the decisions heard; in lockstep, those of the whole step."""
        self._observer.catch_up()
        if self._is_lockstep:
            self._wait(until)
        else:
            self._reader.drain()
        floor, self._floor = self._floor, until
        return changing_no_past(self._reader.take(), floor)

    def finish(self, last: SimTime) -> None:
        """Listen until every partition has answered, or in vain for all of --grace."""
        self._observer.finish(self._wire)
        self._patience.renew()
        self._reader.wait(last, patience=self._patience)
        self._letters = read_dead_letters(self._wire.transport, self._letters_topic)

    @property
    def read(self) -> int:
        """Return how many records the observer has read back."""
        return self._observer.read

    @property
    def dead_letters(self) -> Sequence[DeadLetter]:
        """Return what the consumer refused, once the run is over."""
        return self._letters

    def _wait(self, until: SimTime) -> None:
        self._patience.renew()
        if not self._reader.wait(until, patience=self._patience):
            raise TransportError(
                f"the consumer did not answer clock.ticked within --grace {self._grace}. Start it "
                "(`pulsetrain consume`), or give --open-loop or --speed for one that answers no ticks."
            )


class NobodyDecides:
    """No consumer: the records are read back and audited, nothing more."""

    def __init__(self, wire: Wire, observer: Observer) -> None:
        """Read the events back through `observer`."""
        self._wire, self._observer = wire, observer

    def after(self, until: SimTime) -> Sequence[Decision]:
        """Return no decision."""
        self._observer.catch_up()
        return ()

    def finish(self, last: SimTime) -> None:
        """Read back the rest."""
        self._observer.finish(self._wire)

    @property
    def read(self) -> int:
        """Return how many records the observer has read back."""
        return self._observer.read

    @property
    def dead_letters(self) -> Sequence[DeadLetter]:
        """Return nothing: nobody consumed."""
        return ()


class Observer:
    """Reads the event topics back, independently of any consumer, and tells the audit."""

    def __init__(self, subscription: Subscription, codec: Codec, audit: DeliveryAudit, *, grace_seconds: float) -> None:
        """Read `subscription`, which starts at the beginning of the run."""
        self._subscription, self._codec, self._audit = subscription, codec, audit
        self._patience = Patience(grace_seconds)
        self.read = 0

    def poll(self, *, timeout_seconds: float = 0.0) -> int:
        """Read what has come; return how many records that was."""
        records = self._subscription.poll(maximum=5_000, timeout_seconds=timeout_seconds)
        by_place: dict[tuple[str, int], list[Record]] = {}
        for record in records:
            by_place.setdefault((record.topic, record.partition), []).append(record)
        for together in by_place.values():
            if not self._audit.intact(together):
                self._look_at(together)
        self.read += len(records)
        return len(records)

    def _look_at(self, records: Sequence[Record]) -> None:
        for record in records:
            try:
                self._audit.received(self._codec.decode(record))
            except CodecError:
                self._audit.undecodable(record)

    def catch_up(self) -> None:
        """Read everything that has come."""
        while self.poll():
            continue

    def finish(self, wire: Wire) -> None:
        """Read until everything that was sent has come, or nothing comes any more."""
        self._patience.renew()
        while self.read < wire.published and not self._patience.is_over:
            if self.poll(timeout_seconds=POLL_SECONDS):
                self._patience.renew()


def changing_no_past(decisions: Sequence[Decision], floor: SimTime) -> list[Decision]:
    """Return decisions as the world may know them, none from before `floor`.

    Such a one came late, or what it rests on was held back on the wire: it is known only now.
    """
    return [one if one.time >= floor else msgspec.structs.replace(one, time=floor) for one in decisions]


def make_decider(plan: Plan, wire: Wire, reader: DecisionReader, *, audit: DeliveryAudit) -> Decider:
    """Return whoever decides in `plan`."""
    if plan.consumer is not None:
        wiring = Wiring(plan.scenario.catalog, plan.codec(), plan.size.seed, plan.spec.topic_prefix)
        consumer = InProcessConsumer(plan.consumer, wiring=wiring, transport=wire.transport, audit=audit)
        return InsideDecider(plan, reader, transport=wire.transport, consumer=consumer)
    topics = [topic.name for topic in plan.scenario.catalog.event_topics(prefix=plan.spec.topic_prefix)]
    observer = Observer(wire.transport.subscribe(topics), plan.codec(), audit, grace_seconds=plan.grace / 1_000)
    return OutsideDecider(plan, wire, reader, observer=observer) if plan.is_external else NobodyDecides(wire, observer)
