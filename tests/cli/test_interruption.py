"""What cannot be finished: Ctrl-C, SIGTERM, a full disk, a run folder that was cut off, a closed pipe."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli_fixtures import Command

Start = Callable[..., subprocess.Popen[str]]
FILE_BYTES_MAX = 16_384


def state_of(folder: Path) -> dict[str, Any]:
    """Return what the `run.json` of a run folder says."""
    state: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return state


def interrupted(start: Start, folder: Path, *, by: signal.Signals) -> tuple[int, str]:
    """Run at a pace, send a signal once events are there; return the exit code and what was said."""
    process = start("run", "hello", "--speed", "600", "--out", str(folder), "--workers", "2")
    while not (folder / "run.json").exists():
        assert process.poll() is None, process.communicate()
    os.kill(process.pid, by)
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_marks_its_folder(
    start: Start, pulsetrain: Command, tmp_path: Path, by: signal.Signals
) -> None:
    exit_code, said = interrupted(start, tmp_path / "kept", by=by)
    assert (exit_code, said) == (130, "pulsetrain: interrupted.\n")
    assert state_of(tmp_path / "kept")["state"] == "interrupted"
    refused = pulsetrain("score", "kept")
    assert '"kept" is interrupted' in refused.stderr
    assert "Repeat it: pulsetrain run hello-v1" in refused.stderr
    assert refused.exit_code == 64


def limit_file_size() -> None:
    """Let no file of this process grow: what a full disk does, without filling one."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))


def test_a_full_disk_ends_the_run_and_marks_its_folder(start: Start, tmp_path: Path) -> None:
    process = start("run", "hello", "--subjects", "2000", "--out", "kept", preexec_fn=limit_file_size)
    said = process.communicate(timeout=120)[1]
    assert (process.returncode, said.count("\n"), "kept" in said) == (69, 1, True)
    assert state_of(tmp_path / "kept")["state"] == "failed"


def test_a_full_disk_leaves_no_half_export(start: Start, tmp_path: Path) -> None:
    process = start("export", "hello", "--subjects", "2000", "--out", "kept", preexec_fn=limit_file_size)
    said = process.communicate(timeout=120)[1]
    assert (process.returncode, said) == (69, 'pulsetrain: "kept" cannot be written: File too large.\n')
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_killed_is_refused(pulsetrain: Command, tmp_path: Path) -> None:
    pulsetrain("run", "hello", "--out", "kept", "--quiet")
    path = tmp_path / "kept" / "run.json"
    path.write_text(path.read_text().replace('"complete"', '"running"'))
    refused = pulsetrain("replay", "kept")
    assert (refused.exit_code, '"kept" is running' in refused.stderr) == (64, True)


def test_events_that_were_cut_off_are_refused(pulsetrain: Command, tmp_path: Path) -> None:
    pulsetrain("run", "hello", "--out", "kept", "--quiet")
    path = next((tmp_path / "kept" / "events").iterdir())
    path.write_bytes(path.read_bytes()[:-100])
    refused = pulsetrain("replay", "kept")
    assert (refused.exit_code, path.name in refused.stderr, refused.stderr.count("\n")) == (64, True, 1)


@pytest.mark.parametrize(("name", "size"), [("run.json", 40), ("labels.jsonl", 100), ("score.json", 30)])
def test_a_file_that_was_cut_off_is_named(pulsetrain: Command, tmp_path: Path, name: str, size: int) -> None:
    pulsetrain("run", "hello", "--out", "kept", "--quiet")
    path = tmp_path / "kept" / name
    path.write_bytes(path.read_bytes()[:size])
    refused = pulsetrain("score", "kept")
    assert (refused.exit_code, name in refused.stderr, refused.stderr.count("\n")) == (64, True, 1)


def test_a_reader_that_leaves_is_no_error(start: Start) -> None:
    process = start("describe", "hello")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    assert (process.wait(timeout=60), said) == (128 + signal.SIGPIPE, "")
