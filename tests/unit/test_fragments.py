"""Texts made by the column are those made one by one."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.codecs.fragments import Choice, instant_texts, number_texts, weave
from simulator.core.time import format_instant


def one_by_one(values: list[float]) -> list[bytes]:
    """Return the JSON text of each number."""
    return [msgspec.json.encode(value) for value in values]


@pytest.mark.parametrize("beyond", [[], [-0.0], [1000.1], [0.05], [1e-7], [1e22], [36.60000000000001]])
def test_numbers_of_one_decimal_are_written_as_any_other(beyond: list[float]) -> None:
    values = [tenths / 10 for tenths in range(-10_000, 10_001)] + beyond
    assert number_texts(np.array(values)) == one_by_one(values)


@given(st.lists(st.integers(0, 4_102_444_799_999)))
def test_instants_are_written_as_one_by_one(moments: list[int]) -> None:
    texts = [format_instant(moment).encode() for moment in moments]
    assert instant_texts(np.array(moments, dtype=np.int64)) == texts


def test_a_choice_of_few_and_one_of_many_are_woven_alike() -> None:
    few, many = np.array([1, 0, 1]), np.array([99, 5, 7])
    numbers = [b"%d" % number for number in range(100)]
    parts = [b"100%|", [b"x", b"y", b"z"], Choice([b"%b", b"b%d"], few), b"|", Choice(numbers, many)]
    assert weave(parts) == [b"100%|xb%d|99", b"100%|y%b|5", b"100%|zb%d|7"]


def test_choices_of_one_index_may_stand_apart() -> None:
    index = np.array([1, 0])
    parts = [Choice([b"a", b"b"], index), [b"1", b"2"], Choice([b"c", b"d"], index)]
    assert weave(parts) == [b"b1d", b"a2c"]


def test_choices_of_two_indexes_keep_their_own() -> None:
    parts = [[b"1", b"2"], Choice([b"a", b"b"], np.array([1, 0])), Choice([b"c"], np.array([0, 0]))]
    assert weave(parts) == [b"1bc", b"2ac"]
