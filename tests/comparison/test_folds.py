import numpy as np
import pytest

from fieldmark.comparison.folds import (
    FoldDifferences,
    bayesian_resampled_t,
    corrected_resampled_t,
)
from fieldmark.core.errors import NotComparableError, PredictionsError


def equal_folds(differences, k=5, each=20):
    j = len(differences)
    return FoldDifferences(
        differences=np.asarray(differences, float),
        tested=np.full(j, each),
        trained=np.full(j, each * (k - 1)),
    )


def test_the_standard_error_of_44_folds_and_3_seeds_is_twice_the_naive_one():
    folds = equal_folds(np.random.default_rng(0).normal(0.01, 0.05, size=132), k=44)
    ratio = folds.standard_error() / folds.standard_error(corrected=False)
    assert ratio == pytest.approx(np.sqrt((1 / 132 + 1 / 43) / (1 / 132)))
    assert ratio == pytest.approx(2.02, abs=0.005)


def test_unequal_folds_are_weighted_by_their_items():
    folds = FoldDifferences(
        differences=np.array([0.0, 0.1]), tested=np.array([30, 10]), trained=np.array([10, 30])
    )
    assert folds.mean == pytest.approx(0.025)
    assert folds.training_ratio == pytest.approx(0.75 * 3 + 0.25 / 3)


def test_no_variation_decides_by_the_mean():
    assert corrected_resampled_t(equal_folds([0.0] * 5)).p_value == 1.0
    found = corrected_resampled_t(equal_folds([0.01] * 5))
    assert (found.p_value, found.low, found.high) == pytest.approx((0.0, 0.01, 0.01))
    sure = bayesian_resampled_t(equal_folds([0.5] * 5), rope=0.01)
    assert (sure.left, sure.inside, sure.right) == (0.0, 0.0, 1.0)


def test_the_interval_agrees_with_the_p_value():
    differences = np.random.default_rng(0).normal(0.02, 0.02, size=10)
    for shift in np.linspace(-0.05, 0.05, 41):
        found = corrected_resampled_t(equal_folds(differences + shift))
        assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)


def test_the_probabilities_sum_to_one_and_turn_around():
    folds, turned = (equal_folds(sign * np.array([0.02, 0.01, 0.03, 0.0])) for sign in (1, -1))
    found, back = (bayesian_resampled_t(one, rope=0.01) for one in (folds, turned))
    assert found.left + found.inside + found.right == pytest.approx(1)
    assert (back.left, back.right) == pytest.approx((found.right, found.left))
    assert found.to_dict()["rope"] == 0.01
    assert found.sentence("a", "b").startswith("P(a above b by more than 0.01) = 0.")


@pytest.mark.parametrize(
    ("differences", "tested", "message"),
    [
        ([0.1], [5], r"at least two folds; got arrays of length \[1\]"),
        ([0.1, 0.2], [5, 5, 5], "got arrays of length"),
        ([0.1, 0.2], [5, 0], "at least one item in every test and training fold; got 0 and 9"),
    ],
)
def test_folds_that_are_none_are_refused(differences, tested, message):
    with pytest.raises(NotComparableError, match=message):
        FoldDifferences(
            differences=np.array(differences),
            tested=np.array(tested),
            trained=np.full(len(differences), 9),
        )


def test_a_rope_is_above_zero_and_a_level_a_coverage():
    folds = equal_folds([0.0, 0.1])
    with pytest.raises(NotComparableError, match="Expected a rope above 0, such as"):
        bayesian_resampled_t(folds, rope=0)
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        corrected_resampled_t(folds, level=2)
