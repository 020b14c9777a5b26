from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from fieldmark.synthetic.score_tables import (
    draw_logits,
    draw_scores,
    expected_accuracy,
    separation_for,
)


def test_rows_sum_to_one() -> None:
    scores = draw_scores(np.random.default_rng(0), np.array([0, 2, 1]), classes=3, accuracy=0.9)
    assert scores.shape == (3, 3)
    assert scores.sum(axis=1) == pytest.approx(1)


def test_no_items_have_no_scores() -> None:
    truth = np.array([], dtype=np.int64)
    assert draw_scores(np.random.default_rng(0), truth, classes=4, accuracy=0.5).shape == (0, 4)


def test_logits_are_logarithms_of_the_scores() -> None:
    truth = np.arange(50) % 5
    logits = draw_logits(np.random.default_rng(1), truth, classes=5, accuracy=0.7)
    scores = draw_scores(np.random.default_rng(1), truth, classes=5, accuracy=0.7)
    assert np.allclose(np.exp(logits), scores)
    cool = draw_scores(np.random.default_rng(1), truth, classes=5, accuracy=0.7, temperature=0.5)
    assert np.allclose(cool, softmax(2 * logits, axis=1))
    assert (cool.argmax(axis=1) == scores.argmax(axis=1)).all()


@pytest.mark.parametrize(
    ("separation", "classes", "accuracy"),
    [
        (1.35, 2, 0.830),
        (1.35, 5, 0.607),
        (1.35, 27, 0.288),
        (2.0, 2, 0.921),
        (2.0, 10, 0.674),
        (0.0, 4, 0.25),
    ],
)
def test_accuracy_is_that_of_published_tables(
    separation: float, classes: int, accuracy: float
) -> None:
    assert expected_accuracy(separation, classes=classes) == pytest.approx(accuracy, abs=6e-4)


@pytest.mark.parametrize(("accuracy", "classes"), [(0.3, 4), (0.6, 2), (0.9, 50), (0.9999, 3000)])
def test_separation_is_the_inverse_of_accuracy(accuracy: float, classes: int) -> None:
    separation = separation_for(accuracy, classes=classes)
    assert expected_accuracy(separation, classes=classes) == pytest.approx(accuracy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": 1}, "at least 2 classes and an accuracy above chance and below 1; got 1"),
        ({"accuracy": 0.25}, "above chance and below 1; got 4 classes and 0.25"),
        ({"accuracy": 1.0}, "above chance and below 1"),
        ({"temperature": 0.0}, "a temperature above 0; got 0.0"),
        ({"truth": np.array([4])}, "positions from 0 to 3; one lies outside"),
        ({"truth": np.array([-1])}, "positions from 0 to 3; one lies outside"),
    ],
)
def test_bad_numbers_are_refused(changes: dict[str, Any], message: str) -> None:
    options: dict[str, Any] = {"truth": np.array([0]), "classes": 4, "accuracy": 0.5}
    with pytest.raises(ValueError, match=message):
        draw_scores(np.random.default_rng(0), **(options | changes))


@pytest.mark.parametrize(("separation", "classes"), [(-1.0, 3), (float("nan"), 3), (1.0, 1)])
def test_bad_separations_are_refused(separation: float, classes: int) -> None:
    with pytest.raises(ValueError, match="at least 2 classes and a separation of at least 0"):
        expected_accuracy(separation, classes=classes)
