"""Help: quick, and with an example that works as printed."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from simulator.cli.application import app
from tests.architecture.source import ROOT
from tests.cli_fixtures import Command

COMMANDS = ["list", "describe", "run", "export", "replay", "score", "consume"]
COMMANDS += ["broker start", "broker status", "broker stop"]
HEAVY = {"numpy", "msgspec", "rich", "pydantic", "confluent_kafka", "quixstreams", "pyarrow"}
CPU_SECONDS_MAX = 0.2


def leaf(command: str) -> Any:
    """Return typer's object for a command."""
    found: Any = get_command(app)
    for name in command.split():
        found = found.commands[name]
    return found


def example_of(command: str) -> list[str]:
    """Return the words of the example that a command's help shows."""
    [line] = re.findall(r"Example:  pulsetrain (.*)", leaf(command).help)
    return shlex.split(line)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(pulsetrain: Command, command: str) -> None:
    shown = pulsetrain(*command.split(), "--help")
    assert shown.exit_code == 0
    assert f"Example:  pulsetrain {command}" in shown.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_an_example_is_a_command_line_that_can_be_read(command: str) -> None:
    words, depth = example_of(command), len(command.split())
    context = leaf(command).make_context(command, words[depth:])
    assert (" ".join(words[:depth]), context.args) == (command, [])


@pytest.mark.parametrize("command", ["list", "describe", "export"])
def test_an_example_works_as_printed(pulsetrain: Command, command: str) -> None:
    assert pulsetrain(*example_of(command)).exit_code == 0


def test_the_example_of_run_works_as_printed(pulsetrain: Command) -> None:
    assert pulsetrain(*example_of("run")).exit_code in (0, 1, 2)


@pytest.mark.parametrize("command", ["replay", "score"])
def test_an_example_works_on_the_folder_that_the_readme_makes(pulsetrain: Command, command: str) -> None:
    pulsetrain("run", "sepsis", "--subjects", "20", "--duration", "12h", "--out", "runs/first")
    done = pulsetrain(*example_of(command))
    assert (done.exit_code in (0, 1, 2), "runs/first" in done.stdout) == (True, True)


@pytest.mark.parametrize("words", [[], ["broker"]])
def test_a_group_alone_shows_its_help(pulsetrain: Command, words: list[str]) -> None:
    shown = pulsetrain(*words)
    assert (shown.exit_code, shown.stdout.startswith("Usage: pulsetrain")) == (0, True)


def test_the_version_is_that_of_the_package(pulsetrain: Command) -> None:
    assert re.fullmatch(r"pulsetrain \d+\.\d+\.\d+\n", pulsetrain("--version").stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command: str) -> None:
    script = f"import json, sys; from simulator.cli import main; main({[*command.split(), '--help']!r})"
    script += "; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert HEAVY & set(json.loads(done.stdout.splitlines()[-1])) == set()


def test_help_is_quick(tmp_path: Path) -> None:
    assert min(cpu_seconds_of_help() for _ in range(7)) < CPU_SECONDS_MAX


def cpu_seconds_of_help() -> float:
    """Return the CPU seconds of `pulsetrain run --help`: what others do on the machine does not count."""
    words = [sys.executable, "-c", "from simulator.cli import main; main(['run', '--help'])"]
    process = os.posix_spawn(
        sys.executable, words, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    usage = os.wait4(process, 0)[2]
    return usage.ru_utime + usage.ru_stime
