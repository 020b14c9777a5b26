import numpy as np
import pytest

from fieldmark.decision.outcome_curves import beta_at, fit_beta, fit_isotonic, fit_logistic


def test_equal_scores_get_one_probability():
    curve = fit_isotonic(np.array([0.5, 0.5, 0.5, 0.9]), np.array([1, 0, 0, 1], bool))
    assert curve.at(np.array([0.5])) == pytest.approx([1 / 3])


def test_outside_its_knots_the_curve_is_level():
    curve = fit_isotonic(np.array([0.2, 0.8]), np.array([False, True]))
    assert curve.at(np.array([0.0, 0.5, 1.0])).tolist() == pytest.approx([0, 0.5, 1])


def test_one_score_or_one_outcome():
    assert fit_isotonic(np.array([0.3]), np.array([True])).at(np.array([0.9])).tolist() == [1.0]
    never = fit_isotonic(np.linspace(0, 1, 9), np.zeros(9, bool))
    assert never.scores.tolist() == [0.0, 1.0]


def test_beta_stays_the_identity_where_probabilities_are_honest():
    rng = np.random.default_rng(0)
    p = rng.random(40_000)
    a, b, c = fit_beta(p, rng.random(40_000) < p)
    assert (a, b, c) == pytest.approx((1, 1, 0), abs=0.1)


def test_beta_undoes_a_known_distortion():
    rng = np.random.default_rng(1)
    p = rng.random(40_000)
    true = beta_at(p, np.array(0.5), np.array(2.0), np.array(0.3))
    assert fit_beta(p, rng.random(40_000) < true) == pytest.approx((0.5, 2.0, 0.3), abs=0.1)


def test_beta_never_falls():
    rng = np.random.default_rng(2)
    p = rng.random(500)
    for outcome in (rng.random(500) < 1 - p, rng.random(500) < np.abs(2 * p - 1)):
        a, b, _ = fit_beta(p, outcome)
        assert a >= 0
        assert b >= 0


def test_beta_without_an_exception_is_finite():
    p = np.array([0.0, 0.1, 0.9, 1.0])
    assert np.isfinite(fit_beta(p, p > 0.5)).all()
    assert np.isfinite(fit_beta(p, np.ones(4, bool))).all()


def test_a_logistic_curve_never_falls_and_does_not_mind_the_scale():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=2000)
    outcome = rng.random(2000) < 1 / (1 + np.exp(-(2 * scores - 1)))
    assert fit_logistic(scores, outcome) == pytest.approx((2, -1), abs=0.2)
    slope, intercept = fit_logistic(1000 * scores + 7, outcome)
    assert slope * 1000 == pytest.approx(fit_logistic(scores, outcome)[0])
    assert intercept == pytest.approx(fit_logistic(scores, outcome)[1] - 7 * slope)
    assert fit_logistic(-scores, outcome)[0] == 0
    assert fit_logistic(np.full(10, 0.997), np.arange(10) < 3)[0] >= 0
