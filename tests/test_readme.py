"""The README's code and commands are ones that exist."""

import ast
import re

import pytest

from tests.architecture.source import ROOT
from tests.command_help import unknown_options

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


def test_the_consumer_in_plain_python_needs_nothing_of_ours() -> None:
    (consumer,) = [code for code in PYTHON if "confluent_kafka" in code]
    assert "simulator" not in consumer
