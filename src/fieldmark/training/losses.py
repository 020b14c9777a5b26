"""Losses over classes, each the mean over the images of a batch.

Targets are positions (n,) or, where images or labels are mixed, shares of the classes (n, k).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import nn
from torch.nn import functional

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError

LossKind = Literal["cross-entropy", "focal", "logit-adjusted"]
ClassWeights = Literal["none", "balanced", "effective-number"]
_KINDS: tuple[LossKind, ...] = get_args(LossKind)
_WEIGHTS: tuple[ClassWeights, ...] = get_args(ClassWeights)
_EFFECTIVE_NUMBER_BETA = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSettings:
    """Which loss is minimised.

    Attributes:
        kind: "cross-entropy"; "focal", which looks away from what is right already; or
            "logit-adjusted", which adds the prior of the classes to the logits while training.
        label_smoothing: share of each label that is spread over all classes, in [0, 1).
        class_weights: "none", "balanced" by the inverse count, or by the "effective-number".
        focus: exponent of the focal loss, at least 0; 0 is the cross-entropy.
        prior_strength: exponent of the prior in the logit-adjusted loss; 1 aims at the balanced
            error.

    Raises:
        StudyError: a choice or number is not one, or the prior is corrected twice.
    """

    kind: LossKind = "cross-entropy"
    label_smoothing: float = 0.0
    class_weights: ClassWeights = "none"
    focus: float = 2.0
    prior_strength: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise StudyError(unknown_choice("loss", str(self.kind), _KINDS))
        if self.class_weights not in _WEIGHTS:
            raise StudyError(unknown_choice("class weights", str(self.class_weights), _WEIGHTS))
        if not 0 <= self.label_smoothing < 1:
            raise StudyError(f"Expected label smoothing in [0, 1); got {self.label_smoothing}.")
        if self.focus < 0 or self.prior_strength < 0:
            raise StudyError(
                "Expected focus and prior strength of at least 0; got"
                f" {self.focus} and {self.prior_strength}."
            )
        if self.kind == "logit-adjusted" and self.class_weights != "none":
            raise StudyError(
                "The logit-adjusted loss corrects for rare classes already; class weights would"
                " correct twice. Take one of the two."
            )


class ClassLoss(nn.Module):
    """The mean loss of a batch. Make one with `loss_of`."""

    def __init__(
        self, settings: LossSettings, *, weights: torch.Tensor, log_prior: torch.Tensor
    ) -> None:
        super().__init__()
        self.settings = settings
        self.register_buffer("weights", weights)
        self.register_buffer("log_prior", log_prior)

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss, a scalar.

        Args:
            logits: float tensor (n, k).
            target: int64 (n,) positions, or float (n, k) shares that sum to 1.
        """
        smoothing = self.settings.label_smoothing
        shares = smoothed_shares(target, classes=logits.shape[1], smoothing=smoothing)
        if self.settings.kind == "logit-adjusted":
            logits = logits + self.settings.prior_strength * self.log_prior
        log_probabilities = functional.log_softmax(logits.float(), dim=1)
        terms = -shares * self.weights * log_probabilities
        if self.settings.kind == "focal":
            terms = terms * (1 - log_probabilities.exp()).pow(self.settings.focus)
        return terms.sum() / (shares * self.weights).sum()


def smoothed_shares(target: torch.Tensor, *, classes: int, smoothing: float) -> torch.Tensor:
    """Return the shares of the classes in each label, some of them spread over all classes.

    Args:
        target: int64 (n,) positions, or float (n, classes) shares that sum to 1.
        classes: number of classes.
        smoothing: share that is spread, in [0, 1).

    Returns:
        float32 tensor (n, classes), rows sum to 1.

    Example:
        >>> smoothed_shares(torch.tensor([1]), classes=2, smoothing=0.5).tolist()
        [[0.25, 0.75]]
    """
    shares = target if target.ndim == 2 else functional.one_hot(target, classes)
    return shares.to(torch.float32) * (1 - smoothing) + smoothing / classes


def loss_of(settings: LossSettings, class_counts: Sequence[int]) -> ClassLoss:
    """Return the loss for classes with these numbers of training images.

    Args:
        settings: which loss.
        class_counts: number of training images of each class, each at least 1 where classes are
            weighted or the prior is added.

    Raises:
        StudyError: a class without training images is weighted, or there is no class.

    Source:
        Lin et al. (2017) for focal; Menon et al. (2021), Long-tail learning via logit adjustment,
        equation 10; Cui et al. (2019), Class-balanced loss, for the effective number.

    Example:
        >>> loss = loss_of(LossSettings(), [3, 1])
        >>> round(float(loss(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))), 4)
        0.6931
    """
    counts = torch.tensor(list(class_counts), dtype=torch.float64)
    if not len(counts):
        raise StudyError("Expected at least one class to make a loss for; got none.")
    if settings.kind == "logit-adjusted":
        _check_counts(counts)
    return ClassLoss(
        settings,
        weights=weights_of(settings.class_weights, class_counts),
        log_prior=torch.log(counts.clamp(min=1) / counts.clamp(min=1).sum()).float(),
    )


def distillation_loss(
    student: torch.Tensor, teacher: torch.Tensor, *, temperature: float
) -> torch.Tensor:
    """Return the divergence of a student from its teacher, summed over classes, mean over images.

    Args:
        student: float tensor (n, k), logits.
        teacher: float tensor (n, k), logits.
        temperature: divides both, above 0; the result is multiplied by its square, so that
            gradients keep their size.

    Source:
        Hinton, Vinyals and Dean (2015), Distilling the knowledge in a neural network.

    Example:
        >>> same = torch.tensor([[1.0, 2.0, 3.0]])
        >>> float(distillation_loss(same, same, temperature=2.0))
        0.0
    """
    target = functional.log_softmax(teacher.float() / temperature, dim=1)
    given = functional.log_softmax(student.float() / temperature, dim=1)
    divergence = (target.exp() * (target - given)).sum(dim=1)
    return divergence.mean() * temperature**2


def weights_of(kind: ClassWeights, class_counts: Sequence[int]) -> torch.Tensor:
    """Return how much an image of each class counts: float32 (k,), 1 on average over the classes.

    Args:
        kind: "none", "balanced" or "effective-number".
        class_counts: number of training images of each class.

    Raises:
        StudyError: a class without training images is weighted.

    Example:
        >>> weights_of("balanced", [1, 3]).tolist()
        [1.5, 0.5]
    """
    counts = torch.tensor(list(class_counts), dtype=torch.float64)
    if kind == "none":
        return torch.ones_like(counts).float()
    _check_counts(counts)
    if kind == "balanced":
        weights = 1 / counts
    else:
        weights = (1 - _EFFECTIVE_NUMBER_BETA) / (1 - _EFFECTIVE_NUMBER_BETA**counts)
    return (weights / weights.mean()).float()


def _check_counts(counts: torch.Tensor) -> None:
    empty = int((counts < 1).sum())
    if empty:
        raise StudyError(
            f"Expected training images of every class for this loss; {empty} of {len(counts)}"
            " classes have none. Take plain cross-entropy, or leave these classes out."
        )
