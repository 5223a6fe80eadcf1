"""A worker is held to its worst ten seconds, wherever in the load they lie."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from loadtests.busyness import Busyness


def said(shares: Sequence[float], *, every: float = 1.0) -> Busyness:
    """Return what a worker said, from the first second on."""
    found = Busyness()
    for number, share in enumerate(shares, 1):
        found.add(number * every, share)
    return found


@pytest.mark.parametrize("before", [0, 1, 7, 100])
@pytest.mark.parametrize("after", [0, 1, 7, 3_000])
def test_ten_busy_seconds_are_not_hidden_by_idle_ones(before: int, after: int) -> None:
    shares = [0.1] * before + [1.0] * 10 + [0.1] * after
    assert said(shares).worst() == pytest.approx(1.0)


def test_a_moment_is_no_stretch() -> None:
    assert said([0.1] * 30 + [1.0] * 3 + [0.1] * 30).worst() == pytest.approx((3 * 1.0 + 7 * 0.1) / 10)


def test_of_less_than_a_stretch_it_is_the_mean() -> None:
    assert (said([0.2, 1.0, 0.6]).worst(), Busyness().worst()) == (pytest.approx(0.6), 0.0)


def test_it_is_of_what_was_said_between_two_instants() -> None:
    found = said([1.0] * 20 + [0.3] * 20 + [1.0] * 20)
    assert found.worst(21.0, 41.0) == pytest.approx(0.3)
    assert found.worst(16.0, 41.0) == pytest.approx((5 * 1.0 + 5 * 0.3) / 10)
    assert found.worst() == found.worst(0.0, 1_000.0) == 1.0


def test_a_worker_that_speaks_more_often_is_held_to_the_same_seconds() -> None:
    assert said([0.1] * 100 + [1.0] * 100 + [0.1] * 100, every=0.1).worst() == pytest.approx(1.0)
    assert said([0.1] * 100 + [1.0] * 50 + [0.1] * 100, every=0.1).worst() == pytest.approx(0.55)
