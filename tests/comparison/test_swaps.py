import numpy as np
import pytest
from scipy import sparse

from fieldmark.comparison.sign_flips import paired_difference
from fieldmark.comparison.swaps import swapped_difference
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import clopper_pearson
from fieldmark.evaluation.resampling import units_of


def mean_difference(a, b):
    """The metric of a mixture of two answers, for swaps: a plain mean."""
    values = np.concatenate([a, b])[None]
    return lambda weights: values @ weights / len(a)


def test_swaps_of_a_mean_are_sign_flips():
    rng = np.random.default_rng(0)
    a, b = rng.integers(2, size=(2, 10)).astype(float)
    swapped = swapped_difference(mean_difference(a, b), units_of(None, n=10))
    flipped = paired_difference(a, b, None)
    assert swapped.difference == pytest.approx(flipped.difference)
    assert swapped.p_value == pytest.approx(flipped.p_value)


def test_swaps_of_groups_keep_them_whole():
    a, b = np.repeat([1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0], 5), np.zeros(35)
    units = units_of([f"{i // 5}" for i in range(35)], n=35)
    grouped = np.stack([units.sums(a), units.sums(b)]).ravel()[None]
    found = swapped_difference(lambda weights: grouped @ weights / 35, units)
    assert found.p_value == pytest.approx(2 / 2**6)
    assert found.test == "answers swapped over 7 groups"


def test_equal_answers_swap_to_no_difference():
    a = np.ones(20)
    found = swapped_difference(mean_difference(a, a), units_of(None, n=20))
    assert (found.difference, found.p_value) == (0.0, 1.0)
    assert found.high == clopper_pearson(0, 20)[1]


def test_a_large_difference_is_seen_by_swaps():
    found = swapped_difference(mean_difference(np.ones(200), np.zeros(200)), units_of(None, n=200))
    assert found.p_value < 0.001
    assert 0 < found.low < found.difference == found.high == 1.0


@pytest.mark.parametrize("level", [0.0, 1.5])
def test_the_level_of_swaps_is_a_coverage(level):
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        swapped_difference(mean_difference([1], [0]), units_of(None, n=1), level=level)


def test_units_of_one_kind_are_taken_together():
    a, b = np.random.default_rng(0).integers(2, size=(2, 200)).astype(float)
    kinds, counts = np.unique(np.stack([a, b]), axis=1, return_counts=True)
    units = units_of(None, n=200)
    values = np.concatenate(kinds)[None]
    found = swapped_difference(
        lambda weights: values @ weights / 200, units, counts=counts, resamples=20_000
    )
    each = swapped_difference(mean_difference(a, b), units, resamples=20_000)
    assert found.difference == pytest.approx(each.difference)
    assert found.p_value == pytest.approx(each.p_value, abs=0.02)
    assert found.standard_error == pytest.approx(each.standard_error, rel=0.03)


def test_without_a_limit_few_units_swap_to_no_bound():
    found = swapped_difference(
        mean_difference([3.0, 4.0], [1.0, 1.0]), units_of(None, n=2), limit=np.inf
    )
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_tallies_say_the_same_as_weights():
    a, b = np.random.default_rng(0).normal([[0.1], [0.0]], size=(2, 300))
    units = units_of(None, n=300)
    tallies = sparse.csc_array(np.concatenate([a, b])[None])
    found = swapped_difference(lambda sums: sums / 300, units, tallies=tallies)
    each = swapped_difference(mean_difference(a, b), units)
    assert found.p_value == each.p_value
    assert (found.low, found.difference, found.high) == pytest.approx(
        (each.low, each.difference, each.high), abs=1e-12
    )


def test_units_that_swap_to_the_same_do_not_matter():
    a, b = np.random.default_rng(0).integers(2, size=(2, 90)).astype(float)
    differ = a != b

    def swapped(inside):
        tallies = sparse.csc_array(np.concatenate([a[inside], b[inside]])[None])
        units = units_of(None, n=int(inside.sum()))
        return swapped_difference(lambda sums: sums / 90, units, tallies=tallies)

    found, fewer = swapped(np.ones(90, bool)), swapped(differ)
    assert found.p_value == fewer.p_value
    assert (found.low, found.difference, found.high) == pytest.approx(
        (fewer.low, fewer.difference, fewer.high), abs=1e-12
    )


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 60])
def test_each_unit_of_a_kind_is_swapped_with_probability_one_half(count):
    effects = np.random.default_rng(0).integers(1, 4, size=40)
    tallies = sparse.csc_array(np.concatenate([effects, 0 * effects])[None])
    found = swapped_difference(
        lambda sums: sums / 1000,
        units_of(None, n=40 * count),
        tallies=tallies,
        counts=np.full(40, count),
        resamples=20_000,
        limit=np.inf,
    )
    assert found.difference == pytest.approx(count * effects.sum() / 1000)
    expected = np.sqrt(count * np.square(effects).sum()) / 1000
    assert found.standard_error == pytest.approx(expected, rel=0.03)


def test_equal_answers_of_many_units_have_nothing_to_swap():
    values = np.ones(50)
    tallies = sparse.csc_array(np.concatenate([values, values])[None])
    found = swapped_difference(lambda sums: sums / 50, units_of(None, n=50), tallies=tallies)
    assert (found.difference, found.p_value) == (0.0, 1.0)


def test_a_difference_that_is_known_more_exactly_is_taken():
    a, b = np.random.default_rng(0).integers(2, size=(2, 40)).astype(float)
    units = units_of(None, n=40)
    coarse = swapped_difference(mean_difference(a, b), units)
    found = swapped_difference(mean_difference(a, b), units, difference=0.3)
    assert found.difference == 0.3
    assert found.standard_error == coarse.standard_error
    assert (found.p_value < 0.05) == (found.low > 0)
