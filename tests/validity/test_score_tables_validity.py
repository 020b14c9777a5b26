import numpy as np
import pytest

from fieldmark.synthetic.score_tables import draw_scores

pytestmark = pytest.mark.validity
ITEMS = 60_000


@pytest.mark.parametrize(("classes", "accuracy"), [(2, 0.8), (10, 0.6), (40, 0.9)])
def test_the_stated_accuracy_is_met(classes: int, accuracy: float) -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(classes, size=ITEMS)
    scores = draw_scores(generator, truth, classes=classes, accuracy=accuracy)
    error = 4 * np.sqrt(accuracy * (1 - accuracy) / ITEMS)
    assert (scores.argmax(axis=1) == truth).mean() == pytest.approx(accuracy, abs=error)


@pytest.mark.parametrize(("temperature", "calibrated"), [(1.0, True), (0.5, False), (2.0, False)])
def test_probabilities_are_calibrated_at_temperature_one_alone(
    temperature: float, calibrated: bool
) -> None:
    generator = np.random.default_rng(1)
    truth = generator.integers(5, size=ITEMS)
    scores = draw_scores(generator, truth, classes=5, accuracy=0.7, temperature=temperature)
    top = scores.max(axis=1)
    right = scores.argmax(axis=1) == truth
    worst = 0.0
    for low in np.arange(0.3, 1.0, 0.1):
        held = (top >= low) & (top < low + 0.1)
        if held.sum() > 500:
            error = np.sqrt(0.25 / held.sum())
            worst = max(worst, abs(right[held].mean() - top[held].mean()) / error)
    assert (worst < 4) == calibrated
