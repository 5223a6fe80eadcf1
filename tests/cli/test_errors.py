"""Errors: one line that names the value, the place and the way out, and the exit code."""

from __future__ import annotations

import json
import re
import socket
import sys
from pathlib import Path

import pytest

from simulator.harness import run as harness_run
from tests.architecture.source import ROOT
from tests.cli.wrong_usage import WRONG_USAGE
from tests.cli_fixtures import Command


@pytest.mark.parametrize(("words", "text"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_is_told_in_one_line(pulsetrain: Command, words: str, text: str) -> None:
    said = pulsetrain(*words.split())
    assert said.stderr.startswith(f"pulsetrain: {text}")
    assert said.stderr.endswith(f"{text}\n") or text.endswith(", ")
    assert (said.exit_code, said.stdout, said.stderr.count("\n")) == (64, "", 1)


@pytest.mark.parametrize("command", ["run hello --out kept", "export hello --out kept"])
def test_a_folder_that_exists_is_left_alone(pulsetrain: Command, tmp_path: Path, command: str) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine").write_text("mine")
    said = pulsetrain(*command.split())
    assert (said.exit_code, said.stderr) == (
        64,
        'pulsetrain: --out "kept" exists. Name a folder that does not, or remove it.\n',
    )
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["mine"]


@pytest.mark.parametrize("command", ["run hello --out file/kept", "export hello --out file/kept"])
def test_a_folder_that_cannot_be_made_is_named(pulsetrain: Command, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("no folder")
    said = pulsetrain(*command.split())
    assert 'pulsetrain: --out "file/kept" cannot be made: Not a directory' in said.stderr
    assert (said.exit_code, said.stdout) == (64, "")


@pytest.mark.parametrize("words", ["--out /proc/kept", "--transport file:/proc/kept"])
def test_a_folder_without_permission_is_named_at_the_door(pulsetrain: Command, words: str) -> None:
    # Nobody may make a folder in /proc, root neither; the kernel's word for it differs.
    said = pulsetrain("run", "hello", *words.split())
    assert re.match(r"pulsetrain: .*/proc/kept\"? (cannot be made|is no folder to write in): ", said.stderr)
    assert (said.exit_code, said.stdout, "make room" in said.stderr) == (64, "", False)


def test_no_broker_is_an_unavailable_service(pulsetrain: Command, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    said = pulsetrain("run", "hello", "--transport", f"kafka://127.0.0.1:{port}", "--out", "kept")
    assert f"no Kafka broker answers at 127.0.0.1:{port}" in said.stderr
    assert (said.exit_code, (tmp_path / "kept").exists()) == (69, False)


def test_a_run_file_with_an_unknown_field_names_it(pulsetrain: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('scenario = "hello"\nsubject = 3\n')
    said = pulsetrain("run", "mine.toml")
    assert (said.exit_code, "mine.toml" in said.stderr, "subject" in said.stderr) == (64, True, True)


def test_what_nobody_expected_is_one_line(pulsetrain: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness_run, "run", fail)
    said = pulsetrain("run", "hello")
    assert (said.exit_code, said.stderr) == (
        70,
        "pulsetrain: unexpected ZeroDivisionError: by nothing. See where with --debug.\n",
    )


@pytest.mark.parametrize("words", [["--debug", "run", "hello"], ["run", "hello", "--debug"]])
def test_debug_lets_the_error_through(pulsetrain: Command, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setattr(harness_run, "run", fail)
    with pytest.raises(ZeroDivisionError, match=r"by\nnothing"):
        pulsetrain(*words)


def fail(*arguments: object, **options: object) -> None:
    raise ZeroDivisionError("by\nnothing")


def test_malformed_decisions_are_dead_letters_and_not_fatal(pulsetrain: Command, tmp_path: Path) -> None:
    pulsetrain("run", "hello", "--out", "kept", "--quiet")
    good = (tmp_path / "kept" / "decisions.jsonl").read_text().splitlines()
    broken = good[0].replace('"caused_by"', '"because"')
    (tmp_path / "theirs.jsonl").write_text("\n".join([*good, "no json", broken, good[0]]))
    said = pulsetrain("score", "kept", "--decisions", "theirs.jsonl", "--json")
    report = json.loads(said.stdout)
    assert (report["decisions"], report["dead_letters"]) == (len(good), 2)


def test_decisions_that_are_not_there_are_named(pulsetrain: Command) -> None:
    pulsetrain("run", "hello", "--out", "kept", "--quiet")
    said = pulsetrain("score", "kept", "--decisions", "theirs.jsonl")
    assert (said.exit_code, "theirs.jsonl" in said.stderr) == (64, True)


def test_without_quixstreams_one_line_names_the_extra(pulsetrain: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "quixstreams", None)
    monkeypatch.delitem(sys.modules, "simulator.consumers.quix", raising=False)
    said = pulsetrain("consume", "hello", "--transport", "kafka://127.0.0.1:1")
    assert f"pip install -c {ROOT / 'constraints.txt'} -e '{ROOT}[consumers]'" in said.stderr
    assert said.exit_code == 64
