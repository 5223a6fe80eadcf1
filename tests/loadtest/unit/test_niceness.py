"""Who sends goes before others where it may, and who generates after them, whatever started it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from loadtests.niceness import GENERATING, SENDING, be_nice

BOTH = """
import os
from loadtests.niceness import GENERATING, SENDING, be_nice
for niceness in (SENDING, GENERATING):
    be_nice(niceness)
    print(os.getpriority(os.PRIO_PROCESS, 0))
"""


def test_a_generator_is_as_nice_as_asked_though_its_sender_started_it() -> None:
    said = subprocess.run([sys.executable, "-c", BOTH], capture_output=True, text=True, check=True)
    sending, generating = map(int, said.stdout.split())
    assert generating == GENERATING
    # To go before others takes a right; who lacks it stays where he was.
    assert sending == (SENDING if _may_go_first() else os.getpriority(os.PRIO_PROCESS, 0))


def test_who_may_not_go_first_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(which: int, who: int, niceness: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    be_nice(SENDING)


def _may_go_first() -> bool:
    """Say whether the system lets a process of ours go before others."""
    tried = "import os; os.setpriority(os.PRIO_PROCESS, 0, -1)"
    return subprocess.run([sys.executable, "-c", tried], capture_output=True, check=False).returncode == 0
