"""The process that generates: cohort after cohort of a scenario's world, ahead of whoever sends.

Run as `python -m loadtests.generator` with a GeneratorSpec as JSON. It writes stretches to a pipe and
waits where nobody reads, so its memory is flat however long the load lasts.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from loadtests.expectations import (
    EchoExpected,
    Expectation,
    NothingExpected,
    ReferenceExpected,
    SentRows,
)
from loadtests.niceness import GENERATING, be_nice
from loadtests.spec import ECHO, LoadSpec, plan_of
from loadtests.stretches import Stretch, Tick, write_stretch
from simulator.codecs.decisions import ClockCodec, DecisionCodec
from simulator.consumers import Wiring
from simulator.core.arrays import IntArray
from simulator.core.clock import ClockTicked
from simulator.core.draws import Draws
from simulator.core.errors import PulsetrainError, ScenarioError
from simulator.core.ordering import is_first_of_run, sort_rows
from simulator.core.partitioning import clock_keys
from simulator.core.records import RecordBatch
from simulator.core.time import SimTime, minutes
from simulator.faults import FaultInjector
from simulator.harness.files import label_lines
from simulator.harness.pacing import LONGEST_STEP
from simulator.harness.plan import Plan
from simulator.harness.shards import Fed, Part, Shard

_FIRST_STEP = minutes(1)  # our choice: nobody knows yet how much happens, and at a low rate an hour would be a burst
_GROWTH = 2.0  # our choice: how much longer than the last a step may be, so that a quiet hour makes no burst


class GeneratorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a generating process makes: its shard of the load, from a cohort on.

    `ends` are the next offsets of each event topic's partitions, in the order of the topics.
    """

    load: LoadSpec
    shard: int
    shards: int
    cohort: int
    ends: list[list[int]]
    pipe: int


