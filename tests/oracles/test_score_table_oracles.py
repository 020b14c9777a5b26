import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import softmax
from scipy.stats import multivariate_normal, norm

from fieldmark.synthetic.score_tables import draw_logits, expected_accuracy, separation_for


@pytest.mark.parametrize("classes", [2, 7, 90, 2829])
@pytest.mark.parametrize("separation", [0.3, 2.0, 4.5])
def test_accuracy_equals_adaptive_integration(separation: float, classes: int) -> None:
    value, _ = quad(
        lambda u: norm.pdf(u - separation) * norm.cdf(u) ** (classes - 1), -12, 16, limit=200
    )
    assert expected_accuracy(separation, classes=classes) == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("separation", [0.1, 1.0, 3.0])
def test_two_classes_have_a_closed_form(separation: float) -> None:
    closed = norm.cdf(separation / np.sqrt(2))
    assert expected_accuracy(separation, classes=2) == pytest.approx(closed, abs=1e-12)


def test_logits_equal_bayes_theorem_written_out() -> None:
    truth = np.array([0, 1, 2, 2])
    logits = draw_logits(np.random.default_rng(5), truth, classes=3, accuracy=0.7)
    separation = separation_for(0.7, classes=3)
    seen = np.random.default_rng(5).standard_normal((4, 3)) + separation * np.eye(3)[truth]
    for row, point in zip(logits, seen, strict=True):
        likelihood = [
            multivariate_normal.pdf(point, mean=separation * np.eye(3)[k], cov=np.eye(3))
            for k in range(3)
        ]
        assert softmax(row) == pytest.approx(likelihood / np.sum(likelihood))


def test_separation_equals_a_fine_search() -> None:
    grid = np.linspace(0, 5, 5001)
    reached = np.array([expected_accuracy(step, classes=12) for step in grid])
    slow = grid[np.searchsorted(reached, 0.8)]
    assert separation_for(0.8, classes=12) == pytest.approx(slow, abs=1e-3)
