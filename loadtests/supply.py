"""What is generated and waits to be sent: a process that makes it, and a thread that fetches it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from loadtests.generator import GeneratorSpec
from loadtests.refusing import unforeseen
from loadtests.stretches import Columns, Stretch, read_stretches
from simulator.core.errors import ScenarioError

BYTES_AHEAD_MAX = 48 * 2**20  # our choice: a few seconds of load, so that a new cohort's world can be made meanwhile
_IDLE_SECONDS = 0.002
_END_SECONDS = 5.0  # our choice: a generator whose pipe is closed ends at once


@dataclass(frozen=True, slots=True)
class Threads:
    """How threads start and sleep: under gevent the originals, which share no hub."""

    start: Callable[[Callable[[], None]], object]
    sleep: Callable[[float], None]


class Supply:
    """Stretches of one shard, generated ahead of whoever takes them."""

    def __init__(self, spec: GeneratorSpec, threads: Threads) -> None:
        """Start the process and the thread."""
        reading, writing = os.pipe()
        told = msgspec.json.encode(replace_pipe(spec, writing)).decode()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loadtests.generator", told],
            pass_fds=(writing,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(writing)
        self._file = os.fdopen(reading, "rb", buffering=1 << 20)
        self._threads = threads
        self._ready: deque[tuple[Stretch, Columns]] = deque()
        self._put = self._taken = self._events_put = self._events_taken = 0
        self._is_closed = self._has_ended = False
        self._error = ""
        threads.start(self._fetch)

    @property
    def ahead_events(self) -> int:
        """Return how many events are generated and not taken."""
        return self._events_put - self._events_taken

    @property
    def is_full(self) -> bool:
        """Say whether as much is generated ahead as is kept."""
        return self._put - self._taken >= BYTES_AHEAD_MAX

    @property
    def failure(self) -> str:
        """Return why no more comes, in the generator's own words; empty while it works."""
        if not self._has_ended or self._is_closed:
            return ""
        return self._error or "the generating process ended early."

    def take(self) -> tuple[Stretch, Columns] | None:
        """Return the next stretch, or None where none is ready.

        Raises ScenarioError, with the generator's own words, where it has ended.
        """
        try:
            stretch, columns = self._ready.popleft()
        except IndexError:
            if self.failure:
                raise ScenarioError(self.failure) from None
            return None
        self._taken += len(stretch.values)
        self._events_taken += len(columns.ends)
        return stretch, columns

    def close(self) -> None:
        """End the process; what was not taken is dropped."""
        self._is_closed = True
        self._process.terminate()
        self._process.wait(_END_SECONDS)

    def _fetch(self) -> None:
        try:
            with self._file:
                self._read()
        except Exception as error:  # noqa: BLE001 - nobody joins this thread, so nobody else would hear of it
            self._error = unforeseen("what is generated cannot be read", error)
        finally:
            self._has_ended = True

    def _read(self) -> None:
        for stretch in read_stretches(self._file):
            if stretch.error:
                self._error = stretch.error
                return
            self._put += len(stretch.values)
            columns = Columns.of(stretch)
            self._events_put += len(columns.ends)
            self._ready.append((stretch, columns))
            while self.is_full and not self._is_closed:
                self._threads.sleep(_IDLE_SECONDS)
            if self._is_closed:
                return


def replace_pipe(spec: GeneratorSpec, pipe: int) -> GeneratorSpec:
    """Return the spec with the pipe that the process writes to."""
    return msgspec.structs.replace(spec, pipe=pipe)
