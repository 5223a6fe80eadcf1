"""Keyed draws, the only source of chance: pure functions of (seed, purpose, subject, index).

A draw is the encryption of its name: nothing is consumed and nothing is kept. So a value does not
depend on which other subjects are drawn, in what order, how often or in which process.

Layout. The key of Philox4x32-10 is the first 8 bytes of blake2b(seed in decimal, 0, purpose). The
counter is, from its first word on:

    index, low 32 bits | block << 8 | index, high 8 bits | subject, low 32 bits | subject, high 32

so index lies in [0, 2**40) and a subject is any int64. A block is four words: value number i of a
draw comes from word i % 4 of block i // 4. Hence a larger size only appends values, and draws of
different kinds under one name are made of the same words: give each quantity its own purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate

import numpy as np

from simulator.core import portable
from simulator.core.arrays import BoolArray, FloatArray, IntArray, WordArray
from simulator.core.philox import philox4x32
from simulator.core.quantiles import exponentials_of, normals_of, uniforms_of

_INDEX_BITS = 40
_BLOCKS_MAX = 2**24
_LOW_32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Draws:
    """Draw keyed random numbers: a pure function of (seed, purpose, subject, index).

    In every method subjects is an int64 array (n,) of global subject numbers, and index, one for
    all or an int64 array (n,), numbers the repeated draws of a subject for one purpose, from 0 to
    2**40 - 1. A value has the same bits on every machine.
    """

    seed: int

    def __post_init__(self) -> None:
        """Assert that the seed is not negative."""
        assert self.seed >= 0

    def words(self, purpose: str, subjects: IntArray, index: int | IntArray = 0, *, size: int = 4) -> WordArray:
        """Draw 32-bit words: uint32 (n, size), each row a subject's."""
        counter = _counter(subjects, index, -(-size // 4))
        blocks = philox4x32(counter, _key(self.seed, purpose))
        return blocks.reshape(len(subjects), blocks.shape[1] * 4)[:, :size]

    def uniform(self, purpose: str, subjects: IntArray, index: int | IntArray = 0) -> FloatArray:
        """Draw uniform values (n,) from (0, 1): (word + 1/2) / 2**32."""
        return uniforms_of(self._word(purpose, subjects, index))

    def uniforms(self, purpose: str, subjects: IntArray, index: int | IntArray = 0, *, size: int) -> FloatArray:
        """Draw uniform values (n, size) from the open interval (0, 1)."""
        return uniforms_of(self.words(purpose, subjects, index, size=size))

    def normal(self, purpose: str, subjects: IntArray, index: int | IntArray = 0) -> FloatArray:
        """Draw standard normal values (n,)."""
        return normals_of(self._word(purpose, subjects, index))

    def normals(self, purpose: str, subjects: IntArray, index: int | IntArray = 0, *, size: int) -> FloatArray:
        """Draw independent standard normal values (n, size)."""
        return normals_of(self.words(purpose, subjects, index, size=size))

    def exponential(self, purpose: str, subjects: IntArray, index: int | IntArray = 0) -> FloatArray:
        """Draw exponential values (n,) of mean 1."""
        return exponentials_of(self._word(purpose, subjects, index))

    def lognormal(
        self,
        purpose: str,
        subjects: IntArray,
        index: int | IntArray = 0,
        *,
        median: float | FloatArray,
        sigma: float | FloatArray,
    ) -> FloatArray:
        """Draw log-normal values (n,), median * exp(sigma * z).

        median, in the unit wanted, and sigma, the SD of the logarithm, are one for all or (n,).
        """
        return median * portable.exp(sigma * self.normal(purpose, subjects, index))

    def integers(self, purpose: str, subjects: IntArray, index: int | IntArray = 0, *, below: int) -> IntArray:
        """Draw integers (n,) from 0 to below - 1, 1 <= below <= 2**32.

        (word * below) >> 32: the probability of a value is off by less than 2**-32.
        """
        assert 1 <= below <= 2**32
        wide = self._word(purpose, subjects, index).astype(np.uint64)
        return (wide * np.uint64(below) >> np.uint64(32)).astype(np.int64)

    def choice(
        self,
        purpose: str,
        subjects: IntArray,
        index: int | IntArray = 0,
        *,
        weights: Sequence[float],
    ) -> IntArray:
        """Draw positions (n,) in weights, each as often as its weight says.

        Probabilities are proportional to weights, which are not negative and not all 0. A weight of
        0 is never drawn.
        """
        bounds = np.array(list(accumulate(weights)), dtype=np.float64)
        assert min(weights) >= 0.0
        assert 0.0 < bounds[-1] < np.inf
        where = self.uniform(purpose, subjects, index) * bounds[-1]
        positions: IntArray = np.searchsorted(bounds, where, side="right")
        return positions

    def bernoulli(
        self,
        purpose: str,
        subjects: IntArray,
        index: int | IntArray = 0,
        *,
        probability: float | FloatArray,
    ) -> BoolArray:
        """Draw whether it happens: bool (n,).

        probability, in [0, 1], is one for all or (n,).
        """
        assert np.all(np.abs(np.subtract(probability, 0.5)) <= 0.5)
        return self.uniform(purpose, subjects, index) < probability

    def _word(self, purpose: str, subjects: IntArray, index: int | IntArray) -> WordArray:
        return self.words(purpose, subjects, index, size=1)[:, 0]


def _counter(subjects: IntArray, index: int | IntArray, blocks: int) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the four counter words, which broadcast to (n, blocks)."""
    assert subjects.ndim == 1
    assert subjects.dtype == np.int64
    assert 1 <= blocks <= _BLOCKS_MAX
    indices = np.asarray(index, dtype=np.int64).reshape(-1, 1)
    assert len(indices) in (1, len(subjects))
    assert not (indices >> _INDEX_BITS).any()
    column = subjects[:, None]
    numbers = np.arange(blocks, dtype=np.int64) << 8 | indices >> 32
    return indices & _LOW_32, numbers, column & _LOW_32, column >> 32 & _LOW_32


@lru_cache(maxsize=4096)
def _key(seed: int, purpose: str) -> tuple[int, int]:
    # A decimal seed holds no zero byte, so no two (seed, purpose) give the same text.
    digest = blake2b(f"{seed:d}\0{purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")
