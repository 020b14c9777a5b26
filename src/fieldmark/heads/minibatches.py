"""The training loop of the heads that learn from minibatches, by AdamW."""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from fieldmark.core.digests import digest_of, digest_of_array
from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import FloatArray
from fieldmark.heads.class_weights import ClassWeights, weights_of_classes
from fieldmark.heads.origin import PositionArray


class MinibatchSettings(Protocol):
    """What the loop must know."""

    @property
    def epochs(self) -> int:
        """Passes over the training images."""

    @property
    def learning_rate(self) -> float:
        """Of the first step; falls to 0 along a half cosine."""

    @property
    def weight_decay(self) -> float:
        """Decoupled, relative to the learning rate."""

    @property
    def batch_size(self) -> int:
        """Images in one step."""

    @property
    def class_weights(self) -> ClassWeights:
        """How much an image of each class counts."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the training images.

    Attributes:
        number: 1 for the first.
        loss: mean loss of the pass, in nats, each batch before its own step.
        first_batch_digest: digest of the inputs and targets of the first batch of the pass.
        first_loss: loss of that batch, in nats.
    """

    number: int
    loss: float
    first_batch_digest: str
    first_loss: float


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Network:
    """What is trained.

    Attributes:
        what: its name in messages.
        parameters: the tensors that are learnt.
        logits: from inputs (n, width) to logits (n, n_classes).
        n_classes: number of classes.
        generator: draws the order of the images.
        loss: from logits and targets to the mean loss of a batch; None for the cross-entropy, with
            the class weights of the settings.
    """

    what: str
    parameters: Sequence[Any]
    logits: Callable[[Any], Any]
    n_classes: int
    generator: Any
    loss: Callable[[Any, Any], Any] | None = None


def train_passes(
    network: Network,
    inputs: FloatArray,
    targets: PositionArray,
    *,
    settings: MinibatchSettings,
) -> Iterator[Pass]:
    """Yield after every pass, with the parameters as they then stand.

    Each pass runs on one thread, so that the values do not depend on the number of cores; between
    passes torch has its threads back.

    Args:
        network: what is trained, in place.
        inputs: float32 array (n_images, width); at least one row.
        targets: int64 array (n_images,), from 0 to n_classes - 1.
        settings: epochs, learning rate, weight decay, batch size, class weights.

    Raises:
        StudyError: the loss is no longer finite.

    Source:
        Loshchilov and Hutter (2019), Decoupled weight decay regularization, algorithm 2.
    """
    import torch

    n_steps = settings.epochs * math.ceil(len(inputs) / settings.batch_size)
    step = _step_of(network, targets, settings, n_steps)
    data = torch.from_numpy(inputs), torch.from_numpy(targets)
    for number in range(1, settings.epochs + 1):
        order = torch.randperm(len(inputs), generator=network.generator)
        batches = order.split(settings.batch_size)
        with _one_thread():
            losses = [step(data[0][batch], data[1][batch]) for batch in batches]
        mean = float(np.average(losses, weights=[len(batch) for batch in batches]))
        require_finite(mean, what=network.what, epoch=number, settings=settings)
        yield Pass(number, mean, batch_digest(inputs, targets, batches[0].numpy()), losses[0])


def require_finite(loss: float, *, what: str, epoch: int, settings: MinibatchSettings) -> None:
    """Refuse to go on once the loss is not finite.

    Raises:
        StudyError: the loss is not finite.
    """
    if not math.isfinite(loss):
        raise StudyError(
            f"Training of the {what} diverged: the loss is {loss} in epoch {epoch} at a "
            f"learning rate of {settings.learning_rate:g}. Write a smaller `learning_rate`."
        )


def batch_digest(inputs: FloatArray, targets: PositionArray, batch: PositionArray) -> str:
    """Return the digest of the inputs and targets of one batch."""
    return digest_of([digest_of_array(inputs[batch]), digest_of_array(targets[batch])])


def _step_of(
    network: Network, targets: PositionArray, settings: MinibatchSettings, n_steps: int
) -> Callable[[Any, Any], float]:
    import torch

    optimiser = torch.optim.AdamW(
        list(network.parameters),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=n_steps)
    loss_of = network.loss or _cross_entropy(network, targets, settings)

    def step(inputs: Any, truth: Any) -> float:
        loss = loss_of(network.logits(inputs), truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        return float(loss.detach())

    return step


def _cross_entropy(
    network: Network, targets: PositionArray, settings: MinibatchSettings
) -> Callable[[Any, Any], Any]:
    import torch
    from torch.nn import functional

    weights = None
    if settings.class_weights != "none":
        of_classes = weights_of_classes(settings.class_weights, targets, network.n_classes)
        weights = torch.from_numpy(of_classes.astype(np.float32))
    return lambda logits, truth: functional.cross_entropy(logits, truth, weight=weights)


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
