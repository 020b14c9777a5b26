"""Onset metrics against scikit-learn and slow loops."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.onset_change_point import change_points
from fieldmark.evaluation.onset_decoding import decode_onsets
from fieldmark.evaluation.onset_prior import specimen_units
from fieldmark.evaluation.onset_quantities import estimates_of
from fieldmark.evaluation.onset_ranking import concordance_statistic
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_states import day_quantities, state_quantities
from fieldmark.evaluation.resampling import units_of
from fieldmark.synthetic.trajectories import Season, draw_season

SEASON = Season(genotypes=6, days=12, auc=0.8, imaged_share=0.6, autocorrelation=0.3)


@pytest.fixture(scope="module", params=range(3))
def season(request):
    return draw_season(np.random.default_rng(request.param), SEASON)


def values(season, quantities):
    how = Resampling(units=specimen_units(season), split="test", resamples=2)
    found = estimates_of(quantities, how, contenders=["probe"] * len(quantities))
    return {one.metric: one.value for one in found}


def test_states_against_scikit_learn(season):
    units = specimen_units(season)
    found = values(season, state_quantities(season, season.probability, units))
    rows, columns = np.nonzero(season.imaged)
    labels, scores = season.positive[rows, columns], season.probability[rows, columns]
    assert found["state_accuracy"] == pytest.approx(accuracy_score(labels, scores >= 0.5))
    assert found["state_f1"] == pytest.approx(f1_score(labels, scores >= 0.5))
    assert found["state_auroc_pooled"] == pytest.approx(roc_auc_score(labels, scores))
    for metric, strata in (
        ("state_auroc_mean_of_days", columns),
        ("state_auroc_mean_of_folds", np.array(season.folds)[rows]),
    ):
        parts = [
            roc_auc_score(labels[strata == one], scores[strata == one])
            for one in np.unique(strata)
            if len(set(labels[strata == one])) == 2
        ]
        assert found[metric] == pytest.approx(np.mean(parts))


def test_days_against_scikit_learn(season):
    units = specimen_units(season)
    decoded = decode_onsets(season, OnsetRule())
    for day in range(len(season.times)):
        found = values(season, day_quantities(season, day, decoded=decoded, units=units))
        rows = season.imaged[:, day]
        labels, scores = season.positive[rows, day], season.probability[rows, day]
        assert found["day_accuracy"] == pytest.approx(accuracy_score(labels, scores >= 0.5))
        if len(set(labels)) == 2:
            assert found["day_auroc_pooled"] == pytest.approx(roc_auc_score(labels, scores))
            assert found["day_f1"] == pytest.approx(f1_score(labels, scores >= 0.5))


def slow_concordance(onset, decoded, end):
    right = pairs = 0.0
    for i, j in itertools.permutations(range(len(onset)), 2):
        if onset[i] <= end and (onset[j] > onset[i] or onset[j] > end):
            pairs += 1
            right += 1.0 * (decoded[i] < decoded[j]) + 0.5 * (decoded[i] == decoded[j])
    return right / pairs


@pytest.mark.parametrize("seed", range(5))
def test_concordance_against_a_loop_and_weights_against_copies(seed):
    rng = np.random.default_rng(seed)
    onset = np.where(rng.random(25) < 0.3, np.inf, rng.integers(1, 12, 25).astype(float))
    decoded = np.where(rng.random(25) < 0.2, np.inf, rng.integers(1, 12, 25).astype(float))
    units = units_of([f"g{code}" for code in rng.integers(0, 6, 25)], n=25)
    statistic = concordance_statistic(onset, decoded, end=10.0, units=units)
    weights = rng.integers(0, 4, (units.count, 3)).astype(float)
    for column in range(3):
        rows = np.repeat(np.arange(25), weights[units.codes, column].astype(int))
        expected = slow_concordance(onset[rows], decoded[rows], 10.0)
        assert statistic(weights)[0, column] == pytest.approx(expected)


def slow_change_point(seen, row, prevalence, kappa):
    days = [t for t in range(len(seen.times)) if seen.imaged[row, t]]
    ratio = {
        t: np.log(seen.probability[row, t] / (1 - seen.probability[row, t]))
        - np.log(prevalence / (1 - prevalence))
        for t in days
    }
    sums = [sum(ratio[t] for t in days if t >= tau) for tau in days] + [0.0]
    names = [seen.times[t] for t in days] + [np.inf]
    weight = np.exp(kappa * np.array(sums))
    cumulative = np.cumsum(weight / weight.sum())
    median = names[int(np.searchsorted(cumulative, 0.5))]
    return median, names[int(np.argmax(sums))]


@pytest.mark.parametrize("kappa", [1.0, 0.4])
def test_change_points_against_a_loop(season, kappa):
    median = change_points(season, 0.25, kappa=kappa)
    argmax = change_points(season, 0.25, kappa=kappa, level=None)
    for row in range(season.n):
        assert (median[row], argmax[row]) == slow_change_point(season, row, 0.25, kappa)
