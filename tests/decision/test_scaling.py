import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.decision.log_scores import log_softmax
from fieldmark.decision.scaling import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    fit_temperature,
    fit_vector_scaling,
)


def test_the_temperature_is_where_the_log_loss_is_least():
    rng = np.random.default_rng(0)
    logits, truth = rng.normal(size=(300, 5)) * 4, rng.integers(5, size=300)
    found = fit_temperature(logits, truth)
    losses = [
        -log_softmax(logits / (found * factor))[np.arange(300), truth].mean()
        for factor in (0.98, 1.0, 1.02)
    ]
    assert losses[1] == min(losses)


def test_shifting_the_logits_changes_nothing():
    rng = np.random.default_rng(1)
    logits, truth = rng.normal(size=(100, 4)) * 3, rng.integers(4, size=100)
    shifted = logits + rng.normal(size=(100, 1)) * 50
    assert fit_temperature(shifted, truth) == pytest.approx(fit_temperature(logits, truth))


def test_without_a_mistake_and_without_information_the_bounds_hold():
    logits = np.eye(3)[np.arange(30) % 3]
    assert LOWEST_TEMPERATURE <= fit_temperature(logits, np.arange(30) % 3) < 0.05
    wrong = fit_temperature(logits, (np.arange(30) + 1) % 3)
    assert wrong == pytest.approx(HIGHEST_TEMPERATURE, rel=0.01)


def test_one_item_is_enough():
    assert np.isfinite(fit_temperature(np.array([[2.0, 1.0]]), np.array([1])))


def test_a_bias_of_one_class_is_found_and_rare_classes_stay_near_the_temperature():
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(4000, 3)) * 2
    shares = np.exp(log_softmax(logits))
    truth = (shares.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    logits[:, 1] += 1.5
    logits = np.concatenate([logits, np.full((4000, 1), -20.0)], axis=1)
    scale, bias = fit_vector_scaling(lambda: [(log_softmax(logits), truth)], classes=4)
    assert bias[1] - bias[0] == pytest.approx(-1.5, abs=0.2)
    assert scale[3] == pytest.approx(scale[:3].mean(), rel=0.35)


def test_refusals():
    with pytest.raises(PredictionsError, match=r"at least two classes and n labels"):
        fit_temperature(np.zeros((3, 1)), np.zeros(3, int))
    with pytest.raises(PredictionsError, match="n at least 1"):
        fit_temperature(np.zeros((0, 2)), np.zeros(0, int))
    with pytest.raises(PredictionsError, match="Expected labels from 0 to 1; got 0 to 2"):
        fit_temperature(np.zeros((2, 2)), np.array([0, 2]))
