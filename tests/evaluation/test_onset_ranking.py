import numpy as np
import pytest

from fieldmark.evaluation.onset_ranking import (
    auroc_statistic,
    both_states,
    comparable_pairs,
    concordance_statistic,
)
from fieldmark.evaluation.resampling import units_of


def auroc(scores, positive, strata=None, weights=None):
    n = len(scores)
    statistic = auroc_statistic(
        np.array(scores, float),
        np.array(positive, bool),
        strata=np.zeros(n, np.int64) if strata is None else np.array(strata),
        codes=np.arange(n),
    )
    return statistic(
        np.ones((n, 1)) if weights is None else np.array(weights, float)[:, None]
    ).item()


def test_ties_count_half():
    assert auroc([0.5, 0.5], [0, 1]) == 0.5
    assert auroc([0.5, 0.5, 0.4], [0, 1, 0]) == 0.75


def test_one_state_has_no_auroc():
    assert np.isnan(auroc([0.5, 0.6], [1, 1]))
    assert np.isnan(auroc([], []))


def test_the_mean_of_folds_is_not_the_pooled_one():
    scores, labels, folds = [0.1, 0.2, 0.8, 0.9], [0, 1, 0, 1], [0, 0, 1, 1]
    assert auroc(scores, labels) == 0.75
    assert auroc(scores, labels, folds) == 1.0


def test_a_fold_with_one_state_is_no_term():
    assert auroc([0.1, 0.2, 0.8], [0, 1, 1], [0, 0, 1]) == 1.0
    assert both_states(np.array([False, True, True]), np.array([0, 0, 1])) == 1


def test_weights_are_copies():
    scores, labels, weights = [0.1, 0.7, 0.4, 0.9], [0, 0, 1, 1], [2, 1, 3, 0]
    copies = np.repeat(np.arange(4), weights)
    expected = auroc(np.array(scores)[copies], np.array(labels)[copies])
    assert auroc(scores, labels, weights=weights) == pytest.approx(expected)


def test_a_fold_drawn_twice_counts_twice_in_the_mean():
    scores, labels, folds = [0.1, 0.2, 0.9, 0.8], [0, 1, 0, 1], [0, 0, 1, 1]
    assert auroc(scores, labels, folds, [2, 2, 1, 1]) == pytest.approx(2 / 3)


def concordance(onset, decoded, end=10.0, weights=None):
    n = len(onset)
    statistic = concordance_statistic(
        np.array(onset, float), np.array(decoded, float), end=end, units=units_of(None, n=n)
    )
    return statistic(
        np.ones((n, 1)) if weights is None else np.array(weights, float)[:, None]
    ).item()


def test_never_is_later_than_everything():
    assert concordance([3, np.inf], [4, np.inf]) == 1.0
    assert concordance([3, np.inf], [np.inf, 4]) == 0.0
    assert concordance([3, np.inf], [np.inf, np.inf]) == 0.5


def test_censored_and_equal_onsets_are_not_compared():
    assert np.isnan(concordance([np.inf, np.inf], [1, 2]))
    assert np.isnan(concordance([12, np.inf], [1, 2]))
    assert np.isnan(concordance([3, 3], [1, 2]))
    assert comparable_pairs(np.array([3, 3, 5, 12, np.inf]), end=10.0) == 2 + 2 + 2 + 2


def test_a_constant_knows_no_order():
    assert concordance([1, 4, 6, np.inf], [5] * 4) == 0.5
