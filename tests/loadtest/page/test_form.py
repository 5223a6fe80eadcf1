"""The form holds what Locust's options say, and offers every shape with its numbers."""

from __future__ import annotations

from argparse import Namespace

from loadtests.options import DEFAULT_WARDS
from loadtests.page.form import Form, ShapeKey, form_of, shape_choices
from loadtests.shapes import SHAPES, parse_shape


def options(**fields: object) -> Namespace:
    """Return Locust's options, as they are where nobody says anything."""
    plain = {"scenario": "sepsis", "consumer": "reference", "shape": "constant", "rate_per_ward": 10.0}
    return Namespace(**{**plain, "num_users": None, "run_time": None, "slo": "1s", "warm_up": "5s", **fields})


def test_the_form_holds_the_options() -> None:
    form = form_of(options(shape="spike:base=0.1,stop=0.6", rate_per_ward=2.5, num_users=200, run_time=90, slo="250ms"))
    assert form == Form(
        scenario="sepsis",
        consumer="reference",
        rate=500.0,
        wards=200,
        shape="spike",
        settings={"base": "0.1", "stop": "0.6"},
        duration="90s",
        slo="250ms",
        warm_up="5s",
        shapes=shape_choices(),
    )


def test_few_users_are_made_more_at_the_same_rate_so_that_a_shape_has_fine_steps() -> None:
    form = form_of(options(num_users=2))
    assert (form.rate, form.wards) == (20.0, DEFAULT_WARDS)


def test_a_load_without_a_length_goes_on_until_it_is_stopped() -> None:
    assert form_of(options()).duration == ""


def test_every_shape_is_offered_and_only_the_constant_one_needs_no_length() -> None:
    choices = shape_choices()
    assert [one.name for one in choices] == list(SHAPES)
    assert [one.name for one in choices if not one.needs_length] == ["constant"]


def test_what_the_form_offers_of_a_shape_is_what_the_shape_is_when_nobody_says() -> None:
    for choice in shape_choices():
        text = ",".join(f"{key.name}={key.default}" for key in choice.keys)
        assert parse_shape(f"{choice.name}:{text}") == SHAPES[choice.name]()


def test_the_ends_of_a_field_are_what_the_shape_takes() -> None:
    keys = {(choice.name, key.name): key for choice in shape_choices() for key in choice.keys}
    assert keys["ladder", "steps"] == ShapeKey("steps", 5, 1, 50, 1)
    assert keys["outage", "base"] == ShapeKey("base", 0.5, 0.01, 0.99, 0.01)


def test_a_consumer_that_our_own_command_started_is_said_to_be_there() -> None:
    ours, theirs = options(), options(consumer="external")
    started = [
        form_of(one, is_conducted=is_ours).is_consumer_started for one in (ours, theirs) for is_ours in (True, False)
    ]
    assert started == [True, False, False, False]
