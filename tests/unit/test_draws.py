"""Keyed draws: what a value may depend on, how values are distributed, and their exact bits."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy._core import _multiarray_umath
from scipy import stats

from simulator.core.arrays import IntArray
from simulator.core.draws import Draws
from simulator.core.philox import philox4x32

SUBJECTS = np.arange(50_000, dtype=np.int64)
GOLDEN = "6ae0f0276565e1995017b3d23a987bebc5f643d85439cd9e6fc1bc244560c9eb"
SUBJECT_LISTS = st.lists(st.integers(min_value=-(2**63), max_value=2**63 - 1), min_size=1, max_size=20)
SEEDS = st.integers(min_value=0, max_value=2**80)
INDICES = st.integers(min_value=0, max_value=2**40 - 1)


def array_of(numbers: list[int]) -> IntArray:
    return np.array(numbers, dtype=np.int64)


def words_of(subject: int, index: int, *, seed: int = 1, purpose: str = "p") -> bytes:
    return Draws(seed).words(purpose, array_of([subject]), index).tobytes()


def digest_of_many_draws() -> str:
    draws, subjects = Draws(20_240_229), np.arange(-3_000, 9_000, dtype=np.int64)
    parts = [
        draws.normals("golden.normal", subjects, 2**39 + 1, size=6),
        draws.exponential("golden.exponential", subjects, subjects + 3_000),
        draws.lognormal("golden.lognormal", subjects, 5, median=120.0, sigma=0.7),
        draws.uniforms("golden.uniform", subjects, size=3),
        draws.integers("golden.integers", subjects, below=1_000),
        draws.choice("golden.choice", subjects, weights=(0.2, 0.5, 0.3)),
    ]
    little_endian = [part.astype(part.dtype.newbyteorder("<")).tobytes() for part in parts]
    return hashlib.sha256(b"".join(little_endian)).hexdigest()


def digest_in_a_process_with(**environment: str) -> str:
    code = f"from {__name__} import digest_of_many_draws; print(digest_of_many_draws())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@given(subjects=SUBJECT_LISTS, seed=SEEDS, index=INDICES, size=st.integers(1, 13))
def test_a_value_does_not_depend_on_the_other_subjects(subjects: list[int], seed: int, index: int, size: int) -> None:
    draws = Draws(seed)
    together = draws.words("p", array_of(subjects), index, size=size)
    alone = [draws.words("p", array_of([s]), index, size=size)[0] for s in subjects]
    np.testing.assert_array_equal(together, alone)


@given(subjects=SUBJECT_LISTS, data=st.data())
def test_order_does_not_show(subjects: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(subjects))))
    draws, numbers = Draws(3), array_of(subjects)
    np.testing.assert_array_equal(
        draws.normals("p", numbers[order], size=5), draws.normals("p", numbers, size=5)[order]
    )


@given(cuts=st.lists(st.integers(0, 20_000), max_size=4))
def test_splitting_the_cohort_does_not_show(cuts: list[int]) -> None:
    draws, cohort = Draws(4), np.arange(20_000, dtype=np.int64)
    parts = [draws.exponential("p", part) for part in np.split(cohort, sorted(cuts))]
    np.testing.assert_array_equal(np.concatenate(parts), draws.exponential("p", cohort))


@given(subjects=SUBJECT_LISTS, data=st.data())
def test_each_subject_may_have_an_index_of_its_own(subjects: list[int], data: st.DataObject) -> None:
    size = len(subjects)
    indices = data.draw(st.lists(INDICES, min_size=size, max_size=size))
    together = Draws(5).words("p", array_of(subjects), array_of(indices))
    alone = [words_of(s, i, seed=5) for s, i in zip(subjects, indices, strict=True)]
    assert [row.tobytes() for row in together] == alone


@given(index=INDICES, size=st.integers(1, 40))
def test_a_larger_size_only_appends_values(index: int, size: int) -> None:
    draws, subjects = Draws(6), array_of([0, 7, 2**62])
    longest = draws.words("p", subjects, index, size=40)
    np.testing.assert_array_equal(draws.words("p", subjects, index, size=size), longest[:, :size])


@given(first=st.tuples(SEEDS, st.text(), st.integers(), INDICES), second=st.data())
def test_seed_purpose_subject_and_index_each_matter(first: tuple[int, str, int, int], second: st.DataObject) -> None:
    seed, purpose, subject, index = first
    subject %= 2**63
    name = (seed, purpose, subject, index)
    changed = second.draw(
        st.sampled_from(
            [
                (seed + 1, purpose, subject, index),
                (seed, purpose + "x", subject, index),
                (seed, purpose, subject ^ 2**40, index),
                (seed, purpose, subject ^ 1, index),
                (seed, purpose, subject, index ^ 2**39),
                (seed, purpose, subject, index ^ 1),
            ]
        )
    )
    values = [words_of(s, i, seed=d, purpose=p) for d, p, s, i in (name, changed)]
    assert values[0] != values[1]


def test_no_two_blocks_of_any_subject_or_index_share_a_counter() -> None:
    indices = [0, 1, 2**8, 2**31, 2**32, 2**33, 2**39, 2**40 - 1]
    subjects = array_of([-1, 0, 1, 2**8, 2**32, 2**40, 2**63 - 1])
    words = [Draws(7).words("p", subjects, index, size=4 * 300) for index in indices]
    blocks = np.stack(words).reshape(-1, 4)
    assert len(np.unique(blocks, axis=0)) == len(indices) * len(subjects) * 300


def test_words_are_laid_out_as_documented() -> None:
    subject, index, block = 0x0123456789ABCDEF, 0xFE_76543210, 5
    digest = hashlib.blake2b(b"42\0lab.turnaround").digest()
    key = (int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little"))
    expected = philox4x32((0x76543210, block << 8 | 0xFE, 0x89ABCDEF, 0x01234567), key)
    words = Draws(42).words("lab.turnaround", array_of([subject]), index, size=24)
    np.testing.assert_array_equal(words[0, 20:], expected)


def test_equal_seeds_draw_equally_and_draws_are_values() -> None:
    assert Draws(8) == Draws(8) != Draws(9)


@pytest.mark.parametrize("index", [-1, 2**40])
def test_an_index_out_of_range_is_refused(index: int) -> None:
    with pytest.raises(AssertionError):
        Draws(1).uniform("p", SUBJECTS, index)


def test_an_index_array_of_another_length_is_refused() -> None:
    with pytest.raises(AssertionError):
        Draws(1).uniform("p", SUBJECTS, SUBJECTS[:2])


@pytest.mark.parametrize("subjects", [np.zeros(3), np.zeros((3, 1), dtype=np.int64)])
def test_subjects_that_are_not_a_row_of_int64_are_refused(subjects: npt.NDArray[np.int64]) -> None:
    with pytest.raises(AssertionError):
        Draws(1).uniform("p", subjects)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(AssertionError):
        Draws(-1)


def test_no_subjects_give_no_values() -> None:
    nobody = SUBJECTS[:0]
    assert Draws(1).normals("p", nobody, nobody, size=8).shape == (0, 8)


@pytest.mark.parametrize("seed", [0, 1, 2**70])
def test_uniforms_are_uniform(seed: int) -> None:
    values = Draws(seed).uniforms("p", SUBJECTS, size=4)
    assert stats.kstest(values.ravel(), "uniform").pvalue > 1e-4


def test_values_of_neighbours_are_uncorrelated() -> None:
    draws = Draws(2)
    z = draws.normals("p", SUBJECTS, size=8)
    others = [draws.normal("q", SUBJECTS), draws.normal("p", SUBJECTS, 1), np.roll(z[:, 0], 1)]
    correlations = np.corrcoef(np.column_stack([z, *others]), rowvar=False) - np.eye(11)
    assert np.abs(correlations).max() < 5.0 / np.sqrt(len(SUBJECTS))


def test_normals_are_normal() -> None:
    z = Draws(3).normals("p", SUBJECTS, size=4).ravel()
    assert stats.kstest(z, "norm").pvalue > 1e-4
    np.testing.assert_allclose([z.mean(), z.std(), stats.kurtosis(z)], [0, 1, 0], atol=0.03)


def test_exponentials_are_exponential() -> None:
    assert stats.kstest(Draws(4).exponential("p", SUBJECTS), "expon").pvalue > 1e-4


def test_lognormals_have_their_median_and_sigma() -> None:
    median = np.where(SUBJECTS % 2, 30.0, 90.0)
    values = Draws(5).lognormal("p", SUBJECTS, median=median, sigma=0.5)
    assert stats.kstest(np.log(values / median) / 0.5, "norm").pvalue > 1e-4


@pytest.mark.parametrize("below", [7, 7_000, 2**32])
def test_integers_are_uniform_below_the_bound(below: int) -> None:
    values = Draws(6).integers("p", SUBJECTS, below=below)
    assert values.dtype == np.int64
    assert values.min() >= 0
    assert values.max() < below
    sevenths = np.bincount(values * 7 // below, minlength=7)
    assert stats.chisquare(sevenths).pvalue > 1e-4


def test_an_integer_below_one_is_zero() -> None:
    assert not Draws(6).integers("p", SUBJECTS, below=1).any()


@pytest.mark.parametrize("below", [0, 2**32 + 1])
def test_an_impossible_bound_is_refused(below: int) -> None:
    with pytest.raises(AssertionError):
        Draws(6).integers("p", SUBJECTS, below=below)


def test_choices_follow_their_weights_and_never_take_a_weight_of_zero() -> None:
    weights = [0.0, 3.0, 0.0, 6.0, 1.0, 0.0]
    counts = np.bincount(Draws(7).choice("p", SUBJECTS, weights=weights), minlength=6)
    assert counts[[0, 2, 5]].tolist() == [0, 0, 0]
    assert stats.chisquare(counts[[1, 3, 4]], len(SUBJECTS) * np.array([0.3, 0.6, 0.1])).pvalue > 1e-4


def test_a_uniform_on_the_bound_chooses_the_weight_above_it() -> None:
    bound = float(Draws(7).uniform("p", SUBJECTS[:1])[0])
    chosen = Draws(7).choice("p", SUBJECTS[:1], weights=(bound, 1.0 - bound))
    assert chosen.tolist() == [1]


@pytest.mark.parametrize("weights", [(0.0, 0.0), (1.0, -0.5), (1.0, np.inf)])
def test_weights_that_are_no_weights_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(AssertionError):
        Draws(7).choice("p", SUBJECTS, weights=weights)


def test_a_bernoulli_draw_happens_with_its_probability() -> None:
    probability = np.array([0.0, 0.25, 1.0])[SUBJECTS % 3]
    happened = Draws(8).bernoulli("p", SUBJECTS, probability=probability)
    never, seldom, always = (happened[cell::3].mean() for cell in range(3))
    assert (never, always) == (0.0, 1.0)
    assert abs(seldom - 0.25) < 0.015


def test_a_bernoulli_draw_happens_just_when_the_uniform_is_below_the_probability() -> None:
    uniform = Draws(8).uniform("p", SUBJECTS)
    assert not Draws(8).bernoulli("p", SUBJECTS, probability=uniform).any()
    assert Draws(8).bernoulli("p", SUBJECTS, probability=np.nextafter(uniform, 1.0)).all()


@pytest.mark.parametrize("probability", [-0.01, 1.01, np.nan])
def test_a_probability_out_of_range_is_refused(probability: float) -> None:
    with pytest.raises(AssertionError):
        Draws(8).bernoulli("p", SUBJECTS, probability=probability)


def test_the_bits_of_many_draws_have_not_changed() -> None:
    assert digest_of_many_draws() == GOLDEN


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_bits_do_not_depend_on_the_hash_seed(hash_seed: str) -> None:
    assert digest_in_a_process_with(PYTHONHASHSEED=hash_seed) == GOLDEN


def test_the_bits_do_not_depend_on_the_vector_instructions_of_the_machine() -> None:
    present = [feature for feature in _multiarray_umath.__cpu_dispatch__ if _multiarray_umath.__cpu_features__[feature]]
    assert digest_in_a_process_with(NPY_DISABLE_CPU_FEATURES=" ".join(present)) == GOLDEN
