"""The way back: decisions read off the wire, whoever made them."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.codecs.decisions import DecisionCodec
from simulator.consumers.wiring import dead_letter
from simulator.core.clock import ClockReached
from simulator.core.decisions import DeadLetter, Decision
from simulator.core.errors import CodecError
from simulator.core.records import Record
from simulator.core.time import SimTime
from simulator.harness.pacing import Pacer, Patience
from simulator.harness.plan import Plan
from simulator.transports.protocol import Subscription, Transport

POLL_SECONDS = 0.05  # our choice: how long one look at the broker may last


@dataclass(slots=True)
class Heard:
    """What came back: each decision once, repeats and refusals counted.

    `latencies_ms` has an entry a decision: the wall time from when what led to it was due until
    it was heard. That is due at the decision's time: the published_at of the event, or the `at`
    of the reminder. A false time says nothing, so misdated decisions are taken out before the judge.
    `postdated` are decisions from a time that had not come yet when they were heard, `backdated`
    those from one of which their writer had said that no more comes.
    """

    decisions: list[Decision] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    repeated: int = 0
    backdated: int = 0
    postdated: int = 0


class DecisionReader:
    """Reads a decisions topic: decisions, and how far each partition has come."""

    def __init__(self, subscription: Subscription, codec: DecisionCodec, *, partitions: int, pacer: Pacer) -> None:
        """Read `subscription`, which starts at the beginning of the run."""
        self._subscription, self._codec, self._pacer = subscription, codec, pacer
        self._reached = dict.fromkeys(range(partitions), -1)
        self._seen: set[str] = set()
        self._taken = 0
        self._now: SimTime | None = None
        self._settled: SimTime | None = None
        self.heard = Heard()

    def know(self, now: SimTime, *, settled: SimTime | None = None) -> None:
        """Refuse decisions from after `now`, up to which all is published.

        In lockstep refuse also those up to `settled`, on which every partition's answer was heard.
        """
        self._now, self._settled = now, settled

    def take(self) -> list[Decision]:
        """Return the decisions heard since the last call."""
        new = self.heard.decisions[self._taken :]
        self._taken = len(self.heard.decisions)
        return new

    def has_reached(self, until: SimTime) -> bool:
        """Say whether every partition's consumer has answered the tick of `until`."""
        return min(self._reached.values()) >= until

    def poll(self, *, timeout_seconds: float = 0.0) -> int:
        """Read what has come; return how many records that was."""
        records = self._subscription.poll(maximum=1_000, timeout_seconds=timeout_seconds)
        for record in records:
            self._take_in(record)
        return len(records)

    def wait(self, until: SimTime, *, patience: Patience) -> bool:
        """Read until every partition has answered `until`.

        Return False when patience runs out first.
        """
        while not self.has_reached(until):
            if self.poll(timeout_seconds=POLL_SECONDS):
                patience.renew()
            elif patience.is_over:
                return False
        return True

    def drain(self) -> None:
        """Read everything that has come."""
        while self.poll():
            continue

    def _take_in(self, record: Record) -> None:
        try:
            answer = self._codec.decode_any(record)
        except CodecError as error:
            self.heard.dead_letters.append(dead_letter(record, str(error)))
            return
        if isinstance(answer, ClockReached):
            self._take_in_answer(record, answer)
        elif answer.id in self._seen:
            self.heard.repeated += 1
        elif self._now is not None and answer.time > self._now:
            self.heard.postdated += 1
        else:
            self._seen.add(answer.id)
            self._hear(answer)

    def _hear(self, decision: Decision) -> None:
        if self._settled is not None and decision.time <= self._settled:
            self.heard.backdated += 1
        else:
            self.heard.decisions.append(decision)
            self.heard.latencies_ms.append(self._pacer.milliseconds_since_due(decision.time))

    def _take_in_answer(self, record: Record, answer: ClockReached) -> None:
        if answer.partition not in self._reached:
            reason = f"data.partition {answer.partition} is not one of the clock's {len(self._reached)} partitions"
            self.heard.dead_letters.append(dead_letter(record, reason))
            return
        self._reached[answer.partition] = max(self._reached[answer.partition], answer.time)


def make_reader(plan: Plan, transport: Transport, pacer: Pacer) -> DecisionReader:
    """Return a reader of the run's decisions topic."""
    catalog = plan.scenario.catalog
    topic = catalog.topic("decisions", prefix=plan.spec.topic_prefix)
    codec = DecisionCodec(catalog, seed=plan.size.seed)
    return DecisionReader(transport.subscribe([topic]), codec, partitions=catalog.partitions, pacer=pacer)
