"""Processes that a load test starts, and surely stops."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from simulator.core.errors import TransportError

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


def check_alive(processes: Sequence[subprocess.Popen[bytes]], kept_in: Sequence[Path]) -> None:
    """Raise TransportError, with its last words, for a process that has ended."""
    for process, path in zip(processes, kept_in, strict=True):
        if process.poll() is not None:
            raise TransportError(f"the consumer ended with exit code {process.returncode}: {last_words(path)}")


def last_words(kept_in: Path) -> str:
    """Return the last line that a process wrote."""
    lines = [line for line in kept_in.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("pulsetrain: ") if lines else "it said nothing."


def python(module: str, *words: str) -> list[str]:
    """Return the words that run a module with this interpreter."""
    return [sys.executable, "-m", module, *words]
