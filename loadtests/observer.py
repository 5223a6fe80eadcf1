"""The way back: a thread of its own that sees decisions the moment they can be read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from loadtests.clock import now
from loadtests.refusing import unforeseen
from loadtests.supply import Threads
from simulator.codecs.decisions import DecisionCodec
from simulator.core.clock import ClockReached
from simulator.core.errors import CodecError, TransportError
from simulator.core.records import Record
from simulator.core.time import SimTime
from simulator.transports import Subscription

_POLL_SECONDS = 0.1  # our choice: how long a look may last where nothing comes
_POLL_RECORDS = 500  # measured: more fall out of the processor's cache


@dataclass(frozen=True, slots=True)
class Seen:
    """A decision: when it was seen, and what it says; an echo says no `time`."""

    at: float
    id: str
    subject: str
    time: SimTime | None
    value: bytes


Answer = Seen | ClockReached | None
"""What a record of the decisions topic holds; None where nobody can read it."""


class Observer:
    """Reads decisions in a native thread, and hands them over in whole lists."""

    def __init__(self, reader: Subscription, read: Callable[[Record, float], Answer], threads: Threads) -> None:
        """Start the thread."""
        self._reader, self._read = reader, read
        self._found: deque[list[Answer]] = deque()
        self._is_closed = self._has_ended = False
        self.error = ""
        threads.start(self._watch)

    def take(self) -> list[Answer]:
        """Return what was seen since the last call."""
        found: list[Answer] = []
        while self._found:
            found += self._found.popleft()
        return found

    def close(self) -> None:
        """Let the thread end, which closes its reader."""
        self._is_closed = True

    @property
    def has_ended(self) -> bool:
        """Say whether the thread has ended."""
        return self._has_ended

    def _watch(self) -> None:
        try:
            self._look()
        except TransportError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - nobody joins this thread, so nobody else would hear of it
            self.error = unforeseen("decisions are seen no longer", error)
        finally:
            self._has_ended = True

    def _look(self) -> None:
        try:
            while not self._is_closed:
                records = self._reader.poll(maximum=_POLL_RECORDS, timeout_seconds=_POLL_SECONDS)
                if records:
                    at = now()
                    self._found.append([self._read(record, at) for record in records])
        finally:
            self._reader.close()


def decision_reader(codec: DecisionCodec) -> Callable[[Record, float], Answer]:
    """Return how decisions in their wire form are read."""

    def read(record: Record, at: float) -> Answer:
        try:
            answer = codec.decode_any(record)
        except CodecError:
            return None
        if isinstance(answer, ClockReached):
            return answer
        return Seen(at, answer.id, answer.subject, answer.time, record.value)

    return read


def read_echo(record: Record, at: float) -> Answer:
    """Return the answer of an echo, whose value is its id and nothing else."""
    return Seen(at, record.value.decode(errors="replace"), "", None, b"")
