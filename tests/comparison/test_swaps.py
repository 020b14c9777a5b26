import numpy as np
import pytest

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
