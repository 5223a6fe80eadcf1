"""Portable functions against libm, and quantiles against scipy."""

import math

import numpy as np
import pytest
from scipy import special, stats

from simulator.core import portable, quantiles
from simulator.core.arrays import FloatArray

BOUND = 1.5e-15  # relative; libm's own error is below 2e-16
SPREAD = (np.arange(20_000) + 0.5) / 20_000
NEAR_ZERO = np.array([1e-300, -1e-300, 1e-20, -1e-9, 1e-5])
ALL_HIGH_HALVES = np.arange(65_536, dtype=np.uint32) << np.uint32(16)


def relative_error(computed: FloatArray, exact: list[float]) -> float:
    return float(np.max(np.abs(computed / np.array(exact) - 1.0)))


def test_exp_agrees_with_libm() -> None:
    x = np.concatenate([1400.0 * SPREAD - 700.0, 4.0 * SPREAD - 2.0, NEAR_ZERO])
    assert relative_error(portable.exp(x), [math.exp(v) for v in x]) < BOUND


def test_exp_ends_in_zero_and_infinity() -> None:
    x = np.array([-np.inf, -1e9, -746.0, 0.0, 710.0, 1e9, np.inf])
    np.testing.assert_array_equal(portable.exp(x), [0.0, 0.0, 0.0, 1.0, np.inf, np.inf, np.inf])


def test_exp_of_nan_is_refused() -> None:
    with pytest.raises(AssertionError):
        portable.exp(np.array([0.0, np.nan]))


def test_log_agrees_with_libm() -> None:
    near_one = 1.0 + np.concatenate([1e-3 * SPREAD, -1e-9 * SPREAD])
    x = np.concatenate([SPREAD, 10.0 ** (600.0 * SPREAD - 300.0), near_one, [5e-324, 1.7e308]])
    assert relative_error(portable.log(x), [math.log(v) for v in x]) < BOUND


def test_log_of_one_is_zero() -> None:
    assert portable.log(np.array([1.0]))[0] == 0.0


@pytest.mark.parametrize("outside", [0.0, -1.0, np.inf, np.nan])
def test_log_outside_its_domain_is_refused(outside: float) -> None:
    with pytest.raises(AssertionError):
        portable.log(np.array([1.0, outside]))


def test_cos_agrees_with_libm_even_next_to_its_zeros() -> None:
    zeros = np.arange(1, 80_000) * (math.pi / 2)
    x = np.concatenate([200.0 * SPREAD - 100.0, 2.0**18 * SPREAD - 2.0**17, zeros, NEAR_ZERO])
    assert relative_error(portable.cos(x), [math.cos(v) for v in x]) < BOUND


def test_an_angle_beyond_the_exact_reduction_is_refused() -> None:
    with pytest.raises(AssertionError):
        portable.cos(np.array([2.0**17 + 1.0]))


def test_matvec_multiplies_each_row_adding_in_column_order() -> None:
    matrix = np.array([[0.1, 0.2, 0.3], [0.7, -0.5, 0.0], [1.0, 1e16, -1e16]])
    rows = np.array([[0.3, 0.7, 1.1], [1.0, 1.0, 1.0], [-0.2, 0.0, 5.0]])
    expected = [[((0.0 + m[0] * r[0]) + m[1] * r[1]) + m[2] * r[2] for m in matrix] for r in rows]
    np.testing.assert_array_equal(portable.matvec(matrix, rows), expected)


def test_the_normal_quantile_agrees_with_another_implementation() -> None:
    p = np.concatenate([SPREAD, 10.0 ** (-300.0 * SPREAD), 1.0 - 1e-5 * SPREAD])
    p = p[p != 0.5]
    assert relative_error(quantiles.normal_quantile(p), special.ndtri(p).tolist()) < 3e-15


@pytest.mark.parametrize("outside", [0.0, 1.0, -0.1, np.nan])
def test_a_quantile_of_no_probability_is_refused(outside: float) -> None:
    with pytest.raises(AssertionError):
        quantiles.normal_quantile(np.array([0.5, outside]))


def test_uniforms_lie_inside_the_open_interval() -> None:
    ends = quantiles.uniforms_of(np.array([0, 2**32 - 1], dtype=np.uint32))
    np.testing.assert_array_equal(ends, [0.5 / 2**32, 1.0 - 0.5 / 2**32])


def test_table_normals_have_the_moments_of_the_normal() -> None:
    z = quantiles.normals_of(ALL_HIGH_HALVES | np.uint32(0x8000))
    moments = [float(np.mean(z**power)) for power in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0.0, 1.0, 0.0, 3.0], atol=2e-3)


def test_table_normals_follow_the_normal_to_half_a_cell() -> None:
    z = quantiles.normals_of(ALL_HIGH_HALVES | np.uint32(0x8000))
    assert stats.kstest(z, "norm").statistic < 1.01 / 65_536


def test_normals_are_symmetric_to_the_bit() -> None:
    words = np.concatenate([ALL_HIGH_HALVES, np.arange(65_536, dtype=np.uint32)])
    np.testing.assert_array_equal(quantiles.normals_of(words), -quantiles.normals_of(~words))


def test_a_larger_word_gives_no_smaller_normal() -> None:
    words = np.concatenate([np.arange(200_000), 2**32 - np.arange(200_000, 0, -1)])
    assert (np.diff(quantiles.normals_of(words.astype(np.uint32))) >= 0.0).all()


def test_the_extreme_tail_has_its_theoretical_probability() -> None:
    outermost = np.concatenate([np.arange(65_536), 2**32 - np.arange(1, 65_537)])
    sizes = np.abs(quantiles.normals_of(outermost.astype(np.uint32)))
    bounds = (4.33, 5.0, 5.5, 6.0)
    found = [int((sizes > bound).sum()) for bound in bounds]
    expected = [2.0**33 * special.ndtr(-bound) for bound in bounds]
    np.testing.assert_allclose(found, expected, atol=1.0)


def test_the_outermost_normals_are_the_exact_quantiles() -> None:
    words = np.array([0, 65_535, 2**32 - 65_536, 2**32 - 1], dtype=np.uint32)
    exact = special.ndtri(quantiles.uniforms_of(words))
    np.testing.assert_allclose(quantiles.normals_of(words), exact, rtol=1e-14)


def test_exponentials_are_minus_the_log_of_the_uniform() -> None:
    words = np.array([0, 1, 2**31, 2**32 - 1], dtype=np.uint32)
    exact = [-math.log((int(word) + 0.5) / 2**32) for word in words]
    assert relative_error(quantiles.exponentials_of(words), exact) < BOUND
