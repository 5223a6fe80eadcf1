"""Philox4x32-10: from a counter and a key to four random words, with no state.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
Integer arithmetic alone, so every machine computes the same bits.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import prod

import numpy as np
import numpy.typing as npt

from simulator.core.arrays import IntArray, WordArray

Counter = tuple[IntArray | int, IntArray | int, IntArray | int, IntArray | int]
_State = npt.NDArray[np.uint64]

_ROUNDS = 10
_WEYL = (0x9E3779B9, 0xBB67AE85)  # the paper: golden ratio and sqrt(3) - 1, added to the key
_LOW_32 = 0xFFFFFFFF
_PIECE = 8192  # counters at a time; our choice: their 400 kB of state stay in the L2 cache

# Constants are arrays of no dimension: numpy converts a Python integer anew at each call,
# which costs as much as a short loop.
_MULTIPLIER_0 = np.array(0xD2511F53, dtype=np.uint64)  # the paper's M for word 0
_MULTIPLIER_2 = np.array(0xCD9E8D57, dtype=np.uint64)  # and for word 2
_MASK = np.array(_LOW_32, dtype=np.uint64)
_HALF = np.array(32, dtype=np.uint64)


def philox4x32(counter: Counter, key: tuple[int, int]) -> WordArray:
    """Return the four words of each counter under one key.

    The four counter words broadcast against each other; with their common shape S the result
    has shape (*S, 4). Each word of counter and key must lie in [0, 2**32).
    """
    words = np.empty((*np.broadcast(*counter).shape, 4), dtype=np.uint32)
    key_pairs = _key_pairs(key)
    for piece, part in _pieces(counter, words):
        _fill(piece, part, key_pairs)
    return words


def _pieces(counter: Counter, words: WordArray) -> Iterator[tuple[Counter, WordArray]]:
    shape = words.shape[:-1]
    if prod(shape) <= _PIECE:
        yield counter, words
        return
    first, second, third, fourth = (np.broadcast_to(word, shape) for word in counter)
    rows = max(1, _PIECE // prod(shape[1:]))
    for start in range(0, shape[0], rows):
        part = slice(start, start + rows)
        yield (first[part], second[part], third[part], fourth[part]), words[part]


def _fill(counter: Counter, words: WordArray, key_pairs: tuple[_State, ...]) -> None:
    shape = words.shape[:-1]
    even, odd = np.empty((2, 2, *shape), dtype=np.uint64)
    even[0, ...], odd[0, ...], even[1, ...], odd[1, ...] = counter
    _scramble(even.reshape(-1), odd.reshape(-1), key_pairs)
    words[..., 0], words[..., 1], words[..., 2], words[..., 3] = even[0], odd[0], even[1], odd[1]


def _scramble(even: _State, odd: _State, key_pairs: tuple[_State, ...]) -> None:
    """Run the ten rounds in place, two at a time.

    even holds words 0 and 2 end to end, odd words 1 and 3, each in the low half of 64 bits.
    A round crosses over: the product of word 2 gives words 0 (high half) and 1 (low half),
    that of word 0 gives words 2 and 3. The high half then takes up the odd word and the round's
    key. As the low half is the odd word of the next round, one 64-bit key serves both rounds.
    """
    half = len(even) // 2
    word_0, word_2 = even[:half], even[half:]
    product = np.empty_like(even)
    from_2, from_0 = product[:half], product[half:]
    for number in range(_ROUNDS):
        np.multiply(word_2, _MULTIPLIER_2, from_2)
        np.multiply(word_0, _MULTIPLIER_0, from_0)
        if number % 2 == 0:
            np.bitwise_xor(from_2, key_pairs[number], from_2)
            np.bitwise_xor(from_0, key_pairs[number + 1], from_0)
        np.right_shift(product, _HALF, even)
        np.bitwise_xor(even, odd, even)
        np.bitwise_and(product, _MASK, odd)


@lru_cache(maxsize=4096)
def _key_pairs(key: tuple[int, int]) -> tuple[_State, ...]:
    """Return, for each two rounds, (first key << 32) + second key of words 0 and of word 2."""
    return tuple(
        np.array(
            (_round_key(key[word], word, number) << 32) + _round_key(key[word], word, number + 1),
            dtype=np.uint64,
        )
        for number in range(0, _ROUNDS, 2)
        for word in (0, 1)
    )


def _round_key(key_word: int, word: int, number: int) -> int:
    return (key_word + number * _WEYL[word]) & _LOW_32
