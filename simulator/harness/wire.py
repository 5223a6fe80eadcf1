"""The way out: faults, the transport, the clock's ticks, and counts of what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from simulator.codecs.decisions import ClockCodec
from simulator.core.clock import ClockTicked
from simulator.core.draws import Draws
from simulator.core.history import Fault
from simulator.core.partitioning import clock_keys
from simulator.core.records import RecordBatch, record_batch
from simulator.core.time import SimTime
from simulator.faults import FaultInjector
from simulator.harness.plan import Plan
from simulator.scoring import DeliveryAudit
from simulator.transports.protocol import Transport


class Wire:
    """Sends what a feed returns, faults and all, and how far time has come.

    All that was sent last lies up to `latest`. It lies after `settled`, and so did the tick before
    it: who has answered that tick has no more to say about a time up to `settled`.
    """

    def __init__(self, plan: Plan, *, transport: Transport, audit: DeliveryAudit) -> None:
        """Make the topics of the run."""
        catalog, prefix = plan.scenario.catalog, plan.spec.topic_prefix
        self._transport, self._audit = transport, audit
        self._faults = FaultInjector(
            plan.faults, catalog=catalog, draws=Draws(plan.size.seed), codec=plan.codec(), seed=plan.size.seed
        )
        self._clock = ClockCodec(catalog, seed=plan.size.seed)
        self._clock_topic = catalog.topic("clock", prefix=prefix)
        self._clock_keys = clock_keys(catalog)
        self._ends: dict[str, Counter[int]] = {topic.name: Counter() for topic in catalog.event_topics(prefix=prefix)}
        self._stepwise = plan.is_stepwise
        self.ledger: list[Fault] = []
        self.published = 0
        self.latest = plan.size.start
        self.settled = SimTime(plan.size.start - 1)
        self._ticked = self.settled
        transport.create_topics(catalog.topics(prefix=prefix))

    @property
    def transport(self) -> Transport:
        """Return the transport that carries the run."""
        return self._transport

    def send(self, batches: Sequence[RecordBatch], until: SimTime) -> None:
        """Send the records of a step and the tick that follows them.

        Where a consumer is waited for after each step, return when all are acknowledged. A
        tick names the offsets that it follows, so it may arrive before them.
        """
        for batch in batches:
            self._audit.published(batch)
        sent, faults = self._faults.apply(list(batches), until)
        self._publish(sent, faults, until)

    def finish(self, end: SimTime) -> SimTime:
        """Send what faults still hold back; return the time of the last tick."""
        sent, faults = self._faults.finish()
        # A millisecond later, so that no answer to the tick of `end` is taken for one to this.
        last = SimTime(end + 1) if sent else end
        if sent or faults:
            self._publish(sent, faults, last)
        self._transport.flush()
        return last

    def _publish(self, batches: Sequence[RecordBatch], faults: Sequence[Fault], until: SimTime) -> None:
        self.ledger += faults
        self.latest = max(self.latest, until)
        # What a fault held back keeps its time, which may lie before the last tick.
        earliest = min((int(batch.timestamps.min()) for batch in batches), default=until)
        self.settled, self._ticked = SimTime(min(self._ticked, earliest - 1)), until
        for batch in batches:
            self._transport.publish(batch)
            self._count(batch)
        self._transport.publish(self._ticks(until))
        if self._stepwise:
            self._transport.flush()

    def _count(self, batch: RecordBatch) -> None:
        self.published += len(batch)
        # What is late beyond the end is sent at the end, and keeps its time.
        self.latest = SimTime(max(self.latest, int(batch.timestamps.max())))
        partitions, counts = np.unique(batch.partitions, return_counts=True)
        self._ends[batch.topic].update(dict(zip(partitions.tolist(), counts.tolist(), strict=True)))

    def _ticks(self, until: SimTime) -> RecordBatch:
        ticks = [
            ClockTicked(
                time=until, partition=partition, ends={topic: counts[partition] for topic, counts in self._ends.items()}
            )
            for partition in range(len(self._clock_keys))
        ]
        records = [
            (tick.partition, until, self._clock_keys[tick.partition], self._clock.encode(tick)) for tick in ticks
        ]
        return record_batch(self._clock_topic, records)
