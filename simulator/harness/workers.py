"""A feed made by several processes, each with its own partitions of the same world."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.context import SpawnContext

from simulator.codecs.keys import keys_of
from simulator.core.decisions import Decision
from simulator.core.errors import PulsetrainError, ScenarioError
from simulator.core.time import SimTime
from simulator.harness.parcels import Parcel, Waybill, joined_records
from simulator.harness.plan import Plan
from simulator.harness.shards import Fed
from simulator.harness.shared_slots import shared_slots
from simulator.harness.worker_process import Answer, Share, work

SHARED_BYTES = 32 << 20  # our choice, for all workers together: what a small container can bear
SLOTS = 3  # of each worker: one is read while the others are filled
_ALIGNED = 64  # bytes: a line of the processor's cache, so that columns of integers lie well


class ParallelFeed:
    """Shards of a world in processes of their own; the bytes are those of one process.

    In open loop each worker runs ahead, and makes several steps at once; in closed loop it waits
    for the decisions of each step.
    """

    def __init__(self, plan: Plan, *, workers: int) -> None:
        """Start the processes."""
        context = multiprocessing.get_context("spawn")
        self._closed_loop = plan.closed_loop
        self._keys = keys_of(plan.scenario.catalog)
        self._workers = [_Worker(context, Share(plan.spec, shard, workers)) for shard in range(workers)]

    def step(self, until: SimTime, decisions: Sequence[Decision]) -> Fed:
        """Gather the step of every shard, the records of a topic in one batch.

        Labels come with the last of the steps that were made at once.
        """
        if self._closed_loop:
            for worker in self._workers:
                worker.tell(decisions)
        parcels = [worker.receive() for worker in self._workers]
        fed = Fed(
            batches=joined_records(parcels, self._keys),
            labels=[label for parcel in parcels for label in parcel.waybill.labels],
        )
        if not self._closed_loop:
            for worker in self._workers:
                worker.free_slot()
        return fed

    def digests(self) -> dict[int, str]:
        """Return the sha256 of every partition. Call it once, after the last step."""
        answers = [worker.hear() for worker in self._workers]
        # The CPU time of a process counts only once it has ended and was waited for.
        for worker in self._workers:
            worker.process.join()
        return {key: value for answer in answers if isinstance(answer, dict) for key, value in answer.items()}

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.end()


class _Worker:
    """A process that makes a shard, seen from the one that reads."""

    def __init__(self, context: SpawnContext, share: Share) -> None:
        self._slots = shared_slots(SLOTS, slot_bytes=SHARED_BYTES // (SLOTS * share.shards * _ALIGNED) * _ALIGNED)
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, self._slots, share), daemon=True)
        self.process.start()
        theirs.close()
        self._slots.close_file()
        self._reads_slot = False

    def tell(self, decisions: Sequence[Decision]) -> None:
        """Hand over the decisions that the next step waits for."""
        with _ending_is_an_error():
            self._pipe.send(list(decisions))

    def receive(self) -> Parcel:
        """Return the next step of the shard; it is to be read before its slot is freed."""
        waybill = self.hear()
        assert isinstance(waybill, Waybill)
        self._reads_slot = waybill.slot is not None
        if waybill.slot is not None:
            return Parcel(waybill, self._slots[waybill.slot])
        with _ending_is_an_error():
            return Parcel(waybill, memoryview(self._pipe.recv_bytes()))

    def free_slot(self) -> None:
        """Let the worker fill the slot again that was read last, if any was."""
        if self._reads_slot:
            # A worker that has sent everything may be gone; one that died is noticed when it is heard.
            with suppress(OSError):
                self._pipe.send_bytes(b"")

    def hear(self) -> Answer:
        """Return the next answer. Raises the worker's own error, ScenarioError when it died."""
        with _ending_is_an_error():
            answer: Answer = self._pipe.recv()
        if isinstance(answer, PulsetrainError):
            raise answer
        return answer

    def end(self) -> None:
        """End the process, wherever it is."""
        self._pipe.close()
        self.process.terminate()
        self.process.join()


@contextmanager
def _ending_is_an_error() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise ScenarioError("a generating process ended early. Run again with --workers 1 to see why.") from None
