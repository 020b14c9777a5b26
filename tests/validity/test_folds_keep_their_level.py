"""Cross-validation: the corrected test keeps its level, where the naive one does not."""

import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp

from fieldmark.comparison.folds import FoldDifferences, bayesian_resampled_t, corrected_resampled_t

pytestmark = pytest.mark.validity

STUDIES, ITEMS, FOLDS, RUNS, FEATURES = 1000, 60, 5, 4, 3
SLACK = binom.ppf(0.999, STUDIES, 0.05) / STUDIES


def accuracies(features, truth, tested):
    """Return the accuracy of a nearest-mean classifier in each fold, (folds,).

    ``tested`` is a bool array (folds, items); what is not tested in a fold is trained on.
    """
    centres = []
    for code in (0, 1):
        inside = (~tested & (truth == code)).astype(float)
        centres.append(inside @ features / inside.sum(axis=1, keepdims=True))
    distance = [np.square(features - centre[:, None]).sum(axis=2) for centre in centres]
    right = (distance[1] < distance[0]) == truth.astype(bool)
    return (right & tested).sum(axis=1) / tested.sum(axis=1)


def differences(study):
    """Return what two equally good contenders, each with features of its own, differ by."""
    rng = np.random.default_rng([8, study])
    truth = np.arange(ITEMS) % 2
    features = rng.normal(size=(ITEMS, 2 * FEATURES)) + 0.4 * truth[:, None]
    order = [rng.permutation(ITEMS) % FOLDS for _ in range(RUNS)]
    tested = np.concatenate([[fold == place for place in range(FOLDS)] for fold in order])
    first, second = features[:, :FEATURES], features[:, FEATURES:]
    found = accuracies(first, truth, tested) - accuracies(second, truth, tested)
    sizes = tested.sum(axis=1)
    return FoldDifferences(differences=found, tested=sizes, trained=ITEMS - sizes)


@pytest.fixture(scope="module")
def studies():
    return [differences(study) for study in range(STUDIES)]


def test_the_corrected_resampled_t_keeps_its_level(studies):
    seen = np.mean([corrected_resampled_t(folds).p_value < 0.05 for folds in studies])
    assert seen <= SLACK


def test_the_naive_t_calls_equal_contenders_different(studies):
    seen = np.mean([ttest_1samp(folds.differences, 0).pvalue < 0.05 for folds in studies])
    assert seen > 0.2


def test_the_bayesian_version_is_rarely_sure_of_equal_contenders(studies):
    found = [bayesian_resampled_t(folds, rope=0.01) for folds in studies]
    assert np.mean([max(one.left, one.right) > 0.975 for one in found]) <= SLACK
