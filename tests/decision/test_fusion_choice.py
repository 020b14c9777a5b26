"""The cell that is chosen, and how sure that choice is."""

import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.fusion_choice import (
    Sources,
    SweepGrid,
    choose_cell,
    contributions,
    plateau_of,
    sweep_grid,
)
from fieldmark.evaluation.resampling import units_of
from fieldmark.synthetic.score_tables import draw_scores


def sources(n: int, accuracy: tuple[float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return two calibrated sources with their own noise, and the truth."""
    rng = np.random.default_rng(0)
    truth = np.arange(n) % 6
    first, second = (draw_scores(rng, truth, classes=6, accuracy=share) for share in accuracy)
    return first, second, truth


def test_of_equal_cells_the_middle_one_nearest_to_temperature_one_is_taken() -> None:
    values = np.array([[0.5, 0.9, 0.9, 0.9, 0.1], [0.5, 0.9, 0.2, 0.1, 0.1], [0.9] * 5])
    grid = SweepGrid(np.linspace(0, 1, 5), np.array([0.25, 1.0, 8.0]), {"accuracy": values}, 10_000)
    chosen = choose_cell(grid, "accuracy")
    assert (chosen.weight, chosen.temperature, chosen.value) == (0.25, 1.0, 0.9)


def test_two_equal_sources_share_the_weight() -> None:
    first, second, truth = sources(3000, (0.6, 0.6))
    chosen = choose_cell(sweep_grid(first, second, truth, np.array([1.0])), "accuracy")
    plateau = plateau_of(
        Sources(first, second, truth), chosen, units_of(None, n=len(truth)), metric="accuracy"
    )
    assert 0.3 < chosen.weight < 0.7
    assert plateau.low <= chosen.weight <= plateau.high
    assert plateau.weight_low <= chosen.weight <= plateau.weight_high
    assert not plateau.is_flat


def test_a_source_against_itself_is_flat() -> None:
    first, _, truth = sources(300, (0.6, 0.6))
    chosen = choose_cell(sweep_grid(first, first, truth, np.array([1.0])), "accuracy")
    plateau = plateau_of(
        Sources(first, first, truth), chosen, units_of(None, n=len(truth)), metric="accuracy"
    )
    assert plateau.is_flat
    assert (plateau.low, plateau.high) == (0.0, 1.0)


def test_contributions_average_to_the_metric() -> None:
    places, truth = np.array([1, 2, 1, 7]), np.array([0, 0, 0, 1])
    means = {
        metric: contributions(places, truth, metric, classes=3).mean()
        for metric in ("accuracy", "top_5_accuracy", "balanced_accuracy")
    }
    assert means == pytest.approx(
        {"accuracy": 0.5, "top_5_accuracy": 0.75, "balanced_accuracy": 1 / 3}
    )


def test_metrics_that_are_no_mean_over_items_cannot_choose() -> None:
    first, second, truth = sources(60, (0.6, 0.6))
    with pytest.raises(DecisionError, match="'macro_f1'"):
        choose_cell(sweep_grid(first, second, truth), "macro_f1")
    with pytest.raises(DecisionError, match="'macro_f1'"):
        contributions(np.array([1]), np.array([0]), "macro_f1", classes=2)
