"""From options as Locust parses them to what is loaded, and how."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
from locust.argument_parser import LocustArgumentParser

from loadtests.asked import Asked
from loadtests.options import OPTIONS, add_options, asked_of, settings_of, spec_of
from loadtests.spec import LoadSpec, plan_of
from simulator.core.errors import UsageError


def parsed(*words: str, **locusts_own: Any) -> Namespace:
    """Return our options as Locust's parser reads them, with a few of Locust's."""
    parser = LocustArgumentParser()
    add_options(parser)
    own = {"num_users": None, "run_time": None, **locusts_own}
    return Namespace(**vars(parser.parse_args(list(words))), **own)


def test_without_options_it_is_sepsis_at_ten_thousand_a_second() -> None:
    options = parsed()
    asked = asked_of(options)
    assert asked == Asked(shape="constant", seconds=None, rate=10_000.0, wards=100)
    assert spec_of(options, wards=asked.wards) == LoadSpec(scenario="sepsis", rate=10_000.0)


def test_every_option_reaches_the_spec() -> None:
    options = parsed(
        *"--scenario toy --transport kafka://k:1 --kafka-config c.properties --topic-prefix p. --consumer echo".split(),
        *"--rate-per-ward 2.5 --subjects 12 --cohort-duration 6h --seed 5 --set a=1 --set b=x=y".split(),
        *"--fault drop:0.1 --fault late:0.2 --require p99_ms<=5 --slo 2s --grace 9s --every 4".split(),
        *"--codec other --warm-up 3s".split(),
    )
    assert spec_of(options, wards=8) == LoadSpec(
        scenario="toy", transport="kafka://k:1", kafka_config="c.properties", topic_prefix="p.", consumer="echo",
        rate=20.0, subjects=12, duration="6h", seed=5, set={"a": "1", "b": "x=y"}, fault=("drop:0.1", "late:0.2"),
        require=("p99_ms<=5",), slo="2s", grace="9s", every=4, codec="other", warm_up="3s",
    )  # fmt: skip


def test_users_and_run_time_are_locusts_own() -> None:
    options = parsed("--shape", "ladder:steps=3", "--rate-per-ward", "50", num_users=20, run_time=90)
    assert asked_of(options) == Asked(shape="ladder:steps=3", seconds=90.0, rate=1_000.0, wards=20)


@pytest.mark.parametrize(
    ("words", "own", "said"),
    [
        (("--shape", "ramp"), {}, "needs a length"),
        (("--shape", "wave"), {"run_time": 10}, 'no shape "wave"'),
        ((), {"num_users": -3}, "-3 users make no load"),
    ],
)
def test_what_cannot_be_asked_is_said(words: tuple[str, ...], own: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asked_of(parsed(*words, **own))


@pytest.mark.parametrize("text", ["a", "=1", ""])
def test_a_parameter_of_another_form_is_said(text: str) -> None:
    with pytest.raises(UsageError, match=rf'--set "{text}" is not understood\. Write NAME=VALUE\.'):
        settings_of([text])


def test_the_form_offers_every_shape_and_takes_numbers_behind_it() -> None:
    (shape,) = (one for one in OPTIONS if one.name == "shape")
    assert parsed("--shape", "spike:base=0.1").shape == "spike:base=0.1"
    assert (shape.in_form, "outage" in shape.more["choices"]) == (True, True)


def test_what_is_repeated_for_one_parser_does_not_show_in_the_next() -> None:
    first, second = parsed("--fault", "drop:0.1"), parsed()
    assert (first.fault, second.fault) == (["drop:0.1"], [])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rate": 0.0}, r"--rate 0 is not above 0 and at most 10,000,000 events a second\."),
        ({"rate": -5.0}, r"--rate -5 is not above 0"),
        ({"rate": 2e7}, r"--rate 2e\+07 is not above 0"),
        ({"every": 0}, r"--every 0 is not between 1 and 1,000,000 events\."),
        ({"transport": "memory"}, r'--transport "memory" carries no load\. Write kafka://HOST'),
        ({"scenario": "sepsys"}, r"sepsys"),
        ({"consumer": "nobody"}, r"nobody"),
        ({"require": ("p98_ms<=5",)}, r"p98_ms"),
        ({"fault": ("drip:0.1",)}, r"drip"),
        ({"slo": "soon"}, r"soon"),
        ({"grace": "soon"}, r"soon"),
        ({"warm_up": "soon"}, r"soon"),
        ({"subjects": 0}, r"0"),
    ],
)
def test_a_load_that_cannot_be_is_refused_before_anything_starts(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan_of(LoadSpec(**{"scenario": "sepsis", **fields}))


def test_a_condition_may_name_a_metric_of_the_load_or_of_the_scenario() -> None:
    plan = plan_of(LoadSpec(scenario="sepsis", require=("p99_ms<=50", "sensitivity>=0.5", "missing<=0")))
    assert (plan.scenario.id, plan.closed_loop) == ("sepsis-v1", False)


@pytest.mark.parametrize(("consumer", "is_known"), [("reference", True), ("echo", False), ("external", False)])
def test_decisions_are_known_beforehand_where_one_of_our_own_decides(consumer: str, *, is_known: bool) -> None:
    load = LoadSpec(scenario="sepsis", consumer=consumer)
    assert (load.decides_by_stages, plan_of(load).consumer is not None) == (is_known, is_known)


@pytest.mark.parametrize(("rate", "events"), [(1.0, 1), (1_000.0, 50), (20_000.0, 1_000), (1e6, 2_000)])
def test_stretches_are_a_twentieth_of_a_second_within_bounds(rate: float, events: int) -> None:
    assert LoadSpec(scenario="sepsis", rate=rate).events_per_stretch == events


def test_lengths_are_read() -> None:
    load = LoadSpec(scenario="sepsis", slo="250ms", grace="1m", warm_up="2s")
    nothing = LoadSpec(scenario="sepsis", warm_up="0s")
    assert (load.slo_ms, load.grace_seconds, load.warm_up_seconds, nothing.warm_up_seconds) == (250.0, 60.0, 2.0, 0.0)
