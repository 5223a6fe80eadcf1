"""From 32-bit words to uniform, normal and exponential values, by inversion.

One word gives one value and a larger word a larger value. The normal comes from a table of 65,536
quantiles, looked up with the high half of the word. The outermost cell on each side is resolved
with the low half as well, so that rare extremes keep their probabilities out to |z| = 6.34.

Source of the quantiles: routine PPND16 of Wichura, "Algorithm AS 241: the percentage points of
the normal distribution", Applied Statistics 37 (1988).
"""

from functools import lru_cache

import numpy as np

from simulator.core import portable
from simulator.core.arrays import FloatArray, WordArray

_CELLS = 65_536
_PIECE = 32_768  # words at a time; our choice: they stay in the L2 cache with the table
# Arrays of no dimension, which numpy need not convert at each call.
_HALF = np.array(16, dtype=np.uint32)
_ONE_CELL = np.array(0x10000, dtype=np.uint32)
_TWO_CELLS = np.array(0x20000, dtype=np.uint32)

# Numerators and denominators of PPND16, for the middle, the tail and the far tail.
_MIDDLE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
_TAIL = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
_FAR_TAIL = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)
_Ratio = tuple[tuple[float, ...], tuple[float, ...]]


def uniforms_of(words: WordArray) -> FloatArray:
    """Return (word + 1/2) / 2**32, which lies in the open interval (0, 1). Any shape."""
    return (words.astype(np.float64) + 0.5) * 2.0**-32


def exponentials_of(words: WordArray) -> FloatArray:
    """Return exponential values of mean 1, at most 22.9. Any shape.

    The larger the word, the smaller the value.
    """
    return -portable.log(uniforms_of(words))


def normals_of(words: WordArray) -> FloatArray:
    """Return standard normal values. Any shape.

    They are symmetric about 0 and at most 6.34 from it.
    """
    flat = words.reshape(-1)
    normals = np.empty(flat.shape)
    for start in range(0, len(flat), _PIECE):
        part = slice(start, start + _PIECE)
        normals[part] = _table().take((flat[part] >> _HALF).astype(np.intp))
    # Words wrap round at 2**32, which brings the first and the last cell side by side.
    outermost = np.flatnonzero(flat + _ONE_CELL < _TWO_CELLS)
    if outermost.size:
        normals[outermost] = _extremes_of(flat[outermost])
    return normals.reshape(words.shape)


def _extremes_of(words: WordArray) -> FloatArray:
    lower = _extremes().take(np.minimum(words, ~words))
    return np.where(words < _ONE_CELL, lower, -lower)


def normal_quantile(p: FloatArray) -> FloatArray:
    """Return the standard normal quantile of p, 0 < p < 1. Any shape.

    Relative error below 3e-15 (AS 241).
    """
    assert ((p > 0.0) & (p < 1.0)).all()
    from_half = p - 0.5
    middle = np.abs(from_half) <= 0.425
    quantile = np.empty_like(from_half)
    quantile[middle] = _middle_quantile(from_half[middle])
    quantile[~middle] = _tail_quantile(p[~middle])
    return quantile


def _middle_quantile(from_half: FloatArray) -> FloatArray:
    return from_half * _ratio(0.180625 - from_half * from_half, _MIDDLE)


def _tail_quantile(p: FloatArray) -> FloatArray:
    distance = np.sqrt(-portable.log(np.minimum(p, 1.0 - p)))
    far = distance > 5.0
    size = np.where(far, _ratio(distance - 5.0, _FAR_TAIL), _ratio(distance - 1.6, _TAIL))
    return np.where(p < 0.5, -size, size)


def _ratio(x: FloatArray, ratio: _Ratio) -> FloatArray:
    numerator, denominator = ratio
    return portable.polynomial(x, numerator) / portable.polynomial(x, denominator)


@lru_cache(maxsize=1)
def _table() -> FloatArray:
    """Return the quantile in the middle of each cell."""
    return normal_quantile((np.arange(_CELLS) + 0.5) / _CELLS)


@lru_cache(maxsize=1)
def _extremes() -> FloatArray:
    """Return the quantiles of all words in the first cell."""
    return normal_quantile(uniforms_of(np.arange(_CELLS, dtype=np.uint32)))
