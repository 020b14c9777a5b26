"""The sweep against scikit-learn, weight by weight and temperature by temperature."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    top_k_accuracy_score,
)

from fieldmark.decision.fusion_choice import sweep_grid
from fieldmark.evaluation.complementarity import complementarity
from fieldmark.evaluation.resampling import units_of
from fieldmark.predictions.fusion import linear_pool, log_linear_pool, sharpened


@pytest.mark.parametrize("log", [False, True])
def test_the_grid_equals_scikit_learn(log: bool) -> None:
    rng = np.random.default_rng(5)
    classes, n = 9, 240
    truth = np.concatenate([np.arange(classes), rng.integers(classes, size=n - classes)])
    first, second = rng.dirichlet(np.ones(classes), (2, n))
    first[np.arange(n), truth] += 0.3
    first /= first.sum(axis=1, keepdims=True)
    weights, temperatures = np.linspace(0, 1, 7), np.array([0.5, 1.0, 3.0])
    grid = sweep_grid(first, second, truth, temperatures, log=log, weights=weights)
    pool = log_linear_pool if log else linear_pool
    for row, temperature in enumerate(temperatures):
        for column, weight in enumerate(weights):
            fused = pool(first, sharpened(second, temperature), weight)
            answers = fused.argmax(axis=1)
            expected = {
                "accuracy": accuracy_score(truth, answers),
                "top_5_accuracy": top_k_accuracy_score(
                    truth, fused, k=5, labels=np.arange(classes)
                ),
                "balanced_accuracy": balanced_accuracy_score(truth, answers),
                "macro_f1": f1_score(truth, answers, average="macro"),
            }
            for metric, value in expected.items():
                assert grid.values[metric][row, column] == pytest.approx(value, abs=1e-12)


def test_kappa_equals_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    truth, one, two = rng.integers(4, size=(3, 500))
    two = np.where(rng.random(500) < 0.4, one, two)
    found = complementarity(
        ("a", "b"), (one, two), (one == truth, two == truth), units_of(None, n=500), resamples=100
    )
    assert found.agreement_kappa.value == pytest.approx(cohen_kappa_score(one, two), abs=1e-12)
    assert found.error_kappa.value == pytest.approx(
        cohen_kappa_score(one == truth, two == truth), abs=1e-12
    )
