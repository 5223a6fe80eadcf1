"""exp, log, cos and a matrix product whose bits are the same on every machine.

numpy's own np.exp, np.log and np.cos come from libm or from vector code chosen for the CPU, and
these differ in the last bit. np.dot, matmul, einsum and np.sum add in an order that BLAS or the
vector width chooses. One differing bit can flip a comparison and so a whole stream. Here are only
operations that IEEE 754 rounds in one way: + - * /, rint, comparison, and exact changes of the
exponent. Each is an array operation of its own, so no compiler fuses a multiplication and an
addition.

Errors stay below 1e-15, relative; measured against the correctly rounded values by the tests.
"""

from collections.abc import Sequence
from math import factorial

import numpy as np

from simulator.core.arrays import FloatArray

# Constants to more than 53 bits, as a sum of doubles; the first parts have trailing zeros, so that
# a whole number of them is exact (Cody and Waite, Software Manual for the Elementary Functions).
_LN2 = (float.fromhex("0x0.b17217f7p0"), float.fromhex("0x0.d1cf79abc9e3b398p-32"))
_HALF_PI = (
    float.fromhex("0x1.921fb544p0"),
    float.fromhex("0x0.42d18469p-32"),
    float.fromhex("0x0.898cc51701b839a252p-64"),
)
_PER_LN2 = 1.4426950408889634
_PER_HALF_PI = 0.6366197723675814
_SQRT_HALF = 0.7071067811865476
_ANGLE_MAX = 2.0**17  # beyond, the parts of pi/2 no longer multiply exactly

# Taylor series, lengths chosen so that the first term left out is below 2**-56 of the sum:
# of exp on |x| <= ln(2)/2, of artanh(s)/s on s**2 <= 0.0295, of cos and sin on |x| <= pi/4.
_EXP = tuple(1.0 / factorial(n) for n in range(14))
_ARTANH = tuple(1.0 / (2 * n + 1) for n in range(12))
_COS = tuple((-1.0) ** n / factorial(2 * n) for n in range(10))
_SIN = tuple((-1.0) ** n / factorial(2 * n + 1) for n in range(10))


def polynomial(x: FloatArray, coefficients: Sequence[float]) -> FloatArray:
    """Evaluate a polynomial by Horner's rule, the constant coefficient first."""
    total = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        np.multiply(total, x, total)
        np.add(total, coefficient, total)
    return total


def exp(x: FloatArray) -> FloatArray:
    """Return e**x for any x but NaN; 0 and infinity beyond the range of a double."""
    assert not np.isnan(x).any()
    within = np.clip(x, -746.0, 710.0)
    twos = np.rint(within * _PER_LN2)
    rest = within - twos * _LN2[0] - twos * _LN2[1]
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(polynomial(rest, _EXP), twos.astype(np.int32))


def log(x: FloatArray) -> FloatArray:
    """Return the natural logarithm of x, 0 < x < infinity.

    With x = m * 2**k and s = (m - 1) / (m + 1), log x = k log 2 + 2 artanh s.
    """
    assert ((x > 0.0) & (x < np.inf)).all()
    mantissa, exponent = np.frexp(x)
    below = mantissa < _SQRT_HALF
    above_one = np.where(below, 2.0 * mantissa, mantissa) - 1.0
    twos = (exponent - below).astype(np.float64)
    s = above_one / (2.0 + above_one)
    of_mantissa = 2.0 * s * polynomial(s * s, _ARTANH)
    return twos * _LN2[0] + (twos * _LN2[1] + of_mantissa)


def cos(x: FloatArray) -> FloatArray:
    """Return the cosine of x in radians, |x| <= 2**17."""
    assert (np.abs(x) <= _ANGLE_MAX).all()
    quarters = np.rint(x * _PER_HALF_PI)
    rest = x - quarters * _HALF_PI[0] - quarters * _HALF_PI[1] - quarters * _HALF_PI[2]
    turns, square = quarters.astype(np.int64), rest * rest
    value = np.where(turns & 1, rest * polynomial(square, _SIN), polynomial(square, _COS))
    return np.where((turns + 1) & 2, -value, value)


def matvec(matrix: FloatArray, columns: FloatArray) -> FloatArray:
    """Multiply each row of columns (n, k) by matrix (k, k); return (n, k).

    out[:, i] is the sum over j, in that order, of matrix[i, j] * columns[:, j]: with a Cholesky
    factor of their covariance, correlated normals from independent ones.
    """
    by_column = np.ascontiguousarray(columns.T)
    total = np.zeros_like(by_column)
    for j, column in enumerate(by_column):
        total += matrix[:, j, None] * column
    return np.ascontiguousarray(total.T)
