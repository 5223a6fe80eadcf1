"""Ours and the third party's scenario keep every promise that a scenario makes."""

import dataclasses
import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.core.scenario import Scenario
from simulator.harness.registry import load_scenario
from simulator.harness.spec import RunSpec
from simulator.testing import scenarios
from simulator.testing.scenarios import (
    check_consumers_read_no_answer_key,
    check_ignorance_never_passes,
    check_scenario,
)
from tests.third_party.installed import PACKAGE


@pytest.mark.usefixtures("hello")
def test_it_passes_conformance() -> None:
    check_scenario("hello-v1")


def test_so_does_sepsis() -> None:
    check_scenario("sepsis-v1")


def test_sepsis_is_not_passed_by_who_knows_nothing() -> None:
    check_ignorance_never_passes(RunSpec(scenario="sepsis-v1", subjects=400, duration="48h", seed=11))


@pytest.fixture
def cheater(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scenario]]:
    """Return a copy of the third party's scenario into whose files something is written."""

    def make(**files: str) -> Scenario:
        folder = tmp_path / "cheater"
        shutil.copytree(PACKAGE / "hello", folder)
        for path in folder.glob("*.py"):
            path.write_text(path.read_text().replace("from hello.", "from cheater."))
        for name, text in files.items():
            with (folder / f"{name}.py").open("a") as file:
                file.write(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        scenario: Scenario = importlib.import_module("cheater").scenario
        return scenario

    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] == "cheater"]:
        del sys.modules[name]


LATE = "\n\ndef peek() -> None:\n    from {} import {}\n"


@pytest.mark.parametrize(
    ("files", "way"),
    [
        ({"consumer": LATE.format("cheater.world", "WaitingRoom")}, "cheater.consumer imports cheater.world"),
        ({"consumer": LATE.format(".", "scoring")}, "cheater.consumer imports cheater.scoring"),
        (
            {"consumer": LATE.format("cheater", "WaitingRoom")},
            "cheater.consumer imports cheater imports cheater.scoring",
        ),
        (
            {"consumer": LATE.format("cheater.fate", "fate"), "fate": "from cheater import world as fate\n"},
            "cheater.consumer imports cheater.fate imports cheater.world",
        ),
        ({"consumer": LATE.format("simulator.core.draws", "Draws")}, "cheater.consumer imports simulator.core.draws"),
        ({"consumer": LATE.format("simulator.generators", "names")}, "imports simulator.generators.names"),
        ({"consumer": LATE.format("simulator.core.history", "Label")}, "imports simulator.core.labels"),
    ],
)
def test_a_consumer_that_can_read_the_answer_key_is_found_out(
    cheater: Callable[..., Scenario], files: dict[str, str], way: str
) -> None:
    with pytest.raises(AssertionError, match=f'hello-v1: consumer "reference" can read the answer key: .*{way}'):
        check_consumers_read_no_answer_key(cheater(**files))


def test_an_honest_copy_can_not(cheater: Callable[..., Scenario]) -> None:
    check_consumers_read_no_answer_key(
        cheater(consumer=LATE.format("cheater.levels", "FEVER"), levels="FEVER = 38.0\n")
    )


@pytest.mark.usefixtures("hello")
def test_a_scenario_that_everybody_passes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lax = dataclasses.replace(load_scenario("hello-v1"), requirements=("sensitivity>=0.6",))
    monkeypatch.setattr(scenarios, "load_scenario", lambda name: lax)
    with pytest.raises(AssertionError, match=r"hello-v1: decisions at 100\.00% of all events"):
        check_ignorance_never_passes(RunSpec(scenario="hello-v1", subjects=30, duration="36h", seed=11))


@pytest.mark.usefixtures("hello")
def test_a_scenario_that_lots_pass_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lax = dataclasses.replace(load_scenario("hello-v1"), requirements=("sensitivity<=0.9", "sensitivity>0"))
    monkeypatch.setattr(scenarios, "load_scenario", lambda name: lax)
    with pytest.raises(AssertionError, match=r"hello-v1: decisions at \d\d?\.\d\d% of all events, drawn by lot, pass"):
        check_ignorance_never_passes(RunSpec(scenario="hello-v1", subjects=30, duration="36h", seed=11))
