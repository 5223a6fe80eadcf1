"""`pulsetrain run`: verdict, exit code, manners of speech, and the line that repeats it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.cli_fixtures import Command

FIELDS = {
    *("scenario", "seed", "verdict", "reasons", "repeat", "subjects", "events", "labels", "decisions", "score"),
    *("delivery", "latency_ms", "wall_seconds", "cpu_seconds", "events_per_second", "events_sha256"),
    *("labels_sha256", "versions"),
}


def test_conditions_of_the_command_are_added_to_those_of_the_file(pulsetrain: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('scenario = "hello"\nrequire = ["sensitivity>=2"]\n')
    assert pulsetrain("run", "mine.toml", "--require", "ppv>=0", "--quiet").exit_code == 1
    assert pulsetrain("run", "mine.toml", "--require", "sensitivity>=0", "--quiet").exit_code == 0


@pytest.mark.parametrize(
    ("words", "verdict", "exit_code"),
    [
        ("", "pass", 0),
        ("--require sensitivity>=2", "fail", 1),
        ("--consumer none", "inconclusive", 2),
    ],
)
def test_the_exit_code_is_the_verdict(pulsetrain: Command, words: str, verdict: str, exit_code: int) -> None:
    done = pulsetrain("run", "hello", "--quiet", *words.split())
    assert (done.exit_code, done.stdout.split()[0], done.stdout.count("\n")) == (exit_code, verdict, 1)


def test_json_is_one_object_and_nothing_else(pulsetrain: Command) -> None:
    done = pulsetrain("run", "hello", "--json")
    assert set(json.loads(done.stdout)) >= FIELDS
    assert done.stdout.count("\n") == 1


def test_the_last_line_repeats_the_run_to_the_byte(pulsetrain: Command) -> None:
    options = ["--subjects", "20", "--duration", "3h", "--seed", "5", "--set", "fever_share=0.5", "--workers", "2"]
    options += ["--fault", "late:0.1,mean=1h", "--require", "ppv>=0.1"]
    first = json.loads(pulsetrain("run", "hello", *options, "--json").stdout)
    last_line = pulsetrain("run", "hello", *options).stdout.splitlines()[-1]
    program, *words = shlex.split(last_line)
    again = json.loads(pulsetrain(*words, "--json").stdout)
    compared = ("events_sha256", "labels_sha256", "decisions_sha256", "verdict", "delivery", "repeat")
    assert program == "pulsetrain"
    assert [again[name] for name in compared] == [first[name] for name in compared]


def test_what_is_printed_names_seed_and_scenario_and_holds_the_score(pulsetrain: Command) -> None:
    shown = pulsetrain("run", "hello", "--seed", "7").stdout
    assert shown.startswith(" PASS   hello-v1  seed 7  100 subjects, 7,200 events")
    assert "fevers with an alert within the hour" in shown
    assert "7,200 published, 7,200 received, 0 lost, 0 duplicated, 0 reordered, 0 phantom" in shown


def test_no_colour_goes_where_no_terminal_is(pulsetrain: Command) -> None:
    done = pulsetrain("run", "hello")
    assert "\x1b" not in done.stdout + done.stderr


def test_a_failed_requirement_is_the_reason(pulsetrain: Command) -> None:
    shown = pulsetrain("run", "hello", "--require", "ppv>=1").stdout
    assert "is below the required 1" in shown
    assert ">= 1 ✗" in shown


def test_injected_faults_are_counted_and_are_no_bug(pulsetrain: Command) -> None:
    shown = pulsetrain("run", "hello", "--fault", "duplicate:0.1")
    assert "faults injected" in shown.stdout
    assert shown.exit_code == 0


def test_a_run_file_says_what_the_options_say(pulsetrain: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'scenario = "hello"\nsubjects = 20\nseed = 3\nspeed = "max"\nrequire = ["ppv>=0.1"]\n[set]\nfever_share = 0.5\n'
    )
    options = ["--subjects", "20", "--seed", "3", "--require", "ppv>=0.1", "--set", "fever_share=0.5"]
    by_file, by_option = pulsetrain("run", "mine.toml", "--json"), pulsetrain("run", "hello", *options, "--json")
    assert json.loads(by_file.stdout)["repeat"] == json.loads(by_option.stdout)["repeat"]
    assert json.loads(by_file.stdout)["events_sha256"] == json.loads(by_option.stdout)["events_sha256"]


def test_options_override_the_run_file(pulsetrain: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('scenario = "hello"\nseed = 3\nspeed = 0.001\n[set]\nfever_share = 0.5\n')
    words = ["--seed", "4", "--speed", "max", "--set", "noise_celsius=0.1"]
    repeat = json.loads(pulsetrain("run", "mine.toml", *words, "--json").stdout)["repeat"]
    assert repeat.endswith("--seed 4 --set fever_share=0.5 --set noise_celsius=0.1")


def test_the_step_length_does_not_show(pulsetrain: Command) -> None:
    digests = [
        json.loads(pulsetrain("run", "hello", "--step", step, "--json").stdout)["decisions_sha256"]
        for step in ("30m", "7m")
    ]
    assert digests[0] == digests[1]
