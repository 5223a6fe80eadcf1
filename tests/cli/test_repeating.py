"""The line that repeats a run works when it is pasted, and errors are told in the caller's words."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.cli_fixtures import Command


def test_a_run_over_files_is_repeated_by_its_last_line(pulsetrain: Command, tmp_path: Path) -> None:
    once = pulsetrain(
        "run", "hello", "--transport", "file:wire", "--topic-prefix", "mine.", "--subjects", "9", "--json"
    )
    told = json.loads(once.stdout)
    words = shlex.split(told["repeat"])
    assert not {"--transport", "--topic-prefix"} & set(words)
    again = json.loads(pulsetrain(*words[1:], "--json").stdout)
    compared = ("events_sha256", "labels_sha256", "decisions_sha256", "verdict", "delivery", "repeat")
    assert [again[name] for name in compared] == [told[name] for name in compared]


def test_a_replay_over_files_is_repeated_by_its_last_line(pulsetrain: Command) -> None:
    pulsetrain("run", "hello", "--subjects", "9", "--out", "kept", "--quiet")
    said = pulsetrain("replay", "kept", "--transport", "file:wire", "--fault", "drop:0.1")
    assert said.stdout.splitlines()[-1] == "pulsetrain replay kept --fault drop:0.1"


def test_a_run_folder_keeps_the_whole_spec(pulsetrain: Command, tmp_path: Path) -> None:
    pulsetrain("run", "hello", "--subjects", "9", "--transport", "file:wire", "--out", "kept", "--quiet")
    assert json.loads((tmp_path / "kept" / "run.json").read_bytes())["spec"]["transport"] == "file:wire"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("run hello --speed 0", "--speed 0 is not above 0 and at most 1,000,000. Write max, 60 or 1."),
        ("run hello --set fever_share=abc", "--set fever_share=abc is not valid: expected `float`, got `str`. See"),
        ("run hello --out ''", '--out "" names no folder. Name one that does not exist yet.'),
        ("export hello --out ''", "names no folder to be made. Name one that does not exist yet."),
        (
            "run hello --transport kafka://127.0.0.1",
            '"kafka://127.0.0.1" names no port; write --transport kafka://127.0.0.1:9092, or another',
        ),
    ],
)
def test_an_error_is_in_the_words_of_the_caller(pulsetrain: Command, words: str, text: str) -> None:
    said = pulsetrain(*shlex.split(words))
    assert (said.exit_code, text in said.stderr, "$." in said.stderr) == (64, True, False), said.stderr
