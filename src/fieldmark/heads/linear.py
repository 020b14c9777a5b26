"""The linear head: softmax regression on standardised embeddings."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, Self, TypeVar

import numpy as np

from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.early_stopping import Kept, TrainedEpoch, keep_best
from fieldmark.heads.head import Arrays
from fieldmark.heads.origin import Origin, PositionArray, check_training_labels, origin_of
from fieldmark.heads.softmax_regression import Epoch, LinearSettings, train_epochs
from fieldmark.heads.standardisation import standardisation_of
from fieldmark.heads.trained_head import StandardisedLinearHead
from fieldmark.manifest.labels import LabelSpace

__all__ = ["LinearHead", "LinearSettings", "Monitor", "TrainingRecord", "fit_linear"]


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What happened while a head was trained.

    Attributes:
        seed: of the weights and of the order of the images.
        first_batch_digest: digest of the inputs and labels of the very first batch.
        first_loss: loss of that batch before any step, in nats.
        loss_curve: mean training loss of every epoch, in nats.
        monitor_curve: what the monitor said after every epoch; empty without a monitor.
        best_epoch: the epoch that was kept, 1 for the first: the first of those with the highest
            monitor, or the last one without a monitor.
    """

    seed: int
    first_batch_digest: str
    first_loss: float
    loss_curve: tuple[float, ...]
    monitor_curve: tuple[float, ...]
    best_epoch: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "loss_curve", tuple(self.loss_curve))
        object.__setattr__(self, "monitor_curve", tuple(self.monitor_curve))


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class LinearHead(StandardisedLinearHead):
    """Logits from standardised embeddings.

    Attributes:
        origin: what the head was fitted on.
        settings: how it was trained.
        training: what happened.
        mean: float32 array (width,), mean of the training vectors.
        scale: float32 array (width,), their standard deviation, 1 where they are constant.
        weights: float32 array (n_classes, width).
        bias: float32 array (n_classes,).
    """

    kind: ClassVar[str] = "linear"

    origin: Origin
    settings: LinearSettings
    training: TrainingRecord
    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    bias: FloatArray

    @classmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""
        record = TrainingRecord(**facts["training"])
        return cls(origin, LinearSettings(**facts["settings"]), record, **arrays)


Monitor = Callable[[Any], float]


def fit_linear(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    seed: int,
    settings: LinearSettings | None = None,
    monitor: Monitor | None = None,
) -> LinearHead:
    """Return a linear head fitted on the embeddings.

    The standardisation is fitted on these embeddings alone and is part of the head. A class
    without a training image is allowed: it gets a column that training only pushes down.

    Args:
        embeddings: the training images; at least one.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes.
        seed: of the weights and the order of the images; 0 or more.
        settings: how to train; None takes the defaults.
        monitor: called after every epoch with the head as it stands; higher is better. The best
            epoch is kept. Let it judge on a split that is not reported.

    Raises:
        ManifestError: labels do not fit the embeddings or the label space.
        StudyError: the loss is no longer finite.

    Example:
        >>> import numpy as np
        >>> vectors = np.array([[0, 1], [1, 0], [0, 2], [2, 0]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b", "c", "d"), vectors, {}, {})
        >>> trees = LabelSpace(("ash", "oak"))
        >>> labels = trees.positions(["ash", "oak", "ash", "oak"])
        >>> head = fit_linear(embeddings, labels, label_space=trees, seed=0)
        >>> head.predict_scores(embeddings).argmax(axis=1).tolist()
        [0, 1, 0, 1]
    """
    targets = check_training_labels(embeddings, labels, label_space)
    origin = origin_of(embeddings, label_space)
    chosen = settings or LinearSettings()
    mean, scale = standardisation_of(embeddings.vectors)
    inputs = ((embeddings.vectors - mean) / scale).astype(np.float32)
    epochs = train_epochs(inputs, targets, n_classes=len(label_space), seed=seed, settings=chosen)

    def head_of(epoch: Epoch, training: TrainingRecord) -> LinearHead:
        return LinearHead(origin, chosen, training, mean, scale, epoch.weights, epoch.bias)

    judge = _judge(monitor, head_of, seed) if monitor else None
    kept = keep_best(epochs, judge, patience=chosen.patience)
    return head_of(kept.epoch, record_of(kept, seed))


def _judge(
    monitor: Monitor, head_of: Callable[[Epoch, TrainingRecord], LinearHead], seed: int
) -> Callable[[Epoch], float]:
    def judge(epoch: Epoch) -> float:
        alone = Kept(epoch, epoch, (epoch.loss,), ())
        return float(monitor(head_of(epoch, record_of(alone, seed))))

    return judge


class Measured(TrainedEpoch, Protocol):
    """An epoch that knows its first batch."""

    @property
    def first_batch_digest(self) -> str:
        """Digest of the inputs and targets of the first batch of the pass."""

    @property
    def first_loss(self) -> float:
        """Loss of that batch, in nats."""


M = TypeVar("M", bound=Measured)


def record_of(kept: Kept[M], seed: int) -> TrainingRecord:
    """Return what a head remembers of its training."""
    return TrainingRecord(
        seed=seed,
        first_batch_digest=kept.first.first_batch_digest,
        first_loss=kept.first.first_loss,
        loss_curve=kept.loss_curve,
        monitor_curve=kept.monitor_curve,
        best_epoch=kept.epoch.number,
    )
