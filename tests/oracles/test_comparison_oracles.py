"""Paired tests against statsmodels, SciPy and slow loops."""

import itertools

import numpy as np
import pytest

from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval, needed_items
from fieldmark.comparison.paired_tests import paired_difference, swapped_difference
from fieldmark.evaluation.averages import class_averages
from fieldmark.evaluation.resampling import Units, units_of


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
    averages = class_averages(np.tile(truth, 2), np.concatenate([a, b]), doubled)
    found = swapped_difference(lambda weights: averages(weights)[1:2], units)
    assert found.difference == pytest.approx(measured)
    assert found.p_value == pytest.approx(expected)
