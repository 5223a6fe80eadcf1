"""A feed made by several processes, each with its own partitions of the same world."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from multiprocessing.connection import Connection

import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.decisions import Decision
from simulator.core.errors import PulsetrainError, ScenarioError
from simulator.core.joined import JoinedValues
from simulator.core.records import RecordBatch
from simulator.core.time import SimTime
from simulator.harness.feed import Fed, WorldFeed
from simulator.harness.plan import Plan, make_plan
from simulator.harness.spec import RunSpec

STEPS_AHEAD = 3  # our choice: how many steps a worker may be ahead of who reads them

Answer = Fed | dict[int, str] | PulsetrainError


class ParallelFeed:
    """Shards of a world in processes of their own; the bytes are those of one process.

    In open loop each worker runs a few steps ahead; in closed loop it waits for the decisions of
    each step.
    """

    def __init__(self, plan: Plan, *, workers: int) -> None:
        """Start the processes."""
        context = multiprocessing.get_context("spawn")
        self._closed_loop = plan.closed_loop
        self._pipes: list[Connection] = []
        self._processes = []
        for shard in range(workers):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(theirs, plan.spec), kwargs={"shard": shard, "shards": workers}, daemon=True
            )
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Gather the step of every shard, the batches of a topic joined to one."""
        if self._closed_loop:
            for pipe in self._pipes:
                pipe.send((until, list(decisions)))
        answers = [self._receive(pipe) for pipe in self._pipes]
        fed = [answer for answer in answers if isinstance(answer, Fed)]
        by_topic: dict[str, list[RecordBatch]] = {}
        for batch in (batch for answer in fed for batch in answer.batches):
            by_topic.setdefault(batch.topic, []).append(batch)
        batches = [merge_shards(by_topic[topic]) for topic in sorted(by_topic)]
        return Fed(batches=batches, labels=[label for answer in fed for label in answer.labels])

    def digests(self) -> dict[int, str]:
        """Return the sha256 of every partition. Call it once, after the last step."""
        if self._closed_loop:
            for pipe in self._pipes:
                pipe.send(None)
        answers = [self._receive(pipe) for pipe in self._pipes]
        # The CPU time of a process counts only once it has ended and was waited for.
        for process in self._processes:
            process.join()
        return {key: value for answer in answers if isinstance(answer, dict) for key, value in answer.items()}

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
            process.join()

    def _receive(self, pipe: Connection) -> Answer:
        try:
            answer: Answer = pipe.recv()
        except EOFError:
            raise ScenarioError("a generating process ended early. Run again with --workers 1 to see why.") from None
        if isinstance(answer, PulsetrainError):
            raise answer
        return answer


def merge_shards(batches: Sequence[RecordBatch]) -> RecordBatch:
    """Put batches of one topic whose partitions differ into one, by partition.

    Their keys and values are joined, and stay so: nothing is looked at record by record.
    """
    spans = sorted(
        (int(batch.partitions[first]), place, first, stop)
        for place, batch in enumerate(batches)
        for first, stop in pairwise([0, *(np.flatnonzero(np.diff(batch.partitions)) + 1).tolist(), len(batch)])
    )
    pieces = [(batches[place], first, stop) for _, place, first, stop in spans]

    def arrays(name: str) -> IntArray:
        return np.concatenate([getattr(batch, name)[first:stop] for batch, first, stop in pieces])

    def joined(name: str) -> JoinedValues:
        return JoinedValues.of_pieces((getattr(batch, name), first, stop) for batch, first, stop in pieces)

    return RecordBatch(
        topic=batches[0].topic,
        partitions=arrays("partitions"),
        timestamps=arrays("timestamps"),
        keys=joined("keys"),
        values=joined("values"),
        types=arrays("types"),
        subjects=arrays("subjects"),
        numbers=arrays("numbers"),
        occurred=arrays("occurred"),
    )


class _Sender:
    """Sends in a thread of its own, so that the next steps are made meanwhile."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._under_way: deque[Future[None]] = deque()

    def send(self, answer: Answer) -> None:
        """Send in order; wait where STEPS_AHEAD are under way. Raises what sending raised."""
        if len(self._under_way) == STEPS_AHEAD:
            self._under_way.popleft().result()
        self._under_way.append(self._thread.submit(self._pipe.send, answer))

    def finish(self) -> None:
        """Return when everything is sent."""
        while self._under_way:
            self._under_way.popleft().result()


def _work(pipe: Connection, spec: RunSpec, *, shard: int, shards: int) -> None:
    # The terminal sends Ctrl-C to every process; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sender = _Sender(pipe)
    try:
        plan = make_plan(spec)
        feed = WorldFeed(plan, shard=shard, shards=shards)
        for until in plan.instants():
            decisions = _decisions(pipe) if plan.closed_loop else []
            sender.send(_joined(feed.step(until, decisions)))
        if plan.closed_loop:
            pipe.recv()
        sender.send(feed.digests())
        sender.finish()
    except PulsetrainError as error:
        sender.send(error)
        sender.finish()
    except (EOFError, BrokenPipeError):
        return  # the parent has closed the run


def _decisions(pipe: Connection) -> list[Decision]:
    _, decisions = pipe.recv()
    return list(decisions)


def _joined(fed: Fed) -> Fed:
    return Fed(
        batches=[
            replace(batch, keys=JoinedValues.of(batch.keys), values=JoinedValues.of(batch.values))
            for batch in fed.batches
        ],
        labels=list(fed.labels),
    )
