"""One shard of a load under way: its generator, its sender, its observer, its accounts."""

from __future__ import annotations

import msgspec
import numpy as np

from loadtests import clock
from loadtests.book import Book
from loadtests.generator import GeneratorSpec
from loadtests.observer import Observer, decision_reader, read_echo
from loadtests.reports import ShardCounts, WorkerReport
from loadtests.schedule import Schedule
from loadtests.sender import Sender
from loadtests.spec import ECHO, LoadSpec, plan_of
from loadtests.supply import Supply, Threads
from loadtests.topics import open_kafka
from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.core.arrays import FloatArray
from simulator.core.clock import ClockTicked
from simulator.core.partitioning import clock_keys
from simulator.core.time import SimTime

AHEAD_SECONDS = 0.5  # our choice: how much is generated before the first event is due
_JUST_BEFORE = 1e-6  # seconds; what is due as a second begins belongs to the one before


class ShardTask(msgspec.Struct, frozen=True, kw_only=True):
    """Which shard of which load a worker is given, and with which cohort it begins."""

    load: LoadSpec
    shard: int
    shards: int
    cohort: int = 0
    worker: str = ""
    rate_per_ward: float = 0.0


class ShardLoad:
    """A shard's part of the load, from its making to its end.

    Only `__init__` may wait for the broker.
    """

    def __init__(self, task: ShardTask, threads: Threads) -> None:
        """Connect, start the generator and the observer, and ask the consumer whether it listens.

        Raises UsageError for a spec that cannot be, and TransportError where no broker answers.
        """
        spec, plan = task.load, plan_of(task.load)
        self._spec, self._plan, self._task = spec, plan, task
        catalog, prefix = plan.scenario.catalog, spec.topic_prefix
        self._partitions = [one for one in range(catalog.partitions) if one % task.shards == task.shard]
        self._kafka = open_kafka(spec)
        topics = catalog.topics(prefix=prefix)
        self._kafka.create_topics(topics, must_be_empty=False)
        self._first_offsets = self._kafka.ends(topics)
        self._wall_of_monotonic = clock.wall_of_monotonic()
        self._book = Book(
            ShardCounts(shard=task.shard, worker=task.worker, cohort=task.cohort),
            offset=self._wall_of_monotonic,
            slo_ms=spec.slo_ms,
            knows=spec.consumer == ECHO or plan.consumer is not None,
        )
        self._observer = self._observe(threads)
        self._supply = Supply(self._generator_spec(), threads)
        self._schedule = Schedule(start=clock.now())
        self._sender = Sender(
            self._supply,
            self._kafka.producer,
            schedule=self._schedule,
            book=self._book,
            catalog=catalog,
            prefix=prefix,
        )
        self._greetings = self._greet() if plan.consumer is not None else 0
        self._rate, self._has_begun, self._is_stopping = 0.0, False, False
        self._looked = (clock.now(), clock.cpu())
        self._next_second = self._ahead_ms = 0.0
        self._measured: tuple[float, float] | None = None

    @property
    def counts(self) -> ShardCounts:
        """Return the counts as they stand."""
        return self._book.counts

    @property
    def has_begun(self) -> bool:
        """Say whether time has begun."""
        return self._has_begun

    @property
    def has_failed(self) -> bool:
        """Say whether the shard can go on no longer; `counts.error` says why."""
        return bool(self.counts.error)

    @property
    def is_drained(self) -> bool:
        """Say whether all that was sent is acknowledged or failed, and nothing is awaited.

        Of a consumer of which nothing is known that is never so: whoever waits gives up by itself.
        """
        counts = self.counts
        return self._is_sent and counts.acknowledged + counts.failed >= counts.sent and self._book.is_settled

    def begin(self, *, clock_offset_ms: float = 0.0) -> None:
        """Let time begin: what is due counts from now on, at the rate asked for so far.

        `clock_offset_ms` is how far this host's wall clock is ahead of the gathering one's.
        """
        self._has_begun, now = True, clock.now()
        self._name_seconds(clock_offset_ms, now)
        self._schedule.change(self._rate, at=now)

    @property
    def wall(self) -> float:
        """Return the clock by which seconds are named.

        It is this host's wall clock, but for its steps since the shard was made.
        """
        return clock.now() + self._wall_of_monotonic

    def correct_clock(self, ahead_ms: float) -> None:
        """Take in how far `wall` is ahead of the gathering clock by now."""
        if self._has_begun:
            now = clock.now()
            self._note_due(now)
            self._name_seconds(ahead_ms, now)

    def change_rate(self, rate: float) -> None:
        """Ask for another rate, events a second."""
        if self._is_stopping:
            return
        self._rate = self.counts.rate = rate
        if self._has_begun:
            self._schedule.change(rate, at=clock.now())

    def turn(self) -> bool:
        """Send what is due; return whether more is due. Raises what the generator raises."""
        if not self._has_begun:
            return False
        if self._is_stopping and self._is_sent:
            if self._schedule.rate:
                self._schedule.change(0.0, at=clock.now())
            return False
        more = self._sender.turn()
        # A report is taken in when it has come, so that acknowledgements are timed to a turn.
        self._acknowledge(clock.now())
        return more

    def fold(self) -> None:
        """Take in what the client, the brokers and the observer know."""
        now, counts, producer = clock.now(), self.counts, self._kafka.producer
        self._note_due(now)
        self._acknowledge(now)
        counts.failed = producer.failed
        self._book.take_in(self._observer.take())
        self._note_lag(now)
        counts.ahead_events = self._supply.ahead_events
        counts.is_ready = counts.is_ready or self._is_ready
        counts.error = counts.error or self._supply.failure or self._observer.error or producer.failure

    def measure(self, start: float, stop: float) -> None:
        """Take in which seconds of the gathering clock are measured."""
        self._measured = start, stop

    def take_latencies(self) -> FloatArray:
        """Return the milliseconds from due to seen of each decision since the last call.

        They are those of the seconds measured; none until these are known.
        """
        return np.empty(0) if self._measured is None else self._book.take_latencies(*self._measured)

    def report(self, *, is_final: bool = False) -> WorkerReport:
        """Return what there is to say since the last report."""
        self._note_cpu()
        return WorkerReport(
            counts=self.counts,
            seconds=self._book.take_seconds(),
            judged=self._book.take_judged(),
            is_final=is_final,
        )

    def fail(self, reason: str) -> None:
        """Take in that the shard can go on no longer."""
        self.counts.error = self.counts.error or reason
        self._is_stopping = True

    def stop(self) -> None:
        """End the load, but still send the stretch that was begun and the clock after it."""
        if self._is_stopping:
            return
        self._note_due(clock.now())
        self._is_stopping = True
        self._sender.finish(self.counts.due)
        if self._has_begun and not self._schedule.rate:
            self._schedule.change(self._spec.rate / self._task.shards, at=clock.now())

    def close(self) -> None:
        """Let go of everything at once."""
        self._supply.close()
        self._observer.close()
        self._kafka.close()

    @property
    def _is_sent(self) -> bool:
        return not self._has_begun or self.has_failed or self._sender.is_finished

    @property
    def _is_ready(self) -> bool:
        """Say whether enough is generated ahead, and the consumer has answered if it is one that does."""
        wanted = self._spec.rate * AHEAD_SECONDS / self._task.shards
        greeted = self._plan.consumer is None or (self._book.lag.answers and not self._book.lag.is_behind)
        return greeted and (self._supply.ahead_events >= wanted or self._supply.is_full)

    def _acknowledge(self, now: float) -> None:
        producer = self._kafka.producer
        producer.poll()
        of_events = self._sender.events_among(max(0, producer.acknowledged - self._greetings))
        self._book.acknowledged(max(self.counts.acknowledged, min(self.counts.sent, of_events)), now)

    def _observe(self, threads: Threads) -> Observer:
        topic = self._plan.scenario.catalog.topic("decisions", prefix=self._spec.topic_prefix)
        places = {(topic, one): self._first_offsets[topic, one] for one in self._partitions}
        codec = DecisionCodec(self._plan.scenario.catalog, seed=self._plan.size.seed)
        read = read_echo if self._spec.consumer == ECHO else decision_reader(codec)
        return Observer(self._kafka.reader(places), read, threads)

    def _generator_spec(self) -> GeneratorSpec:
        catalog = self._plan.scenario.catalog
        ends = [
            [self._first_offsets[topic.name, one] for one in range(topic.partitions)]
            for topic in catalog.event_topics(prefix=self._spec.topic_prefix)
        ]
        task = self._task
        return GeneratorSpec(
            load=self._spec, shard=task.shard, shards=task.shards, cohort=task.cohort, ends=ends, pipe=-1
        )

    def _greet(self) -> int:
        """Send a tick from before the first event to every partition; return how many were sent."""
        size, catalog = self._plan.size, self._plan.scenario.catalog
        before = SimTime(size.start + self._task.cohort * size.duration - 1)
        topic = catalog.topic("clock", prefix=self._spec.topic_prefix)
        clock_codec, keys = ClockCodec(catalog, seed=size.seed), clock_keys(catalog)
        names = [one.name for one in catalog.event_topics(prefix=self._spec.topic_prefix)]
        for one in self._partitions:
            tick = ClockTicked(
                time=before, partition=one, ends={name: self._first_offsets[name, one] for name in names}
            )
            self._kafka.producer.offer([(topic, clock_codec.encode(tick), keys[one], one, before)])
            self._book.lag.ticked(one, time=before, due=clock.now(), events=0)
        return len(self._partitions)

    def _note_due(self, now: float) -> None:
        """Say what has become due, second by second; of what is sent after the end, when it was sent."""
        if not self._has_begun:
            return
        if self._is_stopping:
            if self.counts.sent > self.counts.due:
                self._book.due(self.counts.sent, now)
            return
        while self._next_second <= now:
            self._book.due(self._schedule.due(self._next_second), self._next_second - _JUST_BEFORE)
            self._next_second += 1.0
        self._book.due(self._schedule.due(now), now)
        # What is due from here on is asked for from now on.
        self._schedule.forget(min(self.counts.sent, self.counts.due))

    def _name_seconds(self, ahead_ms: float, now: float) -> None:
        self._book.correct((ahead_ms - self._ahead_ms) / 1_000.0)
        self._ahead_ms = ahead_ms
        self._next_second = now + 1.0 - (now + self._book.offset) % 1.0

    def _note_lag(self, now: float) -> None:
        counts, lag = self.counts, self._book.lag
        counts.answers_clock = lag.answers
        counts.lag_events = lag.events()
        # Whoever answers the clock has dealt with all before its tick: what it did not decide is missing, not late.
        oldest = None if lag.answers else self._book.oldest_awaited()
        waited = 0.0 if oldest is None else max(0.0, now - oldest)
        counts.lag_seconds = round(max(lag.seconds(now), waited), 4)

    def _note_cpu(self) -> None:
        now, cpu = clock.now(), clock.cpu()
        before, cpu_before = self._looked
        self._looked = (now, cpu)
        self.counts.cpu_share = round((cpu - cpu_before) / max(now - before, 1e-9), 3)
