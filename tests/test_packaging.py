"""What an installation brings, and what a fresh machine is told when it lacks something."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import PACKAGES, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text().splitlines()
PINNED = {canonicalize_name(name): version for name, version in (c.split("==") for c in CONSTRAINTS)}
REQUIREMENTS = [
    Requirement(line)
    for lines in (PROJECT["dependencies"], *EXTRAS.values())
    for line in lines
    if not line.startswith("pulsetrain")
]


def test_every_constraint_is_one_exact_version_and_no_address() -> None:
    exact = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+]*")
    assert [line for line in CONSTRAINTS if not exact.fullmatch(line)] == []


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_a_requirement_admits_the_version_that_is_pinned(requirement: Requirement) -> None:
    assert PINNED[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_client_is_one_that_the_stream_processor_admits() -> None:
    assert PINNED["confluent-kafka"] == "2.12.2"


def test_all_takes_every_other_extra() -> None:
    (everything,) = map(Requirement, EXTRAS["all"])
    assert everything.extras == set(EXTRAS) - {"all"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("console_scripts", "pulsetrain"),
        ("pytest11", "pulsetrain"),
        ("pulsetrain.scenarios", "sepsis"),
    ],
)
def test_an_entry_point_leads_to_something(group: str, name: str) -> None:
    (found,) = entry_points(group=group, name=name)
    assert found.load() is not None


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## [{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_integration_calls_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("version_info", "pulsetrain needs Python 3.11 or newer"),
        ("ensurepip", "has no venv module; on Debian and Ubuntu: apt install python3-venv"),
    ],
)
@pytest.mark.parametrize("goal", ["run", "test", "bench"])
def test_a_machine_that_lacks_something_is_told_in_one_line(tmp_path: Path, goal: str, asked: str, line: str) -> None:
    told = _make(tmp_path, goal, python=_python_that_fails(tmp_path, asked))
    assert told.returncode != 0
    assert [each for each in told.stderr.splitlines() if "make:" not in each] == [
        each for each in told.stderr.splitlines() if line in each
    ]
    assert line in told.stderr


def _make(folder: Path, goal: str, python: Path) -> subprocess.CompletedProcess[str]:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    # make passes its own settings on through the environment; this one is to start afresh.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", f"PYTHON={python}", goal]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def _python_that_fails(folder: Path, asked: str) -> Path:
    python = folder / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{asked}*) exit 1;; esac\n')
    python.chmod(0o755)
    return python
