from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

from fieldmark.core.errors import StudyError
from fieldmark.heads.softmax_regression import Epoch, LinearSettings, train_epochs

RANDOM = np.random.default_rng(3)
INPUTS = RANDOM.normal(size=(10, 4)).astype(np.float32)
TARGETS = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])


def run(seed: int = 0, **settings: Any) -> list[Epoch]:
    chosen = LinearSettings(**({"epochs": 3, "batch_size": 4} | settings))
    return list(train_epochs(INPUTS, TARGETS, n_classes=3, seed=seed, settings=chosen))


def test_every_epoch_is_yielded_with_its_shapes() -> None:
    epochs = run()
    assert [epoch.number for epoch in epochs] == [1, 2, 3]
    assert epochs[0].weights.shape == (3, 4)
    assert epochs[0].bias.shape == (3,)
    assert epochs[0].weights.dtype == epochs[0].bias.dtype == np.float32


def test_earlier_epochs_keep_their_weights() -> None:
    generator = train_epochs(
        INPUTS, TARGETS, n_classes=3, seed=0, settings=LinearSettings(epochs=2)
    )
    first = next(generator)
    before = first.weights.copy()
    second = next(generator)
    assert np.array_equal(first.weights, before)
    assert not np.array_equal(second.weights, before)


def test_the_loss_falls_and_starts_near_the_uniform_one() -> None:
    epochs = run(epochs=40, learning_rate=0.05, weight_decay=0.0)
    assert epochs[0].first_loss == pytest.approx(np.log(3), abs=0.02)
    assert epochs[-1].loss < 0.7 * epochs[0].loss


def slow_training(weights: np.ndarray, steps: int, rate: float, decay: float) -> np.ndarray:
    """AdamW on the whole set with a falling rate, written out in float64, without the bias."""
    momentum = variance = np.zeros_like(weights)
    bias, bias_momentum, bias_variance = (np.zeros(len(weights)) for _ in range(3))
    for step in range(1, steps + 1):
        now = rate * (1 + np.cos(np.pi * (step - 1) / steps)) / 2
        logits = INPUTS.astype(np.float64) @ weights.T + bias
        errors = (np.exp(log_softmax(logits, axis=1)) - np.eye(3)[TARGETS]) / len(INPUTS)
        gradient, bias_gradient = errors.T @ INPUTS, errors.sum(axis=0)
        momentum = 0.9 * momentum + 0.1 * gradient
        variance = 0.999 * variance + 0.001 * gradient**2
        bias_momentum = 0.9 * bias_momentum + 0.1 * bias_gradient
        bias_variance = 0.999 * bias_variance + 0.001 * bias_gradient**2
        first, second = 1 - 0.9**step, 1 - 0.999**step
        move = (momentum / first) / (np.sqrt(variance / second) + 1e-8)
        bias_move = (bias_momentum / first) / (np.sqrt(bias_variance / second) + 1e-8)
        weights = weights * (1 - now * decay) - now * move
        bias = bias * (1 - now * decay) - now * bias_move
    return weights


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_full_batches_equal_the_slow_formula(steps: int) -> None:
    rate, decay = 0.05, 0.5
    start = run(epochs=1, batch_size=10, learning_rate=1e-30, weight_decay=0.0)[0].weights
    found = run(epochs=steps, batch_size=10, learning_rate=rate, weight_decay=decay)[-1].weights
    expected = slow_training(start.astype(np.float64), steps, rate, decay)
    assert found == pytest.approx(expected, abs=1e-5)
    assert np.abs(found - start).max() > 0.9 * rate


def test_the_seed_decides_and_global_state_does_not() -> None:
    import torch

    torch.manual_seed(1)
    one = run(seed=5)
    before = torch.random.get_rng_state()
    torch.manual_seed(2)
    torch.rand(3)
    two = run(seed=5)
    assert np.array_equal(one[-1].weights, two[-1].weights)
    torch.manual_seed(1)
    run(seed=5)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not np.array_equal(one[-1].weights, run(seed=6)[-1].weights)


def test_the_number_of_threads_changes_no_value_and_is_given_back() -> None:
    import torch

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        two = run()
        assert torch.get_num_threads() == 2
        torch.set_num_threads(1)
        assert np.array_equal(run()[-1].weights, two[-1].weights)
    finally:
        torch.set_num_threads(before)


def test_threads_are_given_back_between_epochs_and_after_a_failure() -> None:
    import torch

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        epochs = train_epochs(INPUTS, TARGETS, n_classes=3, seed=0, settings=LinearSettings())
        next(epochs)
        assert torch.get_num_threads() == 2
        with pytest.raises(StudyError, match="diverged"):
            run(learning_rate=1e36, epochs=20)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_inputs_are_not_changed() -> None:
    inputs, targets = INPUTS.copy(), TARGETS.copy()
    run()
    assert np.array_equal(INPUTS, inputs)
    assert np.array_equal(TARGETS, targets)


def test_a_loss_that_is_not_finite_is_refused() -> None:
    message = r"diverged: the loss is (nan|inf) in epoch \d+ at a learning rate of 1e\+36\. Write"
    with pytest.raises(StudyError, match=message):
        run(learning_rate=1e36, epochs=20)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("learning_rate", 0.0),
        ("weight_decay", -1.0),
        ("batch_size", "32"),
        ("patience", 0),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(StudyError, match=f"The head setting '{name}' must be a"):
        LinearSettings(**{name: value})
