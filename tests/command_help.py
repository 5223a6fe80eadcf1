"""What the command line says of itself, asked as a user would."""

import os
import re
import shlex
import subprocess
import sys
from functools import cache

from tests.architecture.source import ROOT


def unknown_options(command_line: str) -> list[str]:
    """Return the options of a `pulsetrain` command line that its `--help` does not show; the command must exist."""
    words = shlex.split(command_line, comments=True)
    command = [word for word in words[:2] if re.fullmatch("[a-z]+", word)]
    subcommand = tuple(command if command[0] == "broker" else command[:1])
    shown = _help(subcommand)
    return [word for word in words if word.startswith("--") and not re.search(rf"{word}\b", shown)]


@cache
def _help(command: tuple[str, ...]) -> str:
    asked = [sys.executable, "-c", "from simulator.cli import main; main()", *command, "--help"]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(asked, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
