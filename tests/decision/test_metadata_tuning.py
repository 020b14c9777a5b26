import numpy as np
import pytest
from scipy.optimize import approx_fprime

from fieldmark.decision.metadata_tuning import (
    MetadataCounts,
    TuningItems,
    _loss_and_slope,
    log_losses,
    tune,
)


def drawn(seed: int = 0, n: int = 400) -> tuple[TuningItems, MetadataCounts]:
    """Return items whose first column says something about the class, and the second nothing."""
    rng = np.random.default_rng(seed)
    told = rng.dirichlet(np.ones(3), size=5)
    truth, training = rng.integers(5, size=n), rng.integers(5, size=4 * n)
    values = np.array([rng.choice(3, p=told[y]) for y in truth])
    seen = np.array([rng.choice(3, p=told[y]) for y in training])
    noise = rng.integers(2, size=(2, 4 * n))
    by_value = [np.zeros((3, 5), dtype=np.int64), np.zeros((2, 5), dtype=np.int64)]
    np.add.at(by_value[0], (seen, training), 1)
    np.add.at(by_value[1], (noise[0], training), 1)
    counts = MetadataCounts(tuple(by_value), np.bincount(training, minlength=5))
    scores = rng.normal(size=(n, 5))
    scores[np.arange(n), truth] += 1.0
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return TuningItems(logs, truth, np.stack([values, noise[1][:n]])), counts


def test_what_says_something_gets_weight_and_what_says_nothing_changes_nothing() -> None:
    items, counts = drawn()
    weights, shrinkage = tune(items, counts)
    assert weights[0] == pytest.approx(1.0, abs=0.35)
    assert shrinkage > 0
    without = log_losses(items, counts, (0.0, 0.0), shrinkage).mean()
    assert log_losses(items, counts, weights, shrinkage).mean() < without - 0.05


def test_the_slope_is_that_of_the_loss() -> None:
    items, counts = drawn(n=60)
    for at in (np.array([0.5, 0.5, 2.3]), np.array([1.4, 0.1, -1.0])):
        slope = approx_fprime(at, lambda x: _loss_and_slope(items, counts, x)[0], 1e-7)
        assert _loss_and_slope(items, counts, at)[1] == pytest.approx(slope, abs=1e-5)


def test_tuning_finds_what_a_grid_finds() -> None:
    items, counts = drawn(n=150)
    weights, shrinkage = tune(items, counts)
    best = log_losses(items, counts, weights, shrinkage).mean()
    grid = [
        log_losses(items, counts, (first, second), a).mean()
        for first in np.linspace(0, 2, 9)
        for second in np.linspace(0, 2, 9)
        for a in (0.1, 1, 10, 100, 1000)
    ]
    assert best <= min(grid) + 1e-6


def test_a_class_without_training_items_counts_as_half_an_item() -> None:
    counts = MetadataCounts((np.array([[2, 0], [0, 0]]),), np.array([4, 0]))
    assert counts.prior.tolist() == [4 / 4.5, 0.5 / 4.5]
    ratios = counts.log_ratios(2.0)[0]
    assert np.exp(ratios[0]).round(6).tolist() == [round((2 + 2 * 8 / 9) / 4 / (8 / 9), 6), 0.5]
    assert ratios[1].tolist() == pytest.approx([0.0, 0.0])
    assert ratios[2].tolist() == [0.0, 0.0]


def test_blocks_give_what_one_piece_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    items, counts = drawn(n=50)
    whole = log_losses(items, counts, (0.7, 0.2), 3.0)
    monkeypatch.setattr("fieldmark.decision.metadata_tuning._BLOCK_ENTRIES", 35)
    assert log_losses(items, counts, (0.7, 0.2), 3.0) == pytest.approx(whole)
