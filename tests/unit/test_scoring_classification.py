"""Proportions, their intervals and the area under the curve agree with published figures."""

import numpy as np
import pytest

from simulator.scoring import auroc, proportion, wilson_interval


def test_a_proportion_of_nothing_is_no_number() -> None:
    assert (proportion(3, 4), proportion(0, 4), proportion(0, 0)) == (0.75, 0.0, None)


# Newcombe, Stat Med 1998;17:857, table I, method 3.
@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_the_published_ones(hits: int, total: int, low: float, high: float) -> None:
    assert wilson_interval(hits, total) == pytest.approx((low, high), abs=5e-5)


def test_an_interval_of_nothing_is_none() -> None:
    assert wilson_interval(0, 0) is None


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    scores = np.array([1.0, 2.0, 2.0, 3.0, 0.0])
    # Cases 2 and 3 against 1, 2 and 0: five pairs right, one tie.
    assert auroc(scores, np.array([False, True, False, True, False])) == pytest.approx(5.5 / 6)


def test_a_constant_score_separates_nothing() -> None:
    assert auroc(np.ones(6), np.array([True, False] * 3)) == 0.5


@pytest.mark.parametrize("is_case", [[True, True], [False, False]])
def test_without_both_kinds_there_is_no_area(is_case: list[bool]) -> None:
    assert auroc(np.array([1.0, 2.0]), np.array(is_case)) is None
