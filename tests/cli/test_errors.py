"""Errors: one line that names the value, the place and the way out, and the exit code."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from simulator.harness import run as harness_run
from tests.cli_fixtures import Command

WRONG_USAGE = {
    "an unknown command": ("rnu", 'no such command "rnu". Did you mean "run"'),
    "an unknown option": ("run hello --subject 3", 'no option "--subject". Did you mean "--subjects"?'),
    "no scenario": ("run", 'missing argument "SCENARIO"'),
    "an option without its value": ("run hello --seed", '"--seed" requires an argument'),
    "a text where a number belongs": ("run hello --subjects many", '"--subjects": "many" is not a whole number'),
    "an unknown scenario": ("run helo", 'no scenario "helo". Did you mean "hello"? See `pulsetrain list`.'),
    "an unknown version": ("run hello-v7", 'no scenario "hello-v7". Did you mean "hello-v1"?'),
    "a scenario to describe": ("describe helo", 'no scenario "helo". Did you mean "hello"?'),
    "a scenario to export": ("export helo --out x", 'no scenario "helo". Did you mean "hello"?'),
    "a scenario to consume": ("consume helo --transport kafka://127.0.0.1:1", 'no scenario "helo".'),
    "an unknown parameter": (
        "run hello --set fever_shore=1",
        'no parameter "fever_shore". Did you mean "fever_share"?',
    ),
    "a parameter without a value": ("run hello --set fever_share", '--set "fever_share" is not understood'),
    "a parameter out of bounds": ("run hello --set fever_share=2", "Expected `float` <= 1.0 - at `$.fever_share`"),
    "an unknown codec": ("run hello --codec cloudevent", 'no codec "cloudevent". Did you mean "cloudevents"?'),
    "an unknown transport": ("run hello --transport kafak://x", 'transport "kafak://x" is not known.'),
    "a file transport without a folder": ("run hello --transport file:", "names no folder"),
    "a negative size": ("run hello --subjects -4", "--subjects -4 is not between 1 and"),
    "no subjects": ("run hello --subjects 0", "--subjects 0 is not between 1 and"),
    "an absurd size": ("run hello --subjects 99999999999999999999", "--subjects 99999999999999999999 is not between"),
    "an absurd duration": ("run hello --duration 99999999h", "--duration 99999999h is longer than ten years"),
    "a duration that is none": ("run hello --duration 72hh", 'duration "72hh" is not understood. Write 72h'),
    "a negative duration": ("run hello --duration -3h", 'duration "-3h" is not understood'),
    "no duration": ("run hello --duration 0h", 'duration "0h" is zero'),
    "a start without a zone": ("run hello --start 2026-01-05T00:00:00", "has no time zone"),
    "a negative seed": ("run hello --seed -1", "--seed -1 is not between 0 and"),
    "no workers": ("run hello --workers 0", "--workers 0 is not between 1 and 64"),
    "a step beyond the reaction time": ("run hello --step 2h", "--step 2h is longer than the"),
    "a speed that is none": ("run hello --speed fast", '--speed "fast" is not understood. Write max, 60 or 1.'),
    "a negative speed": ("run hello --speed -1", "--speed -1 is not between"),
    "an unknown consumer": ("run hello --consumer referense", 'no consumer "referense". Did you mean "reference"?'),
    "an outside consumer of memory": ("run hello --consumer external", "cannot see --transport memory"),
    "an unknown fault": ("run hello --fault lat:0.1", 'no fault "lat". Did you mean "late"?'),
    "a fault's share": ("run hello --fault late:2", "late:2"),
    "a requirement on an unknown name": ("run hello --require sensitivty>=1", 'Did you mean "sensitivity"?'),
    "a requirement in another form": ("run hello --require sensitivity", "Write NAME>=NUMBER"),
    "a missing run file": ("run nowhere.toml", 'no file "nowhere.toml"'),
    "an unknown format": ("export hello --format parket --out x", 'no format "parket". Did you mean "parquet"?'),
    "an export to nowhere": ("export hello", 'missing option "--out"'),
    "a run folder that is none": ("score .", '"." is no run folder'),
    "a replay of no run folder": ("replay .", '"." is no run folder'),
    "a consumer that is none": ("consume hello --transport kafka://127.0.0.1:1 --consumer none", "--consumer none"),
    "a consumer without a cluster": ("consume hello --transport memory", "--transport memory"),
    "two brokers": ("broker start --nodes 2", "2"),
}


@pytest.mark.parametrize(("words", "text"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_is_told_in_one_line(pulsetrain: Command, words: str, text: str) -> None:
    said = pulsetrain(*words.split())
    assert text in said.stderr
    assert (said.exit_code, said.stdout, said.stderr.count("\n")) == (64, "", 1)
    assert said.stderr.startswith("pulsetrain: ")


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
    assert 'pip install "pulsetrain[consumers]"' in said.stderr
    assert said.exit_code == 64
