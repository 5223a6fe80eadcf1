"""The building blocks that worlds share: noise that remembers, lab values, names."""

import numpy as np
import pytest

from simulator.clinical import laboratory as lab
from simulator.core.arrays import FloatArray
from simulator.core.draws import Draws
from simulator.generators.lab_values import AnalyteModel, LabValues, make_lab_values
from simulator.generators.names import draw_name_numbers, spell_name
from simulator.generators.ornstein_uhlenbeck import OrnsteinUhlenbeck, persistence, spread, symmetric

SUBJECTS = np.arange(20_000, dtype=np.int64)
DRAWS = Draws(5)
HOUR_MS = 3_600_000
MODELS = (
    AnalyteModel(lab.CREATININE, 1.0, 0.7, 0.0, 0.6, 0.35, 100.0),
    AnalyteModel(lab.SODIUM, 139.0, 4.0, 0.0, 0.5, 0.4, 48.0, is_linear=True),
)


def test_a_spread_is_the_cholesky_factor_of_its_covariance() -> None:
    correlations = symmetric(("a", "b", "c"), {("a", "b"): 0.8, ("b", "c"): -0.3})
    deviations = np.array([2.0, 3.0, 0.0])
    factor = spread(deviations, correlations)
    expected = correlations * deviations[:, None] * deviations
    np.testing.assert_allclose(factor @ factor.T, expected, atol=1e-12)
    assert np.array_equal(factor, np.tril(factor))


def test_impossible_correlations_are_refused() -> None:
    impossible = symmetric(("a", "b", "c"), {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9})
    with pytest.raises(AssertionError, match="not positive definite"):
        spread(np.ones(3), impossible)


def test_the_process_is_stationary_and_forgets_at_its_rate() -> None:
    process = OrnsteinUhlenbeck(
        spread(np.array([4.0, 1.0]), symmetric(("a", "b"), {("a", "b"): 0.5})),
        persistence(1.0, np.array([10.0, 2.0])),
    )
    first = process.start(DRAWS.normals("start", SUBJECTS, size=2))
    last = first
    for hour in range(5):
        last = process.advance(last, DRAWS.normals("advance", SUBJECTS, hour, size=2))
    kept = [np.corrcoef(first[:, i], last[:, i])[0, 1] for i in range(2)]
    np.testing.assert_allclose(last.std(axis=0), [4.0, 1.0], rtol=0.03)
    np.testing.assert_allclose(kept, np.exp([-0.5, -2.5]), atol=0.02)


def test_a_time_constant_of_zero_keeps_nothing() -> None:
    np.testing.assert_array_equal(persistence(1.0, np.array([0.0, 1e9])), [0.0, np.exp(-1e-9)])


def lab_values() -> LabValues:
    nothing = np.zeros((len(SUBJECTS), 2))
    return make_lab_values(DRAWS, SUBJECTS, MODELS, correlations=np.eye(2), shift=nothing)


def draw(values: LabValues, hour: int, analyte: int = 0, shift: float = 0.0) -> FloatArray:
    count = len(SUBJECTS)
    at, index = np.full(count, hour * HOUR_MS), np.full(count, hour)
    analytes = np.full(count, analyte)
    return values.draw(np.arange(count), analytes, (at, index, np.full(count, shift)))


def test_values_have_the_median_and_spread_of_their_analyte() -> None:
    creatinine, sodium = draw(lab_values(), 1), draw(lab_values(), 1, analyte=1)
    assert np.median(creatinine) == pytest.approx(1.0, rel=0.03)
    assert np.std(np.log(creatinine)) == pytest.approx(0.7, rel=0.03)
    assert (np.mean(sodium), np.std(sodium)) == pytest.approx((139.0, 4.0), rel=0.03)


def test_serial_values_resemble_each_other_the_less_the_longer_the_gap() -> None:
    values = lab_values()
    first, soon, late = (np.log(draw(values, hour)) for hour in (1, 15, 2_000))
    # own and slow shares 0.60 and 0.35, exp(-14/100) of the slow one kept
    assert np.corrcoef(first, soon)[0, 1] == pytest.approx(0.60 + 0.35 * 0.869, abs=0.02)
    assert np.corrcoef(first, late)[0, 1] == pytest.approx(0.60, abs=0.02)


def test_a_shift_moves_the_value_by_so_many_deviations() -> None:
    up = np.log(draw(lab_values(), 1, shift=1.0)) - np.log(draw(lab_values(), 1))
    assert np.median(up) == pytest.approx(0.7, abs=0.02)


def test_values_are_reported_in_the_assays_decimals() -> None:
    assert {float(value) % 1 for value in draw(lab_values(), 1, analyte=1)} == {0.0}


def test_names_are_keyed_by_subject_and_end_in_three_digits() -> None:
    few, many = draw_name_numbers(DRAWS, SUBJECTS[5:7]), draw_name_numbers(DRAWS, SUBJECTS[:50])
    assert few.tolist() == many[5:7].tolist()
    given, family = spell_name(*few[0].tolist(), is_female=True)
    assert (given[-3:].isdigit(), family[-3:].isdigit(), given[:-3].isalpha(), family[:-3].isalpha()) == (True,) * 4


def test_women_and_men_have_names_of_their_own() -> None:
    numbers = draw_name_numbers(DRAWS, SUBJECTS[:200]).tolist()
    women = {spell_name(*one, is_female=True)[0][:-3] for one in numbers}
    men = {spell_name(*one, is_female=False)[0][:-3] for one in numbers}
    assert len(women & men) < 20 < len(women)
