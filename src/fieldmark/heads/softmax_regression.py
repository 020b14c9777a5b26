"""Softmax regression by minibatches: how a linear head is trained."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

from fieldmark.core.randomness import seed_for
from fieldmark.embeddings.table import FloatArray
from fieldmark.heads.class_weights import ClassWeights, check_class_weights
from fieldmark.heads.minibatches import Network, train_passes
from fieldmark.heads.origin import PositionArray
from fieldmark.heads.settings import check_number, check_whole

_INITIAL_SPREAD: Final = 1e-3


@dataclasses.dataclass(frozen=True, slots=True)
class LinearSettings:
    """How a linear head is trained.

    Attributes:
        epochs: passes over the training images, at least 1.
        learning_rate: of the first step; falls to 0 along a half cosine. Above 0.
        weight_decay: decoupled, relative to the learning rate. At least 0.
        batch_size: images in one step, at least 1.
        patience: epochs without a better monitor after which training stops; None goes on.
        class_weights: "none", or "balanced": each class counts the same.

    Raises:
        StudyError: a value is not a number or out of range.

    Example:
        >>> LinearSettings(epochs=10).learning_rate
        0.001
    """

    epochs: int = 100
    learning_rate: float = 1e-3
    weight_decay: float = 1.0
    batch_size: int = 32
    patience: int | None = None
    class_weights: ClassWeights = "none"

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs)
        check_number("learning_rate", self.learning_rate)
        check_number("weight_decay", self.weight_decay, zero_allowed=True)
        check_whole("batch_size", self.batch_size)
        if self.patience is not None:
            check_whole("patience", self.patience)
        check_class_weights(self.class_weights)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """The state after one pass over the training images.

    Attributes:
        number: 1 for the first.
        weights: float32 array (n_classes, width).
        bias: float32 array (n_classes,).
        loss: mean cross-entropy of the pass, in nats, each batch before its own step.
        first_batch_digest: digest of the inputs and targets of the first batch of the pass.
        first_loss: cross-entropy of that batch, in nats.
    """

    number: int
    weights: FloatArray
    bias: FloatArray
    loss: float
    first_batch_digest: str
    first_loss: float


def train_epochs(
    inputs: FloatArray,
    targets: PositionArray,
    *,
    n_classes: int,
    seed: int,
    settings: LinearSettings,
) -> Iterator[Epoch]:
    """Yield the state after every epoch; who asks for no more ends the training.

    Weights and the order of the images are drawn from one generator that belongs to the seed; the
    global one is neither read nor written. Each epoch runs on one thread, so that the values do not
    depend on the number of cores; between epochs torch has its threads back.

    Args:
        inputs: float32 array (n_images, width), standardised; at least one row.
        targets: int64 array (n_images,), from 0 to n_classes - 1.
        n_classes: number of classes.
        seed: 0 or more.
        settings: epochs, learning rate, weight decay, batch size.

    Raises:
        StudyError: the loss is no longer finite.

    Source:
        Loshchilov and Hutter (2019), Decoupled weight decay regularization, algorithm 2.
    """
    from torch.nn import functional

    generator, weights, bias = initial_weights((n_classes, inputs.shape[1]), seed)
    network = Network(
        what="linear head",
        parameters=(weights.requires_grad_(), bias.requires_grad_()),
        logits=lambda batch: functional.linear(batch, weights, bias),
        n_classes=n_classes,
        generator=generator,
    )
    for done in train_passes(network, inputs, targets, settings=settings):
        yield Epoch(
            done.number,
            weights.detach().numpy().copy(),
            bias.detach().numpy().copy(),
            done.loss,
            done.first_batch_digest,
            done.first_loss,
        )


def initial_weights(shape: tuple[int, int], seed: int) -> tuple[Any, Any, Any]:
    """Return a seed's generator, small weights drawn from it, and a bias of zeros.

    Args:
        shape: number of classes, width.
        seed: 0 or more.

    Returns:
        torch generator, which then draws the order of the images, and float32 tensors.
    """
    import torch

    generator = torch.Generator().manual_seed(seed_for("linear head", seed))
    weights = torch.randn(shape, generator=generator) * _INITIAL_SPREAD
    return generator, weights, torch.zeros(shape[0])
