"""Stated intervals cover the truth as often as they say, and the tempting wrong ones do not."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.estimates import clopper_pearson, find_estimate, wilson
from fieldmark.evaluation.measuring import Judged, Resampling, Subject, measure
from fieldmark.evaluation.resampling import units_of

pytestmark = pytest.mark.validity


def coverage(interval, n, share):
    """Exact: the probability of all counts whose interval holds the share."""
    counts = np.arange(n + 1)
    ends = np.array([interval(int(count), n) for count in counts])
    holds = (ends[:, 0] <= share) & (share <= ends[:, 1])
    return binom.pmf(counts, n, share)[holds].sum()


@pytest.mark.parametrize("n", [20, 100, 1000])
def test_wilson_covers_on_average_and_never_far_below(n):
    covered = np.array([coverage(wilson, n, share) for share in np.linspace(0.02, 0.98, 49)])
    assert 0.94 < covered.mean() < 0.965
    assert covered.min() > 0.89


@pytest.mark.parametrize("n", [20, 100])
def test_clopper_pearson_never_covers_less_than_it_says(n):
    for share in np.linspace(0.01, 0.99, 50):
        assert coverage(clopper_pearson, n, share) >= 0.95


def photos_of_plants(rng, plants, photos, spread):
    """Return right or wrong for photos of plants, of which some are hard in every photo."""
    ease = expit(1.0 + spread * rng.normal(size=plants))
    right = rng.random((plants, photos)) < ease[:, None]
    return right.ravel(), [f"{plant}" for plant in range(plants) for _ in range(photos)]


def accuracy_intervals(right, groups, seed):
    answers = Answers(
        rank=None,
        classes=("right", "wrong"),
        candidates=2,
        truth=np.zeros(len(right), np.int64),
        predicted=(~right).astype(np.int64),
    )
    found = []
    for named in (groups, None):
        how = Resampling(
            units=units_of(named, n=len(right)), split="test", resamples=500, seed=seed
        )
        estimates = measure([Subject("probe", (Judged(answers),))], how)[0]
        found.append(find_estimate(estimates, "accuracy"))
    return found


def test_the_cluster_bootstrap_covers_where_wilson_does_not():
    truth = expit(1.0 + 1.5 * np.random.default_rng(0).normal(size=2_000_000)).mean()
    hits = np.zeros(2)
    for run in range(1000):
        rng = np.random.default_rng([1, run])
        right, groups = photos_of_plants(rng, plants=40, photos=10, spread=1.5)
        for place, estimate in enumerate(accuracy_intervals(right, groups, run)):
            hits[place] += estimate.low <= truth <= estimate.high
    clustered, independent = hits / 1000
    assert clustered > 0.92
    assert independent < 0.8


def test_the_cluster_bootstrap_holds_with_eight_groups():
    truth = expit(1.0 + np.random.default_rng(0).normal(size=2_000_000)).mean()
    hits = 0
    for run in range(1000):
        rng = np.random.default_rng([2, run])
        right, groups = photos_of_plants(rng, plants=8, photos=15, spread=1.0)
        estimate = accuracy_intervals(right, groups, run)[0]
        hits += estimate.low <= truth <= estimate.high
    assert hits / 1000 > 0.9


def test_the_bootstrap_of_macro_f1_covers():
    classes, n = 6, 300
    prior = np.arange(1, classes + 1) ** -0.7
    prior /= prior.sum()
    skill = np.linspace(0.9, 0.5, classes)
    confusion = np.diag(prior * skill) + np.outer(prior * (1 - skill), prior)
    right, predicted = np.diag(confusion), confusion.sum(axis=0)
    truth = (2 * right / (prior + predicted)).mean()
    hits = 0
    for run in range(1000):
        rng = np.random.default_rng([3, run])
        cells = rng.choice(classes**2, n, p=confusion.ravel())
        answers = Answers(
            rank=None,
            classes=tuple("abcdef"),
            candidates=classes,
            truth=cells // classes,
            predicted=cells % classes,
        )
        how = Resampling(units=units_of(None, n=n), split="test", resamples=300, seed=run)
        estimates = measure([Subject("probe", (Judged(answers),))], how)[0]
        estimate = find_estimate(estimates, "macro_f1")
        hits += estimate.low <= truth <= estimate.high
    assert 0.925 < hits / 1000 < 0.97
