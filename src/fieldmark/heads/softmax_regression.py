"""Softmax regression by minibatch AdamW: the training loop of the linear head."""

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from fieldmark.core.digests import digest_of, digest_of_array
from fieldmark.core.errors import StudyError
from fieldmark.core.randomness import seed_for
from fieldmark.embeddings.table import FloatArray
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

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs)
        check_number("learning_rate", self.learning_rate)
        check_number("weight_decay", self.weight_decay, zero_allowed=True)
        check_whole("batch_size", self.batch_size)
        if self.patience is not None:
            check_whole("patience", self.patience)


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
    import torch

    generator = torch.Generator().manual_seed(seed_for("linear head", seed))
    n_steps = settings.epochs * math.ceil(len(inputs) / settings.batch_size)
    model = _initial((n_classes, inputs.shape[1]), generator, settings, n_steps)
    data = torch.from_numpy(inputs), torch.from_numpy(targets)
    for number in range(1, settings.epochs + 1):
        order = torch.randperm(len(inputs), generator=generator)
        batches = order.split(settings.batch_size)
        with _one_thread():
            losses = [_step(model, data[0][batch], data[1][batch]) for batch in batches]
        yield Epoch(
            number,
            model.weights.detach().numpy().copy(),
            model.bias.detach().numpy().copy(),
            _mean_loss(losses, [len(batch) for batch in batches], number, settings),
            _batch_digest(data, batches[0]),
            losses[0],
        )


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """The tensors that are learnt, and what changes them."""

    weights: Any
    bias: Any
    optimiser: Any
    schedule: Any


def _initial(
    shape: tuple[int, int], generator: Any, settings: LinearSettings, n_steps: int
) -> _Model:
    import torch

    weights = (torch.randn(shape, generator=generator) * _INITIAL_SPREAD).requires_grad_()
    bias = torch.zeros(shape[0], requires_grad=True)
    optimiser = torch.optim.AdamW(
        [weights, bias],
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=n_steps)
    return _Model(weights, bias, optimiser, schedule)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Run small products on one thread: on more they are slower, by far on a busy machine."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _step(model: _Model, inputs: Any, targets: Any) -> float:
    from torch.nn import functional

    logits = functional.linear(inputs, model.weights, model.bias)
    loss = functional.cross_entropy(logits, targets)
    model.optimiser.zero_grad()
    loss.backward()
    model.optimiser.step()
    model.schedule.step()
    return float(loss.detach())


def _mean_loss(
    losses: list[float], sizes: list[int], epoch: int, settings: LinearSettings
) -> float:
    loss = float(np.average(losses, weights=sizes))
    if not math.isfinite(loss):
        raise StudyError(
            f"Training of the linear head diverged: the loss is {loss} in epoch {epoch} at a "
            f"learning rate of {settings.learning_rate:g}. Write a smaller `learning_rate`."
        )
    return loss


def _batch_digest(data: tuple[Any, Any], batch: Any) -> str:
    return digest_of([digest_of_array(part[batch].numpy()) for part in data])
