"""The process of a worker: it makes a shard of the world and hands it over."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection

from simulator.core.decisions import Decision
from simulator.core.digest import StreamDigest
from simulator.core.errors import PulsetrainError
from simulator.core.labels import Label
from simulator.core.time import SimTime
from simulator.harness.parcels import PackedRecords, Waybill, spans_of_steps
from simulator.harness.plan import Plan, make_plan
from simulator.harness.shards import Fed, Part, Shard
from simulator.harness.shared_slots import SharedSlots
from simulator.harness.spec import RunSpec

STEPS_WAITING = 4  # our choice: how many steps may wait for a slot while the next are made
STEPS_UNDER_WAY = 3  # our choice: how many steps that no slot can hold may wait to be read
STEPS_AT_ONCE_MAX = 8  # our choice: so that the memory of many workers stays bounded

Answer = Waybill | dict[int, str] | PulsetrainError


@dataclass(frozen=True, slots=True)
class Share:
    """The shard of a run that a worker makes, one of `shards`."""

    spec: RunSpec
    shard: int
    shards: int


def work(pipe: Connection, slots: SharedSlots, share: Share) -> None:
    """Make a shard, from its first step to its last, and hand it over.

    Called in a process of its own.
    """
    # The terminal sends Ctrl-C to every process; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sender = _Sender(pipe, slots)
    # The parent may close the run at any time.
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            _make(share, pipe, sender)
        except PulsetrainError as error:
            sender.answer(error)


def _make(share: Share, pipe: Connection, sender: _Sender) -> None:
    plan = make_plan(share.spec)
    shard = Shard(plan, Part(shard=share.shard, shards=share.shards))
    for instants in _instants_at_once(plan, share.shards):
        decisions: Sequence[Decision] = ()
        if plan.closed_loop:
            decisions = pipe.recv()
            sender.all_is_read()
        sender.hand_over(shard.step(instants[-1], decisions), instants)
    sender.answer_digests(shard.partitions)
    # The run waits for the end of this process, and what it leaves behind is memory alone.
    os._exit(0)


def _instants_at_once(plan: Plan, shards: int) -> Iterator[list[SimTime]]:
    """Return the ends of the steps, those that are made at once together.

    A step of a shard has few events, and costs something even without: so many at once have as
    many events as a step of the whole world. Twice as many were no faster when measured.
    """
    instants = plan.instants()
    alone = plan.closed_loop or not plan.scenario.independent_subjects
    return iter(lambda: list(islice(instants, 1 if alone else min(shards, STEPS_AT_ONCE_MAX))), [])


class _Sender:
    """Hands over steps and answers, in order."""

    def __init__(self, pipe: Connection, slots: SharedSlots) -> None:
        self._pipe, self._slots = pipe, slots
        self._digest = StreamDigest()
        self._next_slot = self._unread = 0
        self._waiting: deque[tuple[PackedRecords, Sequence[Label]]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._under_way: deque[Future[None]] = deque()

    def hand_over(self, fed: Fed, instants: Sequence[SimTime]) -> None:
        """Hand over the steps that end at `instants`; labels go with the last of them.

        Some may wait here for a slot while the next are made.
        """
        *others, last = [PackedRecords(spans, self._digest) for spans in spans_of_steps(fed.batches, instants)]
        self._waiting += [*((one, ()) for one in others), (last, fed.labels)]
        while self._waiting and (self._has_free_slot() or len(self._waiting) > STEPS_WAITING):
            self._hand_over_step(*self._waiting.popleft())

    def answer(self, answer: Answer) -> None:
        """Send an answer after all that waits or is under way."""
        self._hand_over_all()
        self._pipe.send(answer)

    def answer_digests(self, partitions: Sequence[int]) -> None:
        """Send the digest of each partition of all that was handed over."""
        self._hand_over_all()
        self._pipe.send(self._digest.of_partitions(partitions))

    def all_is_read(self) -> None:
        """Note that the other side has read every slot: it has told what it concluded."""
        self._unread = 0

    def _hand_over_all(self) -> None:
        while self._waiting:
            self._hand_over_step(*self._waiting.popleft())
        self._finish()

    def _hand_over_step(self, packed: PackedRecords, labels: Sequence[Label]) -> None:
        if packed.size > self._slots.slot_bytes:
            self._send_beside(packed, labels)
            return
        self._finish()
        slot = self._free_slot()
        pieces = packed.lay_down(self._slots[slot])
        self._pipe.send(Waybill(packed.rows, pieces, list(labels), slot))

    def _send_beside(self, packed: PackedRecords, labels: Sequence[Label]) -> None:
        """Send what no slot can hold, in a thread of its own: the pipe takes it as slowly as it is read."""
        if len(self._under_way) == STEPS_UNDER_WAY:
            self._under_way.popleft().result()
        place = bytearray(packed.size)
        waybill = Waybill(packed.rows, packed.lay_down(memoryview(place)), list(labels), None)
        self._under_way.append(self._thread.submit(self._send_both, waybill, place))

    def _send_both(self, waybill: Waybill, place: bytearray) -> None:
        self._pipe.send(waybill)
        self._pipe.send_bytes(place)

    def _finish(self) -> None:
        while self._under_way:
            self._under_way.popleft().result()

    def _free_slot(self) -> int:
        if not self._has_free_slot():
            self._hear_of_free_slot()
        self._unread += 1
        slot, self._next_slot = self._next_slot, (self._next_slot + 1) % len(self._slots)
        return slot

    def _has_free_slot(self) -> bool:
        if self._unread == len(self._slots) and self._pipe.poll():
            self._hear_of_free_slot()
        return self._unread < len(self._slots)

    def _hear_of_free_slot(self) -> None:
        self._pipe.recv_bytes()
        self._unread -= 1
