"""A scenario of a separate small package: one folder and one line, and it is there."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from simulator.harness import registry
from tests.cli_fixtures import Command
from tests.third_party.installed import PACKAGE, entry_points

pytestmark = pytest.mark.usefixtures("hello")


def test_it_is_one_folder_and_one_entry_point_line() -> None:
    groups = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["entry-points"]
    files = sorted(path.name for path in (PACKAGE / "hello").iterdir() if path.is_file())
    assert groups == {"pulsetrain.scenarios": {"hello": "hello"}}
    assert files == ["README.md", "__init__.py", "consumer.py", "scoring.py", "world.py"]


def test_it_is_listed(pulsetrain: Command) -> None:
    listed = pulsetrain("list")
    assert "hello-v1" in listed.stdout
    assert "fever in a waiting room" in listed.stdout


def test_it_is_described(pulsetrain: Command) -> None:
    described = json.loads(pulsetrain("describe", "hello", "--json").stdout)
    assert described["parameters"][0] == {
        "name": "fever_share",
        "default": 0.3,
        "unit": "1",
        "summary": "share of patients with a fever",
        "source": "our choice",
    }


def test_it_runs_to_a_pass(pulsetrain: Command) -> None:
    assert pulsetrain("run", "hello").exit_code == 0


def test_one_subject_can_be_made_by_two_workers(pulsetrain: Command) -> None:
    alone = pulsetrain("run", "hello", "--subjects", "1", "--json")
    shared = pulsetrain("run", "hello", "--subjects", "1", "--json", "--workers", "2")
    assert json.loads(alone.stdout)["events_sha256"] == json.loads(shared.stdout)["events_sha256"]


def test_its_patients_are_cooled_when_somebody_alerts(pulsetrain: Command) -> None:
    closed, opened = (json.loads(pulsetrain("run", "hello", "--json", *loop).stdout) for loop in ([], ["--open-loop"]))
    assert closed["labels_sha256"] == opened["labels_sha256"]
    assert closed["events_sha256"] != opened["events_sha256"]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("json:dumps", "names no scenario"),
        ("hello:scenari", "AttributeError"),
    ],
)
def test_a_broken_entry_point_is_listed_with_its_error(
    pulsetrain: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, error: str
) -> None:
    metadata = tmp_path / "broken-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(entry_points({registry.SCENARIOS: {"broken": value}}))
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._found.cache_clear()
    listed = pulsetrain("list", "--json")
    errors = {one["id"]: one.get("error", "") for one in json.loads(listed.stdout)}
    assert listed.exit_code == 0
    assert error in errors["broken"]
    assert errors["hello-v1"] == ""
