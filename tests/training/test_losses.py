"""Losses against slow formulas, one image at a time, and against torch's own."""

import math

import numpy as np
import pytest
import torch

from fieldmark.core.errors import StudyError
from fieldmark.training.losses import ClassLoss, LossSettings, distillation_loss, loss_of

COUNTS = (50, 30, 5)


def batch(n: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    """Return logits and positions."""
    rng = np.random.default_rng(0)
    logits = torch.from_numpy(rng.standard_normal((n, 3)).astype(np.float32))
    return logits, torch.from_numpy(rng.integers(3, size=n))


def log_softmax(row: list[float]) -> list[float]:
    """Return the logarithm of the softmax, by its definition."""
    total = math.log(sum(math.exp(value) for value in row))
    return [value - total for value in row]


def slow(loss: ClassLoss, logits: torch.Tensor, target: torch.Tensor) -> float:
    """Return the loss as sums over images and classes."""
    settings, numerator, denominator = loss.settings, 0.0, 0.0
    for given, label in zip(logits.tolist(), target.tolist(), strict=True):
        row = given
        if settings.kind == "logit-adjusted":
            row = [
                value + settings.prior_strength * math.log(count / sum(COUNTS))
                for value, count in zip(given, COUNTS, strict=True)
            ]
        for place, value in enumerate(log_softmax(row)):
            share = settings.label_smoothing / 3
            share += (1 - settings.label_smoothing) * (place == label)
            weight = float(loss.weights[place])
            away = (1 - math.exp(value)) ** settings.focus if settings.kind == "focal" else 1.0
            numerator -= share * weight * away * value
            denominator += share * weight
    return numerator / denominator


@pytest.mark.parametrize(
    "settings",
    [
        LossSettings(),
        LossSettings(label_smoothing=0.1),
        LossSettings(class_weights="balanced"),
        LossSettings(class_weights="effective-number", label_smoothing=0.2),
        LossSettings(kind="focal", focus=2.0),
        LossSettings(kind="focal", focus=0.5, class_weights="balanced"),
        LossSettings(kind="logit-adjusted", prior_strength=1.0),
        LossSettings(kind="logit-adjusted", prior_strength=0.5, label_smoothing=0.1),
    ],
    ids=str,
)
def test_every_loss_equals_the_slow_formula(settings: LossSettings) -> None:
    logits, target = batch()
    loss = loss_of(settings, COUNTS)
    assert float(loss(logits, target)) == pytest.approx(slow(loss, logits, target), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_equals_that_of_torch(smoothing: float) -> None:
    logits, target = batch()
    ours = loss_of(LossSettings(label_smoothing=smoothing), COUNTS)(logits, target)
    theirs = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(logits, target)
    torch.testing.assert_close(ours, theirs)


def test_weighted_cross_entropy_equals_that_of_torch() -> None:
    logits, target = batch()
    loss = loss_of(LossSettings(class_weights="balanced"), COUNTS)
    torch.testing.assert_close(
        loss(logits, target), torch.nn.CrossEntropyLoss(weight=loss.weights)(logits, target)
    )


def test_shares_of_one_class_equal_its_position() -> None:
    logits, target = batch()
    loss = loss_of(LossSettings(kind="focal"), COUNTS)
    shares = torch.nn.functional.one_hot(target, 3).float()
    torch.testing.assert_close(loss(logits, shares), loss(logits, target))


def test_a_focus_of_zero_is_the_cross_entropy() -> None:
    logits, target = batch()
    focal = loss_of(LossSettings(kind="focal", focus=0.0), COUNTS)(logits, target)
    torch.testing.assert_close(focal, loss_of(LossSettings(), COUNTS)(logits, target))


def test_the_loss_of_a_batch_is_the_mean_over_its_images() -> None:
    logits, target = batch()
    loss = loss_of(LossSettings(label_smoothing=0.1), COUNTS)
    single = [float(loss(logits[i : i + 1], target[i : i + 1])) for i in range(len(target))]
    assert float(loss(logits, target)) == pytest.approx(np.mean(single), rel=1e-6)


@pytest.mark.parametrize("kind", ["balanced", "effective-number"])
def test_rare_classes_weigh_more_and_the_mean_weight_is_one(kind: str) -> None:
    weights = loss_of(LossSettings(class_weights=kind), COUNTS).weights  # type: ignore[arg-type]
    assert weights.tolist() == sorted(weights.tolist())
    assert float(weights.mean()) == pytest.approx(1.0)


def test_distillation_equals_the_slow_formula_image_by_image() -> None:
    logits, _ = batch(4)
    teacher, temperature = logits.flip(0) * 2, 3.0
    found = []
    for given, wanted in zip(logits.tolist(), teacher.tolist(), strict=True):
        p = log_softmax([value / temperature for value in wanted])
        q = log_softmax([value / temperature for value in given])
        found.append(sum(math.exp(a) * (a - b) for a, b in zip(p, q, strict=True)))
    expected = np.mean(found) * temperature**2
    assert float(distillation_loss(logits, teacher, temperature=temperature)) == pytest.approx(
        expected, rel=1e-5
    )


def test_wrong_settings_are_refused() -> None:
    for wrong, words in (
        ({"kind": "hinge"}, "'hinge'"),
        ({"class_weights": "inverse"}, "'inverse'"),
        ({"label_smoothing": 1.0}, "label smoothing"),
        ({"focus": -1.0}, "at least 0"),
        ({"kind": "logit-adjusted", "class_weights": "balanced"}, "correct twice"),
    ):
        with pytest.raises(StudyError, match=words):
            LossSettings(**wrong)  # type: ignore[arg-type]
    with pytest.raises(StudyError, match="1 of 2 classes have none"):
        loss_of(LossSettings(class_weights="balanced"), (3, 0))
    with pytest.raises(StudyError, match="at least one class"):
        loss_of(LossSettings(), ())
