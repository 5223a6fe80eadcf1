"""Kafka's processes: launched apart from ours, recognised later, stopped for good."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

from simulator.core.errors import TransportError

STOP_SECONDS = 15.0  # our choice: a node with data stops in two
POLL_SECONDS = 0.05
LOG_NAME = "server.log"
# The shell ends at once and leaves the broker to the system: no zombie, no child of ours,
# and no interrupt key that was meant for the command that started it.
LAUNCH = 'exec "$@" >' + LOG_NAME + " 2>&1 </dev/null & echo $!"


def java_command(java: str, libs: Path, *options: str) -> list[str]:
    """Return a Java command line over all jars in `libs`."""
    return [java, *options, "-cp", str(libs / "*")]


def launch_broker(command: Sequence[str], folder: Path) -> int:
    """Start a Kafka server in a process group of its own and return its process id.

    `command` is a Java command line without main class. What the server says goes to
    `server.log` in `folder`; what it said the last time moves to `server.previous.log`.
    """
    written = folder / LOG_NAME
    if written.exists():
        written.replace(folder / "server.previous.log")
    named = [*command, _mark(folder), "-Dlog4j2.configurationFile=log4j2.properties"]
    shell = ["sh", "-c", LAUNCH, "sh", *named, "kafka.Kafka", "server.properties"]
    launched = subprocess.run(shell, cwd=folder, stdout=PIPE, start_new_session=True, check=True)
    return int(launched.stdout)


def format_storage(command: Sequence[str], folders: Iterable[Path], *, cluster: str) -> None:
    """Format the data of each node that has none, or raise TransportError."""
    tool = [*command, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"]
    tool += ["--ignore-formatted", "--config", "server.properties"]
    running = [
        (folder, Popen(tool, cwd=folder, stdout=PIPE, stderr=STDOUT, text=True))
        for folder in folders
        if not (folder / "data" / "meta.properties").exists()
    ]
    ended = [(folder, one.communicate()[0], one.returncode) for folder, one in running]
    for folder, said, code in ended:
        if code != 0:
            raise TransportError(f"Kafka could not format {folder}: {telling_line(said)}")


def is_broker(pid: int, folder: Path) -> bool:
    """Tell whether process `pid` is the Kafka server of `folder`.

    The system gives numbers again: a later process of the same number is not it.
    """
    return pid > 0 and f" {_mark(folder)} " in _command_line(pid)


def stop_brokers(launched: Iterable[tuple[int, Path]], *, at_once: bool = False) -> None:
    """End the given servers: ask, wait, then kill. Return when none is left.

    With `at_once` they are killed unasked. Raise TransportError if one outlives even that.
    """
    alive = [(pid, folder) for pid, folder in launched if is_broker(pid, folder)]
    for sent in (signal.SIGKILL,) if at_once else (signal.SIGTERM, signal.SIGKILL):
        for pid, folder in alive:
            _signal(pid, folder, sent)
        alive = _left_after(alive, STOP_SECONDS)
    if alive:
        raise TransportError(f"process {alive[0][0]} of {alive[0][1]} does not end, even if killed")


def telling_line(said: str) -> str:
    """Return the last line that tells what went wrong, or else the last line."""
    lines = [line.strip() for line in said.splitlines() if line[:1].strip()]
    wrong = [line for line in lines if any(word in line for word in ("ERROR", "FATAL", "Exception"))]
    return (wrong or lines or ["it said nothing"])[-1]


def _mark(folder: Path) -> str:
    return f"-Dpulsetrain.node={folder}"


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="surrogateescape").replace("\0", " ")
    except OSError:
        return "" if Path("/proc/self").exists() else _asked_of_ps(pid)


def _asked_of_ps(pid: int) -> str:
    asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def _signal(pid: int, folder: Path, sent: signal.Signals) -> None:
    # Asked again each time: meanwhile the number may have gone to somebody else's process.
    if is_broker(pid, folder):
        with suppress(ProcessLookupError):
            os.kill(pid, sent)


def _left_after(alive: list[tuple[int, Path]], seconds: float) -> list[tuple[int, Path]]:
    deadline = time.monotonic() + seconds
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        alive = [(pid, folder) for pid, folder in alive if not _has_ended(pid)]
    return alive


def _has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except ProcessLookupError:
        return True
    except FileNotFoundError:
        return False
    # Where nobody reaps the dead, a zombie stays; its ports are closed with its last thread.
    return status[0] == "Z" and int(status[17]) <= 1
