import json
from dataclasses import replace

import numpy as np
import pytest

from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.decision.calibrators import (
    KINDS,
    Calibrator,
    calibrate,
    calibrator_from_dict,
    fit_calibrator,
    was_fitted_on,
)
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions


def log_loss(predictions: Predictions) -> float:
    logs = summarise(predictions).truth_log_probability
    assert logs is not None
    return float(-np.maximum(logs, np.log(1e-12)).mean())


def with_seed(predictions: Predictions, seed: int) -> Predictions:
    return replace(predictions, header=predictions.header.model_copy(update={"seed": seed}))


@pytest.mark.parametrize("kind", KINDS)
def test_calibrating_helps_on_other_items(kind, fungi):
    fit, other = fungi("calibration", 1500, 1, sharpness=3.0), fungi("test", 1500, 2, sharpness=3.0)
    calibrated = calibrate(other, fit_calibrator(fit, kind=kind))
    assert calibrated.header.score_kind is ScoreKind.PROBABILITIES
    assert log_loss(calibrated) < 0.8 * log_loss(other)
    assert np.allclose(np.asarray(calibrated.scores).sum(axis=1), 1.0)


def test_the_temperature_that_made_the_scores_is_found(fungi):
    found = fit_calibrator(fungi("calibration", 4000, 3, sharpness=2.5), kind="temperature")
    assert found.temperature == found.parameters["temperature"][0] == pytest.approx(2.5, rel=0.05)


def test_probabilities_and_logits_of_them_give_the_same_calibration(cherries):
    logits, shares = cherries("c", 500), cherries("c", 500, kind="probabilities")
    for kind in KINDS:
        by_logits = calibrate(logits, fit_calibrator(logits, kind=kind)).scores
        by_shares = calibrate(shares, fit_calibrator(shares, kind=kind)).scores
        assert np.allclose(by_logits, by_shares, atol=1e-6)


def test_the_curve_of_two_classes_is_monotone(cherries):
    fit = cherries("c", 800, sharpness=2.0)
    for kind in ("isotonic", "beta", "temperature"):
        calibrated = np.asarray(calibrate(fit, fit_calibrator(fit, kind=kind)).scores)[:, 1]
        order = np.argsort(np.asarray(fit.scores)[:, 1])
        assert (np.diff(calibrated[order]) >= -1e-12).all()


def test_similarities_are_calibrated_by_temperature(table):
    rng = np.random.default_rng(0)
    label = rng.integers(3, size=600)
    scores = rng.normal(0.2, 0.05, size=(600, 3))
    scores[np.arange(600), label] += 0.1
    similar = table(scores, [("a", "b", "c")[one] for one in label], kind="similarities")
    found = fit_calibrator(similar, kind="temperature")
    assert found.parameters["temperature"][0] < 0.1
    assert calibrate(similar, found).header.score_kind is ScoreKind.PROBABILITIES
    with pytest.raises(PredictionsError, match="Expected probabilities or logits for a calibrator"):
        fit_calibrator(similar, kind="isotonic")


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_without_items_and_unknown_labels_do_no_harm(kind, table):
    scores = np.tile([[0.6, 0.3, 0.1]], (40, 1)) + np.linspace(-0.05, 0.05, 40)[:, None] * [
        1,
        -1,
        0,
    ]
    labels = ["a" if row % 3 else "b" for row in range(39)] + ["stranger"]
    fit = table(scores, labels)
    found = fit_calibrator(fit, kind=kind)
    assert found.n == 39
    assert np.isfinite(np.asarray(calibrate(fit, found).scores)).all()


def test_rows_without_any_probability_become_even(table):
    scores = [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]]
    found = fit_calibrator(table(scores, ["b", "b", "a", "a"]), kind="isotonic")
    assert np.allclose(calibrate(table(scores, ["a"] * 4), found).scores, 0.5)


def test_it_remembers_what_it_was_fitted_on_and_says_so(cherries):
    fit, other = cherries("calibration", 200), cherries("test", 100)
    found = fit_calibrator(fit, kind="temperature")
    assert found.fitted_on == "calibration"
    assert was_fitted_on(found, fit)
    assert not was_fitted_on(found, other)
    assert calibrate(fit, found).header.provenance["calibrated_on_these_items"] is True
    assert calibrate(other, found).header.provenance["calibrated_on_these_items"] is False
    assert "fitted on 200 items of 'calibration'" in found.sentence()


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_json(kind, cherries):
    found = fit_calibrator(cherries("calibration", 200), kind=kind)
    again = calibrator_from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert again.digest == found.digest
    other = cherries("test", 50)
    assert calibrate(other, again) == calibrate(other, found)


def test_evaluation_takes_calibrated_predictions(cherries):
    fit = cherries("calibration", 300, sharpness=3.0)
    other = cherries("test", 300, sharpness=3.0)
    calibrated = calibrate(other, fit_calibrator(fit, kind="temperature"))
    before, after = (
        evaluate_predictions(one, resamples=10).estimate("log_loss") for one in (other, calibrated)
    )
    assert after.value < before.value


def test_refusals(cherries, table):
    fit = cherries("calibration", 50)
    found = fit_calibrator(fit, kind="temperature")
    with pytest.raises(PredictionsError, match="Unknown calibrator 'temperatur'; did you mean"):
        fit_calibrator(fit, kind="temperatur")
    with pytest.raises(PredictionsError, match="Unknown calibrator 'plat'"):
        Calibrator(**{**found.to_dict(), "kind": "plat"})
    with pytest.raises(PredictionsError, match="at least two classes and one item"):
        fit_calibrator(table([[0.5, 0.5]], ["stranger"]), kind="beta")
    with pytest.raises(NotComparableError, match="contender: other against probe"):
        calibrate(cherries("test", 20, contender="other"), found)
    with pytest.raises(NotComparableError, match="seed: 1 against None"):
        calibrate(with_seed(cherries("test", 20), 1), found)
    with pytest.raises(NotComparableError, match="classes: 3 against 2"):
        calibrate(table([[0.2, 0.3, 0.5]], ["a"]), found)
    with pytest.raises(NotComparableError, match="were calibrated already, by temperature"):
        calibrate(calibrate(fit, found), found)
    with pytest.raises(PredictionsError, match="This is not a stored calibrator"):
        calibrator_from_dict({"kind": "beta"})
