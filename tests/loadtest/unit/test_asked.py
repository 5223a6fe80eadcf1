"""What was asked for: users, rates and events at any time of a load."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.asked import Asked
from loadtests.shapes import SHAPES, Span
from simulator.core.errors import UsageError

NAMES = st.sampled_from(sorted(SHAPES))


@given(NAMES, st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_the_events_asked_for_are_the_integral_of_the_rate(name: str, one: float, other: float) -> None:
    asked = Asked(shape=name, seconds=60.0, rate=1_000.0)
    start, stop = sorted((one, other))
    places = start + (np.arange(2_000) + 0.5) / 2_000 * (stop - start)
    exact = float(np.mean([asked.rate_at(at) for at in places.tolist()])) * (stop - start)
    assert asked.events(start, stop) == pytest.approx(exact, abs=0.002 * 1_000.0 * (stop - start) + 1e-6)


@given(NAMES, st.floats(0.0, 100.0))
def test_the_rate_is_that_of_whole_users(name: str, elapsed: float) -> None:
    asked = Asked(shape=name, seconds=60.0, rate=5_000.0, wards=50)
    assert asked.rate_at(elapsed) == asked.wards_at(elapsed) * 100.0
    assert 0 <= asked.wards_at(elapsed) <= 50


def test_a_ladder_of_five_steps_asks_for_three_fifths_in_all() -> None:
    asked = Asked(shape="ladder", seconds=50.0, rate=1_000.0)
    assert [asked.rate_at(at) for at in (0.0, 15.0, 49.0)] == [200.0, 400.0, 1_000.0]
    assert asked.events(0.0, 50.0) == pytest.approx(30_000.0)


def test_a_load_without_an_end_has_one_rate_and_is_never_over() -> None:
    asked = Asked(rate=500.0, wards=10)
    found = (asked.rate_at(1e6), asked.events(10.0, 30.0), asked.is_over(1e9), asked.spans(80.0))
    assert found == (500.0, pytest.approx(10_000.0), False, [Span("constant", 0.0, 80.0)])


def test_a_load_is_over_at_its_end_and_keeps_its_last_rate() -> None:
    asked = Asked(shape="ramp", seconds=10.0, rate=100.0)
    assert [asked.is_over(at) for at in (9.99, 10.0)] == [False, True]
    assert asked.rate_at(25.0) == 100.0


def test_parts_are_in_seconds_and_empty_ones_are_left_out() -> None:
    asked = Asked(shape="outage:base=0.5,start=0.2,stop=0.6", seconds=100.0)
    assert asked.spans(3.0) == [
        Span("before", 0.0, 20.0),
        Span("outage", 20.0, 60.0),
        Span("backlog", 60.0, 100.0),
    ]


@given(NAMES, st.integers(1, 100))
def test_before_the_beginning_there_is_always_a_load(name: str, wards: int) -> None:
    assert 1 <= Asked(shape=name, seconds=60.0, wards=wards).warm_up_wards <= wards


@pytest.mark.parametrize(
    ("shape", "wards"), [("constant", 100), ("ramp", 50), ("outage:start=0", 50), ("spike:base=0,start=1,stop=1", 1)]
)
def test_before_the_beginning_there_are_as_many_users_as_in_the_mean(shape: str, wards: int) -> None:
    assert Asked(shape=shape, seconds=60.0).warm_up_wards == wards


@pytest.mark.parametrize("asked", [Asked(), Asked(shape="spike", seconds=1.0), Asked(seconds=30 * 86_400.0, wards=1)])
def test_what_can_be_is_let_through(asked: Asked) -> None:
    asked.check()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(wards=0), r"0 users make no load\. Give at least 1\."),
        (Asked(seconds=0.5), r"a load of 0\.5 s cannot be\. Give 1s to 30d\."),
        (Asked(seconds=1e9), r"a load of 1e\+09 s cannot be"),
        (Asked(shape="ramp"), r'--shape "ramp" needs a length: give --duration'),
        (Asked(shape="wave"), r'no shape "wave"'),
    ],
)
def test_what_cannot_be_is_said(asked: Asked, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asked.check()
