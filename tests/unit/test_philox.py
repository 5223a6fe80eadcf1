"""Philox4x32-10 against the known answers published with Random123 (kat_vectors)."""

from itertools import product

import numpy as np
import pytest

from simulator.core import philox
from simulator.core.philox import philox4x32

ONES = 0xFFFFFFFF
PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES, ONES, ONES, ONES), (ONES, ONES), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (PI, (0xA4093822, 0x299F31D0), "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_a_counter_gives_the_published_words(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: str
) -> None:
    assert " ".join(f"{word:08x}" for word in philox4x32(counter, key)) == words


def test_counter_words_broadcast_to_one_row_each() -> None:
    columns = np.array([[5], [ONES], [7]])
    rows = np.array([0, 9])
    expected = [philox4x32((c, 1, r, 3), (8, 9)) for c, r in product((5, ONES, 7), (0, 9))]
    np.testing.assert_array_equal(philox4x32((columns, 1, rows, 3), (8, 9)), np.reshape(expected, (3, 2, 4)))


@pytest.mark.parametrize("shape", [(1000,), (500, 2), (1, 1000), (7, 11, 13)])
def test_the_piece_worked_on_at_a_time_does_not_show(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.arange(np.prod(shape)).reshape(shape)
    whole = philox4x32((numbers, 1, 2, 3), (4, 5))
    monkeypatch.setattr(philox, "_PIECE", 64)
    np.testing.assert_array_equal(philox4x32((numbers, 1, 2, 3), (4, 5)), whole)


def test_no_counters_give_no_words() -> None:
    assert philox4x32((np.arange(0), 0, 0, 0), (1, 2)).shape == (0, 4)
