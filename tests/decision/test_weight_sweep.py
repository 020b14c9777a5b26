"""All weights at once give what each weight gives by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.core.errors import PredictionsError
from fieldmark.decision.weight_sweep import sweep_values, sweep_weights

GRID = np.linspace(0, 1, 101)


def slow(first: np.ndarray, second: np.ndarray, truth: np.ndarray, weight: float):  # type: ignore[no-untyped-def]
    """Return places and answers at one weight, computed in full."""
    fused = (1 - weight) * first + weight * second
    of_truth = fused[np.arange(len(truth)), truth][:, None]
    before = np.arange(fused.shape[1]) < truth[:, None]
    above = (fused > of_truth) | (fused == of_truth) & before
    return 1 + above.sum(axis=1), fused.argmax(axis=1)


@given(st.integers(2, 9), st.integers(1, 12), st.integers(0, 2**32))
def test_every_weight_equals_the_slow_way(classes: int, items: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.dirichlet(np.ones(classes), items), rng.dirichlet(np.ones(classes), items)
    truth = rng.integers(classes, size=items)
    sweep = sweep_weights(first, second, truth, GRID)
    for column in (0, 1, 37, 50, 99, 100):
        places, answers = slow(first, second, truth, GRID[column])
        assert sweep.places[:, column].tolist() == places.tolist()
        assert sweep.answers[:, column].tolist() == answers.tolist()


@given(st.integers(0, 2**32))
def test_ties_go_to_the_class_that_comes_first(seed: int) -> None:
    """Small whole numbers tie often, and quarters are exact."""
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 3, (2, 8, 4)).astype(float)
    truth = rng.integers(4, size=8)
    grid = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    sweep = sweep_weights(first, second, truth, grid)
    for column, weight in enumerate(grid):
        places, answers = slow(first, second, truth, weight)
        assert sweep.places[:, column].tolist() == places.tolist()
        assert sweep.answers[:, column].tolist() == answers.tolist()


def test_equal_sources_do_not_change_along_the_weight() -> None:
    scores = np.array([[0.2, 0.5, 0.3]])
    sweep = sweep_weights(scores, scores, np.array([2]), GRID)
    assert set(sweep.places[0]) == {2}
    assert set(sweep.answers[0]) == {1}


def test_top_5_is_left_out_where_it_says_nothing() -> None:
    sweep = sweep_weights(np.eye(5), np.eye(5), np.arange(5), GRID)
    assert "top_5_accuracy" not in sweep_values(sweep, np.arange(5), classes=5)


def test_wrong_input_is_refused() -> None:
    with pytest.raises(PredictionsError, match="same items and classes"):
        sweep_weights(np.eye(2), np.eye(3), np.arange(2), GRID)
    for grid in ([0.5, 0.2], [-0.1, 1.0], [0.0, 1.5], []):
        with pytest.raises(PredictionsError, match="rise from 0 to 1"):
            sweep_weights(np.eye(2), np.eye(2), np.arange(2), np.array(grid))
