"""Paired tests against statsmodels, SciPy and slow loops."""

import itertools

import numpy as np
import pytest

from fieldmark.comparison.families import holm
from fieldmark.comparison.folds import (
    FoldDifferences,
    bayesian_resampled_t,
    corrected_resampled_t,
)
from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval, needed_items
from fieldmark.comparison.outcome import verdict_of
from fieldmark.comparison.sign_flips import paired_difference
from fieldmark.comparison.swaps import swapped_difference
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.class_metrics import class_metrics
from fieldmark.evaluation.resampling import Units, units_of


def class_metrics_of(truth, given, units):
    count = int(max(truth.max(), given.max())) + 1
    names = tuple(str(code) for code in range(count))
    made = Answers(rank=None, classes=names, candidates=count, truth=truth, predicted=given)
    return class_metrics([made], units)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (5, 0), (12, 10), (3, 19), (400, 350)])
def test_mcnemar_against_statsmodels(b, c):
    from statsmodels.stats.contingency_tables import mcnemar

    expected = min(1.0, float(mcnemar([[9, b], [c, 9]], exact=True).pvalue))
    assert mcnemar_exact(b, c) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("b", "c", "n"), [(300, 240, 5000), (60, 90, 800)])
def test_the_interval_approaches_the_normal_one(b, c, n):
    difference = (b - c) / n
    half = 1.959964 * np.sqrt((b + c) / n - difference**2) / np.sqrt(n)
    expected = difference - half, difference + half
    assert mcnemar_interval(b, c, n) == pytest.approx(expected, abs=0.06 * half)


def test_needed_items_reach_the_power_they_promise():
    psi, d = 0.12, 0.05
    n = needed_items(psi, d)
    first = (psi + d) / 2
    counts = np.random.default_rng(0).multinomial(n, [first, psi - first, 1 - psi], size=2000)
    seen = np.mean([mcnemar_exact(int(b), int(c)) < 0.05 for b, c, _ in counts])
    assert 0.74 < seen < 0.83


def test_sign_flips_against_scipy():
    from scipy.stats import permutation_test

    differences = np.random.default_rng(0).normal(0.4, 1.0, size=11)
    expected = permutation_test(
        (differences, np.zeros(11)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    found = paired_difference(differences / 10, np.zeros(11), None)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_the_interval_of_sign_flips_holds_what_the_test_does_not_reject():
    differences = np.random.default_rng(0).normal(0.03, 0.1, size=10)
    found = paired_difference(differences, np.zeros(10), None)
    for shift in np.linspace(-0.15, 0.2, 71):
        rejected = paired_difference(differences - shift, np.zeros(10), None).p_value < 0.05
        assert rejected != (found.low <= shift <= found.high)


def test_swaps_of_macro_f1_against_a_slow_loop():
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(0)
    truth, a, b = rng.integers(3, size=(3, 24))
    groups = np.arange(24) // 4
    over = {"labels": np.unique(truth), "average": "macro", "zero_division": 0}

    def difference(swap):
        swapped = np.asarray(swap, bool)[groups]
        first, second = np.where(swapped, b, a), np.where(swapped, a, b)
        return f1_score(truth, first, **over) - f1_score(truth, second, **over)

    measured = difference([0] * 6)
    reached = [abs(difference(swap)) for swap in itertools.product([0, 1], repeat=6)]
    expected = np.mean(np.array(reached) >= abs(measured) - 1e-12)
    units = units_of([str(group) for group in groups], n=24)
    doubled = Units(np.concatenate([units.codes, units.codes + 6]), 12, clustered=True)
    averages = class_metrics_of(np.tile(truth, 2), np.concatenate([a, b]), doubled)
    found = swapped_difference(lambda weights: averages(weights)[1:2], units)
    assert found.difference == pytest.approx(measured)
    assert found.p_value == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(20))
def test_holm_against_statsmodels(seed):
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(seed).beta(0.3, 2, size=1 + seed % 9)
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values.tolist()) == pytest.approx(expected.tolist())


def test_swaps_against_scipy():
    from scipy.stats import permutation_test

    a, b = np.random.default_rng(0).normal([[0.4], [0.0]], 0.1, size=(2, 10))
    expected = permutation_test(
        (a, b),
        lambda x, y, axis: np.median(x, axis=axis) - np.median(y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )

    def median(weights):
        columns = [np.concatenate([a, b])[column > 0] for column in weights.T]
        return np.array([[np.median(column) for column in columns]])

    found = swapped_difference(median, units_of(None, n=10))
    assert found.p_value == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("seed", range(12))
def test_equivalence_over_folds_against_two_one_sided_tests_of_statsmodels(seed):
    from statsmodels.stats.weightstats import DescrStatsW

    rng = np.random.default_rng(seed)
    differences = rng.normal(0.004, 0.01, size=12)
    margin = 0.01
    # With very large training folds the correction vanishes, and the plain t-test is left.
    folds = FoldDifferences(
        differences=differences, tested=np.full(12, 1), trained=np.full(12, 10**9)
    )
    found = corrected_resampled_t(folds)
    verdict = verdict_of((found.low, found.high), found.p_value, level=0.95, margin=margin)
    p_value = DescrStatsW(differences).ttost_mean(-margin, margin)[0]
    assert (verdict == "equivalent") == (p_value < 0.025)


def test_the_corrected_resampled_t_against_the_formula():
    from scipy.stats import t, ttest_1samp

    differences = np.random.default_rng(0).normal(0.02, 0.03, size=30)
    folds = FoldDifferences(
        differences=differences, tested=np.full(30, 10), trained=np.full(30, 90)
    )
    error = np.sqrt(differences.var(ddof=1) * (1 / 30 + 1 / 9))
    expected = 2 * t.sf(abs(differences.mean()) / error, df=29)
    assert corrected_resampled_t(folds).p_value == pytest.approx(expected)
    posterior = t(df=29, loc=differences.mean(), scale=error)
    found = bayesian_resampled_t(folds, rope=0.01)
    assert found.left == pytest.approx(posterior.cdf(-0.01))
    assert found.right == pytest.approx(posterior.sf(0.01))
    naive = differences.mean() / folds.standard_error(corrected=False)
    assert naive == pytest.approx(ttest_1samp(differences, 0).statistic)


def test_a_paired_bootstrap_against_a_slow_loop_on_the_same_draws(monkeypatch):
    from sklearn.metrics import f1_score

    from fieldmark.comparison import paired_bootstrap
    from fieldmark.comparison.paired_bootstrap import bootstrapped_difference
    from fieldmark.core.randomness import generator_for
    from fieldmark.evaluation.resampling import draw_weights

    rng = np.random.default_rng(0)
    truth, a, b = rng.integers(3, size=(3, 30))
    units = units_of(None, n=30)
    of_a, of_b = (class_metrics_of(truth, one, units) for one in (a, b))
    # The draws as they are, not spread out to the error of the jackknife.
    monkeypatch.setattr(paired_bootstrap, "JACKKNIFED_UNITS", 0)
    found = bootstrapped_difference(
        lambda weights: of_a(weights)[1:2], lambda weights: of_b(weights)[1:2], units, resamples=200
    )
    loop = []
    for weights in draw_weights(units, 200, generator_for("paired bootstrap", 0)):
        for column in weights.T:
            rows = np.repeat(np.arange(30), column.astype(int))
            over = {"labels": np.unique(truth[rows]), "average": "macro", "zero_division": 0}
            scores = [f1_score(truth[rows], one[rows], **over) for one in (a, b)]
            loop.append(scores[0] - scores[1])
    assert found.standard_error == pytest.approx(np.std(loop), abs=1e-9)
