"""The README's code and commands are ones that exist."""

import ast
import re
import shlex

import pytest

from simulator import Event, Run
from simulator.cli import main
from simulator.core.errors import PulsetrainError, TransportError, UsageError
from tests.architecture.source import ROOT
from tests.command_help import unknown_options

pytest_plugins = ["pytester"]

README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^pulsetrain (.*?) *&?$", "\n".join(SHELL), re.MULTILINE)
COMMANDS += re.findall(r"`pulsetrain ([^`]*)`", README)
TARGETS = re.findall(r"^make (\w+)", "\n".join(SHELL), re.MULTILINE)


def test_it_shows_code_commands_and_the_two_targets() -> None:
    assert len(PYTHON) >= 3
    assert len(COMMANDS) >= 8
    assert TARGETS == ["run", "test"]


@pytest.mark.parametrize("code", PYTHON)
def test_python_can_read_the_code(code: str) -> None:
    assert ast.parse(code).body


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_uses_options_that_exist(command: str) -> None:
    assert unknown_options(command) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_in_the_makefile(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_a_link_into_the_repository_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_code_from_python_runs_as_written() -> None:
    (code,) = [code for code in PYTHON if "pt.run(" in code]
    names: dict[str, object] = {}
    exec(code, names)
    run = names["run"]
    assert isinstance(run, Run)
    assert (run.report.subjects, isinstance(names["event"], Event)) == (200, True)
    assert isinstance(run.score["alert_ppv"], float)


def test_the_test_runs_and_passes_as_written(pytester: pytest.Pytester) -> None:
    (code,) = [code for code in PYTHON if "scenario_run" in code]
    pytester.makepyfile(code)
    pytester.runpytest_inprocess("--strict-markers").assert_outcomes(passed=1)


def test_a_run_in_the_background_is_ended_before_its_broker() -> None:
    (block,) = [block for block in SHELL if "broker stop" in block]
    assert block.index("consume sepsis") < block.index("kill %1") < block.index("broker stop")


def test_a_run_that_does_not_pass_says_so_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = [block for block in SHELL if "pulsetrain list" in block]
    lines = [line.partition(" #") for line in block.splitlines() if line.startswith("pulsetrain run") and "50" in line]
    for words, _, remark in lines:
        main([*shlex.split(words)[1:], "--quiet"])
        verdict = capsys.readouterr().out.split()[0]
        assert verdict == "pass" or verdict in remark
    assert len(lines) == 1


def test_the_consumer_in_plain_python_needs_nothing_of_ours() -> None:
    (consumer,) = [code for code in PYTHON if "confluent_kafka" in code]
    assert "simulator" not in consumer


def test_the_scenario_that_is_shown_is_the_one_to_copy() -> None:
    folder = ROOT / "tests" / "third_party" / "pulsetrain-hello"
    [shown] = [code for code in PYTHON if "scenario = Scenario(" in code]
    assert shown == (folder / "hello" / "__init__.py").read_text()
    assert f"cp -r {folder.relative_to(ROOT)} mine" in README


def test_every_exit_code_is_named() -> None:
    codes = {kind.exit_code for kind in (PulsetrainError, UsageError, TransportError)} | {0, 1, 2, 130}
    line = README[README.index("Exit codes:") :].partition("\n\n")[0]
    assert {int(number) for number in re.findall(r"\d+", line)} == codes


def test_the_consumer_in_plain_python_hears_of_topics_made_after_it_started() -> None:
    (consumer,) = [code for code in PYTHON if "confluent_kafka" in code]
    assert '"topic.metadata.refresh.interval.ms": 1000' in consumer
