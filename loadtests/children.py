"""Processes that a load test starts, and surely stops."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 15.0  # our choice: a consumer commits and leaves its group in less


@contextlib.contextmanager
def child(words: Sequence[str], *, kept_in: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for as long as the block lasts; what it writes goes to `kept_in`.

    It is asked to stop first, and killed if it does not listen. Ctrl-C reaches us alone.
    """
    with kept_in.open("wb") as file:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and all that it started; return when it has ended."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    # What it left behind goes with it: the group is its own.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """Return a port of the loopback that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Helper:
    """A process that a load needs, and where what it writes is kept."""

    process: subprocess.Popen[bytes]
    kept_in: Path

    def obituary(self) -> str:
        """Return what is to be said of a process that has ended: how, and its last words."""
        code = self.process.returncode
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
        return f"a consumer {how}: {last_words(self.kept_in)}"


def last_words(kept_in: Path) -> str:
    """Return the last error that a process wrote, else its last line."""
    lines = [line for line in kept_in.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("pulsetrain: ")]
    return (errors or lines or ["it said nothing."])[-1].removeprefix("pulsetrain: ")


def python(module: str, *words: str) -> list[str]:
    """Return the words that run a module with this interpreter."""
    return [sys.executable, "-m", module, *words]
