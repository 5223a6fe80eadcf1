"""Processes that a load starts end with it, and so does all that they started themselves."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest

from loadtests import children
from loadtests.children import Helper, child

GRANDCHILD = "import time; time.sleep(600)"
CHILD = f"""
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", {GRANDCHILD!r}]).pid, flush=True)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(0, flush=True); time.sleep(600)"


def said(path: Path) -> int:
    """Return the number that a process writes, once it is there."""
    end = time.monotonic() + 20.0
    while not path.read_text().endswith("\n"):
        assert time.monotonic() < end
        time.sleep(0.01)
    return int(path.read_text())


def has_ended(pid: int) -> bool:
    """Say whether a process is gone; one that nobody has buried yet is."""
    end = time.monotonic() + 5.0
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("rest", ["", "time.sleep(600)"], ids=["has ended before", "goes on"])
def test_what_a_child_started_ends_with_it(tmp_path: Path, rest: str) -> None:
    kept = tmp_path / "child.log"
    with child([sys.executable, "-c", CHILD + rest], kept_in=kept) as process:
        grandchild = said(kept)
        if not rest:
            process.wait(20)
        runs = psutil.pid_exists(grandchild)
    assert (runs, has_ended(grandchild), process.poll() is not None) == (True, True, True)


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "STOP_SECONDS", 0.1)
    kept = tmp_path / "child.log"
    with child([sys.executable, "-c", DEAF], kept_in=kept) as process:
        said(kept)
    assert process.returncode == -9


def test_of_a_child_that_ended_its_last_error_is_said(tmp_path: Path) -> None:
    kept = tmp_path / "child.log"
    words = "import sys; print('pulsetrain: no broker.'); print('so it ends'); sys.exit(69)"
    with child([sys.executable, "-c", words], kept_in=kept) as process:
        process.wait(20)
        assert Helper(process, kept).obituary() == "a consumer ended with exit code 69: no broker."
