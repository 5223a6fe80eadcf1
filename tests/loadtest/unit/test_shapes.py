"""Shapes: how much of the highest rate, and which parts are told apart."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loadtests.shapes import SHAPES, Constant, Diurnal, Ladder, Outage, Ramp, Shape, Span, Spike, parse_shape
from simulator.core.errors import UsageError

SHARES = st.floats(0.0, 1.0)
PAIRS = st.tuples(SHARES, SHARES).map(sorted)
ANY_SHAPE: st.SearchStrategy[Shape] = st.one_of(
    st.builds(Constant),
    st.builds(Ramp, start=SHARES),
    st.builds(Ladder, steps=st.integers(1, 50)),
    st.builds(lambda base, pair: Spike(base=base, start=pair[0], stop=pair[1]), SHARES, PAIRS),
    st.builds(Diurnal, night=SHARES),
    st.builds(lambda base, pair: Outage(base=base, start=pair[0], stop=pair[1]), st.floats(0.01, 0.99), PAIRS),
)


def mean(shape: Shape, start: float = 0.0, stop: float = 1.0) -> float:
    """Return the mean share between two times."""
    places = start + (np.arange(100_000) + 0.5) / 100_000 * (stop - start)
    return float(np.mean([shape.share(at) for at in places.tolist()]))


@given(ANY_SHAPE, SHARES)
def test_every_shape_stays_between_nothing_and_the_highest_rate(shape: Shape, at: float) -> None:
    assert 0.0 <= shape.share(at) <= 1.0


@given(ANY_SHAPE)
def test_the_parts_of_every_shape_cover_it_without_overlap(shape: Shape) -> None:
    spans = shape.spans()
    joints = [(earlier.stop, later.start) for earlier, later in pairwise(spans)]
    assert (spans[0].start, spans[-1].stop) == (0.0, 1.0)
    assert all(stop == start for stop, start in joints)
    assert all(one.start <= one.stop for one in spans)


@given(ANY_SHAPE)
def test_no_two_parts_share_a_name(shape: Shape) -> None:
    names = [one.name for one in shape.spans()]
    assert len(set(names)) == len(names)


@given(st.floats(0.05, 0.95), PAIRS)
def test_an_outage_sends_in_all_what_would_have_been_sent_without_it(base: float, pair: list[float]) -> None:
    shape = Outage(base=base, start=pair[0], stop=pair[1])
    assume(shape.caught_up <= 1.0)
    assert mean(shape) == pytest.approx(base, abs=1e-4)


def test_an_outage_is_silence_then_the_backlog_at_the_highest_rate_then_the_base() -> None:
    shape = parse_shape("outage:base=0.5,start=0.2,stop=0.4")
    assert [shape.share(at) for at in (0.0, 0.19, 0.2, 0.39, 0.4, 0.59, 0.61, 1.0)] == [
        0.5, 0.5, 0.0, 0.0, 1.0, 1.0, 0.5, 0.5,
    ]  # fmt: skip
    assert shape.spans() == (
        Span("before", 0.0, 0.2),
        Span("outage", 0.2, 0.4),
        Span("backlog", 0.4, pytest.approx(0.6)),
        Span("after", pytest.approx(0.6), 1.0),
    )


def test_a_backlog_that_is_sent_just_by_the_end_has_nothing_after_it() -> None:
    shape = parse_shape("outage:base=0.75,start=0.2,stop=0.4")
    assert [(one.start, one.stop) for one in shape.spans()][2:] == [(0.4, 1.0), (1.0, 1.0)]


def test_a_ramp_is_a_straight_line() -> None:
    assert [parse_shape("ramp:start=0.2").share(at) for at in (0.0, 0.5, 1.0)] == pytest.approx([0.2, 0.6, 1.0])


def test_a_ladder_goes_up_in_equal_steps_to_the_highest_rate() -> None:
    shape = parse_shape("ladder:steps=4")
    assert [shape.share(at) for at in (0.0, 0.24, 0.25, 0.5, 0.99, 1.0)] == [0.25, 0.25, 0.5, 0.75, 1.0, 1.0]
    assert [one.name for one in shape.spans()] == ["step 1", "step 2", "step 3", "step 4"]


@given(st.integers(1, 50))
def test_each_part_of_a_ladder_has_one_rate(steps: int) -> None:
    shape = Ladder(steps=steps)
    places = [one.start + part * (one.stop - one.start) for one in shape.spans() for part in (0.01, 0.5, 0.99)]
    assert [shape.share(at) for at in places] == [(one + 1) / steps for one in range(steps) for _ in range(3)]


def test_a_spike_rises_for_its_time_alone() -> None:
    shape = parse_shape("spike:base=0.1,start=0.3,stop=0.6")
    assert [shape.share(at) for at in (0.0, 0.29, 0.3, 0.59, 0.6, 1.0)] == [0.1, 0.1, 1.0, 1.0, 0.1, 0.1]
    assert [one.name for one in shape.spans()] == ["before", "spike", "after"]


def test_a_day_has_its_night_at_both_ends_and_its_noon_between() -> None:
    shape = parse_shape("diurnal:night=0.4")
    assert [shape.share(at) for at in (0.0, 0.25, 0.5, 0.75, 1.0)] == pytest.approx([0.4, 0.7, 1.0, 0.7, 0.4])
    assert [one.name for one in shape.spans()] == ["night", "morning", "afternoon", "evening"]


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_known_by_its_name_alone(name: str) -> None:
    assert parse_shape(name) == SHAPES[name]()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("laddr", r'no shape "laddr"\. Did you mean "ladder"\?.* Known: constant, ramp, ladder'),
        ("", r'no shape ""\.'),
        ("spike:base", r'--shape "spike:base": "base" is not understood\. Write KEY=VALUE\.'),
        ("spike:hight=1", r'--shape "spike:hight=1" is not valid: .*hight.* Its keys: base, start, stop\.'),
        ("spike:base=1.5", r'--shape "spike:base=1\.5" is not valid: .*<= 1\.0.* Its keys'),
        ("spike:base=nan", r'--shape "spike:base=nan" is not valid'),
        ("spike:base=much", r'--shape "spike:base=much" is not valid: .*'),
        ("spike:start=0.6,stop=0.5", r"what stops must have started\. Let start be below stop\."),
        ("outage:start=0.6,stop=0.5", r"what stops must have started"),
        ("outage:base=1", r"not valid: .*< 1\.0"),
        (
            "outage:base=0.9",
            r'--shape "outage:base=0\.9" is not valid: .*only at 220% of the load, after its end\. Let base be lower',
        ),
        ("ladder:steps=0", r"not valid: .*>= 1"),
        ("constant:rate=3", r"Its keys: none\."),
    ],
)  # fmt: skip
def test_what_is_no_shape_is_said_with_the_value_and_the_way_out(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_shape(text)
