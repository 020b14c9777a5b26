"""Calibrators and risk control against scikit-learn, MAPIE and slow loops."""

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize

from fieldmark.decision.backoff import THRESHOLDS
from fieldmark.decision.calibrators import calibrate, fit_calibrator
from fieldmark.decision.fixed_sequence import fixed_sequence
from fieldmark.decision.log_scores import log_softmax
from fieldmark.decision.outcome_curves import fit_beta, fit_isotonic, fit_logistic
from fieldmark.decision.risk_control import lowest_controlled
from fieldmark.decision.scaling import fit_temperature
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.table import Predictions, PredictionsHeader

calibration = pytest.importorskip("sklearn.calibration")


@pytest.fixture(scope="module")
def scores():
    """Return sharpened logits of 2,000 items over five classes, and their labels."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2000, 5)) * 2
    shares = np.exp(log_softmax(logits))
    truth = (shares.cumsum(axis=1) > rng.random((2000, 1))).argmax(axis=1)
    return logits * 2.5, truth


def predictions_of(logits, truth) -> Predictions:
    names = tuple("abcde")[: logits.shape[1]]
    return Predictions(
        PredictionsHeader(score_kind="logits", contender="probe"),
        pl.DataFrame(
            {"id": [f"{i}" for i in range(len(truth))], "label": [names[one] for one in truth]}
        ),
        LabelSpace(names),
        logits,
    )


def scikit_learn(logits, truth, method):
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.frozen import FrozenEstimator

    class Given(ClassifierMixin, BaseEstimator):
        """A classifier whose features are its scores."""

        def __init__(self):
            self.classes_ = np.arange(logits.shape[1])

        def fit(self, x, y):
            return self

        def predict(self, x):
            return np.asarray(x).argmax(axis=1)

        def decision_function(self, x):
            return np.exp(log_softmax(x)) if method == "isotonic" else x

    found = calibration.CalibratedClassifierCV(FrozenEstimator(Given()), method=method)
    return found.fit(logits, truth).predict_proba(logits)


@pytest.mark.parametrize("kind", ["temperature", "isotonic"])
def test_calibrated_probabilities_equal_scikit_learn(kind, scores):
    table = predictions_of(*scores)
    ours = calibrate(table, fit_calibrator(table, kind=kind)).scores
    assert np.allclose(ours, scikit_learn(*scores, kind), atol=1e-4)


def test_the_temperature_is_a_minimum_by_another_search(scores):
    logits, truth = scores
    rows = np.arange(len(truth))

    def loss(log_temperature):
        return -log_softmax(logits / np.exp(log_temperature))[rows, truth].mean()

    found = minimize(loss, 0.0, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13})
    assert fit_temperature(logits, truth) == pytest.approx(float(np.exp(found.x[0])), rel=1e-5)


def test_one_curve_equals_scikit_learn():
    from sklearn.isotonic import IsotonicRegression

    rng = np.random.default_rng(1)
    x = np.round(rng.random(400), 2)
    y = rng.random(400) < x**2
    asked = np.linspace(-0.5, 1.5, 301)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(x, y).predict(asked)
    assert np.allclose(fit_isotonic(x, y).at(asked), theirs, atol=1e-12)


def test_beta_and_logistic_equal_an_unpenalised_regression():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    p = rng.uniform(0.02, 0.98, 20_000)
    y = rng.random(20_000) < p**2
    features = np.stack([np.log(p), -np.log1p(-p)], axis=1)
    free = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(features, y)
    assert fit_beta(p, y) == pytest.approx((*free.coef_[0], free.intercept_[0]), abs=2e-3)
    one = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(p[:, None], y)
    assert fit_logistic(p, y) == pytest.approx((one.coef_[0, 0], one.intercept_[0]), abs=2e-3)


def test_risk_control_equals_mapie():
    mapie = pytest.importorskip("mapie.risk_control.methods")
    rng = np.random.default_rng(3)
    settings = np.linspace(0, 1, 401)
    for limit in (0.07, 0.133, 0.31):
        critical = rng.choice(settings, size=150)
        losses = (critical[:, None] > settings).astype(float)
        _, bound = mapie.get_r_hat_plus(losses, settings, "crc", None, None, None)
        theirs = mapie.find_best_predict_param(settings, bound, np.array([limit]))[0]
        assert lowest_controlled(critical, np.ones(150), units=150, limit=limit) == theirs


def test_a_fixed_sequence_equals_mapie():
    fwer = pytest.importorskip("mapie.risk_control.fwer_control")
    from scipy.stats import binom

    rng = np.random.default_rng(4)
    for starts in (1, 4, 10):
        for _ in range(30):
            counted = np.sort(rng.integers(50, 400, size=len(THRESHOLDS)))
            wrong = rng.binomial(counted, np.linspace(0, 0.12, len(THRESHOLDS)))
            ours = fixed_sequence(wrong, counted, limit=0.08, confidence=0.9, starts=starts)
            p_values = binom.cdf(wrong, counted, 0.08)
            slow = [
                place
                for start in np.linspace(0, len(wrong), starts, endpoint=False).astype(int)
                for place in range(start, len(wrong))
                if (p_values[start : place + 1] <= 0.1 / starts).all()
            ]
            assert ours == (max(slow) if slow else None)
            if starts == 1:
                theirs = fwer.FWERFixedSequenceTesting(n_starts=1).run(p_values, 0.1)
                assert ours == (theirs.max() if len(theirs) else None)
