"""Choosing the best of nine: what it does to a test, and how much too good the best one looks."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from fieldmark.comparison.families import holm
from fieldmark.comparison.mcnemar import mcnemar_exact
from fieldmark.comparison.optimism import (
    bootstrap_optimism,
    expected_optimism,
    mean_correlation,
)
from fieldmark.evaluation.resampling import draw_weights, units_of

pytestmark = pytest.mark.validity

STUDIES, ITEMS, CANDIDATES = 1000, 300, 9
SLACK = binom.ppf(0.999, STUDIES, 0.05) / STUDIES
UNITS = units_of(None, n=ITEMS)


def right_answers(study, count, *, skills=0.0):
    """Return who answers what rightly, bool (count, items); hard items are hard for all."""
    rng = np.random.default_rng([7, study])
    hard = 1.5 * rng.normal(size=ITEMS)
    return rng.random((count, ITEMS)) < expit(1.0 + hard + np.reshape(skills, (-1, 1)))


def p_value(a, b):
    return mcnemar_exact(int((a & ~b).sum()), int((~a & b).sum()))


@pytest.fixture(scope="module")
def families():
    """Return per study the p-values of nine equal challengers, and which scored best."""
    found = []
    for study in range(STUDIES):
        reference, *others = right_answers(study, CANDIDATES + 1)
        scores = [one.mean() - reference.mean() for one in others]
        found.append(([p_value(one, reference) for one in others], int(np.argmax(scores))))
    return found


def test_the_best_of_nine_tested_alone_is_called_different_too_often(families):
    assert np.mean([p[best] < 0.05 for p, best in families]) > SLACK


def test_the_best_of_nine_divided_by_nine_keeps_its_level(families):
    assert np.mean([CANDIDATES * p[best] < 0.05 for p, best in families]) <= SLACK


def test_holm_over_nine_keeps_the_level_of_the_family(families):
    assert np.mean([min(holm(p)) < 0.05 for p, _ in families]) <= SLACK


def optimism(skills):
    """Return the true optimism of the best, and the means of three estimates of it."""
    easy = 1.5 * np.random.default_rng(0).normal(size=200_000)
    truth = np.array([expit(1.0 + easy + skill).mean() for skill in np.broadcast_to(skills, 9)])
    true, found = [], []
    for study in range(STUDIES):
        right = right_answers(study, CANDIDATES, skills=skills).astype(float)
        values = right.mean(axis=1)
        rng = np.random.default_rng([9, study])
        weights = np.concatenate(list(draw_weights(UNITS, 200, rng)), axis=1)
        draws = right @ weights / ITEMS
        error = float(np.sqrt(draws.var(axis=1).mean()))
        best = int(values.argmax())
        true.append(values[best] - truth[best])
        found.append(
            (
                bootstrap_optimism(values, draws),
                expected_optimism(error, CANDIDATES, correlation=mean_correlation(draws)),
                expected_optimism(error, CANDIDATES),
            )
        )
    return float(np.mean(true)), np.mean(found, axis=0)


def test_the_optimism_of_equal_candidates_is_estimated_right():
    true, (bootstrap, formula, bound) = optimism(0.0)
    assert true > 0.01
    assert bootstrap == pytest.approx(true, rel=0.15)
    assert formula == pytest.approx(true, rel=0.15)
    assert bound > 1.1 * true


def test_the_optimism_of_unequal_candidates_is_smaller_and_seen_to_be():
    true, (bootstrap, formula, _) = optimism(np.linspace(-0.6, 0.6, CANDIDATES))
    assert bootstrap == pytest.approx(true, rel=0.3)
    assert formula > 1.3 * true
