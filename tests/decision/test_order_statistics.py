import pytest
from scipy.stats import beta, binom

from fieldmark.core.errors import DecisionError
from fieldmark.decision.order_statistics import (
    highest_order,
    positives_needed,
    recall_lower_bound,
    violation,
)


def test_the_numbers_of_the_equation():
    assert highest_order(566, target_recall=0.99, confidence=0.95) == 2
    assert violation(2, 566, target_recall=0.99) == pytest.approx(0.022736, abs=5e-7)
    assert highest_order(298, target_recall=0.99, confidence=0.95) is None
    assert highest_order(299, target_recall=0.99, confidence=0.95) == 1
    assert highest_order(473, target_recall=0.99, confidence=0.95) == 2
    assert highest_order(458, target_recall=0.99, confidence=0.99) is None
    assert highest_order(459, target_recall=0.99, confidence=0.99) == 1
    assert highest_order(0, target_recall=0.99, confidence=0.95) is None


def test_the_highest_order_is_the_highest():
    for n in (59, 100, 333, 5000):
        order = highest_order(n, target_recall=0.95, confidence=0.9)
        assert binom.cdf(order - 1, n, 0.05) <= 0.1 < binom.cdf(order, n, 0.05)


def test_the_fewest_positives_are_the_fewest():
    for misses in (0, 1, 7, 42):
        n = positives_needed(misses, target_recall=0.99, confidence=0.95)
        assert binom.cdf(misses, n, 0.01) <= 0.05 < binom.cdf(misses, n - 1, 0.01)


def test_the_bound_of_a_new_set_says_the_same_as_the_order_statistic():
    assert recall_lower_bound(2, 135, confidence=0.95) >= 0.95 > 0
    assert recall_lower_bound(3, 135, confidence=0.95) < 0.95
    assert recall_lower_bound(5, 300, confidence=0.9) == pytest.approx(beta.ppf(0.1, 295, 6))
    assert recall_lower_bound(3, 3, confidence=0.95) == 0.0
    assert recall_lower_bound(0, 0, confidence=0.95) == 0.0


def test_refusals():
    with pytest.raises(DecisionError, match=r"Expected a target between 0 and 1.*got 1"):
        highest_order(10, target_recall=1, confidence=0.95)
    with pytest.raises(DecisionError, match=r"Expected a confidence between 0 and 1.*got 95"):
        highest_order(10, target_recall=0.9, confidence=95)
    with pytest.raises(DecisionError, match="number of positives of at least 0; got -1"):
        highest_order(-1, target_recall=0.9, confidence=0.9)
    with pytest.raises(DecisionError, match="number of misses of at least 0; got -1"):
        positives_needed(-1, target_recall=0.9, confidence=0.9)
    with pytest.raises(DecisionError, match="as many misses as positives, 5; got 6"):
        recall_lower_bound(6, 5, confidence=0.9)