class Generator:
    """Steps one cohort after the other, and writes down what must follow."""

    def __init__(self, spec: GeneratorSpec) -> None:
        """Make ready; the first world is made with the first stretch."""
        self._spec, self._plan = spec, plan_of(spec.load)
        catalog, seed = self._plan.scenario.catalog, self._plan.size.seed
        self._topics = [topic.name for topic in catalog.event_topics(prefix=spec.load.topic_prefix)]
        self._partitions = [one for one in range(catalog.partitions) if one % spec.shards == spec.shard]
        self._ends: IntArray = np.array(spec.ends, dtype=np.int64)
        self._clock, self._clock_keys = ClockCodec(catalog, seed=seed), clock_keys(catalog)
        self._expectation = _expectation(spec, self._plan)
        self._faults = FaultInjector(
            self._plan.faults, catalog=catalog, draws=Draws(seed), codec=self._plan.codec(), seed=seed
        )

    def stretches(self) -> Iterator[Stretch]:
        """Yield stretch after stretch, for as long as there are subjects."""
        size, cohort = self._plan.size, self._spec.cohort
        while (cohort + 1) * size.subjects <= self._plan.scenario.maximum_subjects:
            yield from self._of_cohort(cohort)
            cohort += 1
        raise ScenarioError(
            f"{self._plan.scenario.id} has no more than {self._plan.scenario.maximum_subjects:,} subjects, "
            f"and all of them have been sent. Start again with another --topic-prefix."
        )

    def _of_cohort(self, cohort: int) -> Iterator[Stretch]:
        size = self._plan.size
        shard = Shard(self._plan, Part(shard=self._spec.shard, shards=self._spec.shards, cohort=cohort))
        self._expectation.begin_cohort(cohort)
        now = size.start + cohort * size.duration
        end, span, wanted = (
            now + size.duration,
            float(min(self._plan.step, _FIRST_STEP)),
            self._spec.load.events_per_stretch,
        )
        while now < end:
            now = min(end, now + max(1, int(span)))
            fed = shard.step(SimTime(now), ())
            stretch = self._stretch(cohort, SimTime(now), fed, is_last=now == end)
            rows = len(stretch.ends) // 8
            span = min(span * (min(_GROWTH, wanted / rows) if rows else _GROWTH), LONGEST_STEP)
            # A reminder may come due where nothing happens.
            if rows or stretch.labels or stretch.expected or now == end:
                yield stretch

    def _stretch(self, cohort: int, until: SimTime, fed: Fed, *, is_last: bool) -> Stretch:
        batches, faults = self._faults.apply(list(fed.batches), until)
        rows, subjects = self._rows(batches)
        lengths = np.fromiter(map(len, rows.values), dtype=np.int64, count=len(rows.values))
        return Stretch(
            cohort=cohort,
            until=until,
            topics=_bytes(rows.topic_of),
            partitions=_bytes(rows.partitions),
            timestamps=_bytes(rows.timestamps),
            subjects=subjects.tobytes(),
            ends=np.cumsum(lengths).tobytes(),
            values=b"".join(rows.values),
            ticks=self._ticks(until),
            expected=self._expectation.of(rows, until),
            labels=label_lines(fed.labels),
            faults=len(faults),
            is_last_of_cohort=is_last,
        )

    def _rows(self, batches: list[RecordBatch]) -> tuple[SentRows, IntArray]:
        """Put the topics' records in one order of time; of each partition's the order stays."""
        topic_of = [np.full(len(batch), self._topics.index(batch.topic), dtype=np.int64) for batch in batches]
        order = sort_rows(_joined([_rising(batch) for batch in batches]))[0] if batches else _joined([])
        topics, partitions = _joined(topic_of)[order], _joined([batch.partitions for batch in batches])[order]
        subjects = _joined([batch.subjects for batch in batches])[order]
        values = [value for batch in batches for value in batch.values]
        rows = SentRows(
            topics=self._topics,
            topic_of=topics.tolist(),
            partitions=partitions.tolist(),
            offsets=self._offsets(topics, partitions).tolist(),
            timestamps=_joined([batch.timestamps for batch in batches])[order].tolist(),
            values=list(map(values.__getitem__, order.tolist())),
            cohorts=(subjects // self._plan.size.subjects).tolist(),
        )
        return rows, subjects

    def _offsets(self, topics: IntArray, partitions: IntArray) -> IntArray:
        """Return the offset that each row will have, and move the ends on."""
        if not len(topics):
            return topics
        width = self._ends.shape[1]
        order, (places,) = sort_rows(topics * width + partitions)
        starts = np.flatnonzero(is_first_of_run(places))
        counts = np.diff(starts, append=len(places))
        ranks = np.arange(len(places)) - np.repeat(starts, counts)
        offsets = np.empty(len(places), dtype=np.int64)
        flat = self._ends.reshape(-1)
        offsets[order] = flat[places] + ranks
        flat[places[starts]] += counts
        return offsets

    def _ticks(self, until: SimTime) -> list[Tick]:
        ends = self._ends.tolist()
        return [
            Tick(partition, self._clock_keys[partition], self._clock.encode(self._tick(until, partition, ends)))
            for partition in self._partitions
        ]

    def _tick(self, until: SimTime, partition: int, ends: list[list[int]]) -> ClockTicked:
        by_topic = {topic: of[partition] for topic, of in zip(self._topics, ends, strict=True)}
        return ClockTicked(time=until, partition=partition, ends=by_topic)


def _expectation(spec: GeneratorSpec, plan: Plan) -> Expectation:
    if spec.load.consumer == ECHO:
        return EchoExpected(spec.load.every)
    if plan.consumer is None:
        return NothingExpected()
    wiring = Wiring(plan.scenario.catalog, plan.codec(), plan.size.seed, spec.load.topic_prefix)
    return ReferenceExpected(
        plan.consumer,
        frozenset(wiring.read_topics(plan.consumer)),
        codec=wiring.codec,
        decision_codec=DecisionCodec(plan.scenario.catalog, seed=plan.size.seed),
    )


def _rising(batch: RecordBatch) -> IntArray:
    """Return times by which a batch is merged with others without any partition losing its order."""
    times = batch.timestamps.copy()
    starts = [*np.flatnonzero(is_first_of_run(batch.partitions)).tolist(), len(batch)]
    for start, stop in pairwise(starts):
        np.maximum.accumulate(times[start:stop], out=times[start:stop])
    return times


def _bytes(column: Sequence[int]) -> bytes:
    return np.asarray(column, dtype=np.int64).tobytes()


def _joined(columns: list[IntArray]) -> IntArray:
    return np.concatenate(columns) if columns else np.empty(0, dtype=np.int64)


def main(arguments: list[str]) -> int:
    """Write stretches to the pipe until nobody reads them; return the exit code."""
    # The terminal sends Ctrl-C to every process; only who started this one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # It is seconds ahead; whoever sends is a millisecond late at once.
    be_nice(GENERATING)
    spec = msgspec.json.decode(arguments[0], type=GeneratorSpec)
    with os.fdopen(spec.pipe, "wb", buffering=0) as pipe:
        try:
            for stretch in Generator(spec).stretches():
                write_stretch(pipe, stretch)
        except BrokenPipeError:
            return 0
        except PulsetrainError as error:
            write_stretch(pipe, Stretch(cohort=-1, until=0, error=str(error)))
            return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
