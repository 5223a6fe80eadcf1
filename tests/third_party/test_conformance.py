"""Ours and the third party's scenario keep every promise that a scenario makes."""

import dataclasses

import pytest

from simulator.harness.registry import load_scenario
from simulator.harness.spec import RunSpec
from simulator.testing import scenarios
from simulator.testing.scenarios import check_ignorance_never_passes, check_scenario


@pytest.mark.usefixtures("hello")
def test_it_passes_conformance() -> None:
    check_scenario("hello-v1")


def test_so_does_sepsis() -> None:
    check_scenario("sepsis-v1")


def test_sepsis_is_not_passed_by_who_knows_nothing() -> None:
    check_ignorance_never_passes(RunSpec(scenario="sepsis-v1", subjects=400, duration="48h", seed=11))


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
