"""`replay` and `score`: a run that was kept, sent and judged again."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli_fixtures import Command


def report_of(pulsetrain: Command, *words: str) -> dict[str, Any]:
    """Return what a command prints as JSON."""
    report: dict[str, Any] = json.loads(pulsetrain(*words, "--json").stdout)
    return report


def timeless(score: dict[str, Any]) -> dict[str, Any]:
    """Return a score without what was measured on a wall clock."""
    return {name: value for name, value in score.items() if not name.startswith("latency_")}


@pytest.fixture
def kept(pulsetrain: Command) -> dict[str, Any]:
    """Keep a run in the folder `kept`; return its report."""
    return report_of(pulsetrain, "run", "hello", "--out", "kept")


def test_a_run_folder_holds_what_the_run_printed(kept: dict[str, Any], tmp_path: Path) -> None:
    files = {path.name for path in (tmp_path / "kept").iterdir()}
    assert files >= {"run.json", "events", "labels.jsonl", "faults.jsonl", "decisions.jsonl", "score.json"}
    assert json.loads((tmp_path / "kept" / "score.json").read_text()) == kept


def test_a_replay_sends_the_same_bytes(pulsetrain: Command, kept: dict[str, Any]) -> None:
    replayed = report_of(pulsetrain, "replay", "kept")
    compared = ("events_sha256", "labels_sha256", "decisions_sha256", "verdict")
    assert [replayed[name] for name in compared] == [kept[name] for name in compared]
    assert timeless(replayed["score"]) == timeless(kept["score"])


def test_a_replay_takes_faults_and_a_consumer_of_its_own(pulsetrain: Command, kept: dict[str, Any]) -> None:
    replayed = report_of(pulsetrain, "replay", "kept", "--fault", "drop:0.5", "--consumer", "none")
    assert replayed["delivery"]["faults"] > 0
    assert (replayed["decisions"], replayed["events_sha256"]) == (0, kept["events_sha256"])


def test_a_replay_can_be_kept_and_replayed(pulsetrain: Command, kept: dict[str, Any]) -> None:
    pulsetrain("replay", "kept", "--out", "again")
    assert report_of(pulsetrain, "replay", "again")["events_sha256"] == kept["events_sha256"]


def test_the_score_of_a_run_folder_is_that_of_the_run(pulsetrain: Command, kept: dict[str, Any]) -> None:
    judged = report_of(pulsetrain, "score", "kept")
    compared = ("verdict", "decisions", "delivery", "labels_sha256", "events_sha256", "decisions_sha256")
    assert [judged[name] for name in compared] == [kept[name] for name in compared]
    assert judged["score"] == kept["score"]


def test_fewer_decisions_score_less(pulsetrain: Command, kept: dict[str, Any], tmp_path: Path) -> None:
    decisions = (tmp_path / "kept" / "decisions.jsonl").read_text().splitlines()
    (tmp_path / "few.jsonl").write_text("\n".join(decisions[: len(decisions) // 2]))
    judged = report_of(pulsetrain, "score", "kept", "--decisions", "few.jsonl")
    assert (judged["score"]["sensitivity"] < kept["score"]["sensitivity"], judged["verdict"]) == (True, "fail")


def test_a_requirement_is_added_to_those_of_the_run(pulsetrain: Command, kept: dict[str, Any]) -> None:
    assert pulsetrain("score", "kept", "--require", "ppv>=1.5").exit_code == 1
    scored = pulsetrain("score", "kept", "--require", "ppv>=0.25")
    assert (scored.exit_code, ">= 0.25" in scored.stdout, ">= 0.6" in scored.stdout) == (0, True, True)


@pytest.mark.parametrize("words", ["score kept --require ppv>=0.1", "replay kept --fault drop:0.1 --consumer none"])
def test_the_last_line_repeats_the_command(pulsetrain: Command, kept: dict[str, Any], words: str) -> None:
    last_line = pulsetrain(*words.split()).stdout.splitlines()[-1]
    assert shlex.split(last_line) == ["pulsetrain", *words.split()]


def test_the_repeating_line_does_not_name_the_folder_that_now_exists(pulsetrain: Command, kept: dict[str, Any]) -> None:
    assert pulsetrain("replay", "kept", "--out", "again").stdout.splitlines()[-1] == "pulsetrain replay kept"
