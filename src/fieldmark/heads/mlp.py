"""The MLP head: one hidden layer on standardised embeddings."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final, Self

import numpy as np

from fieldmark.core.errors import StudyError
from fieldmark.core.randomness import seed_for
from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.class_weights import ClassWeights, check_class_weights
from fieldmark.heads.early_stopping import Kept, keep_best
from fieldmark.heads.head import Arrays
from fieldmark.heads.linear import TrainingRecord, record_of
from fieldmark.heads.minibatches import Network, train_passes
from fieldmark.heads.origin import Origin, PositionArray, check_training_labels, origin_of
from fieldmark.heads.settings import check_number, check_whole
from fieldmark.heads.standardisation import standardisation_of
from fieldmark.heads.trained_head import TrainedHead
from fieldmark.heads.trained_pass import TrainedPass
from fieldmark.manifest.labels import LabelSpace

_ROWS: Final = 4096


@dataclasses.dataclass(frozen=True, slots=True)
class MlpSettings:
    """How an MLP head is built and trained.

    Attributes:
        hidden: width of the hidden layer, at least 1.
        dropout: share of hidden values that each step leaves out, at least 0 and below 1.
        epochs: passes over the training images, at least 1.
        learning_rate: of the first step; falls to 0 along a half cosine. Above 0.
        weight_decay: decoupled, relative to the learning rate. At least 0.
        batch_size: images in one step, at least 1.
        patience: epochs without a better monitor after which training stops; None goes on.
        class_weights: "none", or "balanced": each class counts the same.

    Raises:
        StudyError: a value is not a number or out of range.

    Example:
        >>> MlpSettings(hidden=64).dropout
        0.1
    """

    hidden: int = 256
    dropout: float = 0.1
    epochs: int = 50
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    batch_size: int = 32
    patience: int | None = None
    class_weights: ClassWeights = "none"

    def __post_init__(self) -> None:
        for name in ("hidden", "epochs", "batch_size"):
            check_whole(name, getattr(self, name))
        check_number("learning_rate", self.learning_rate)
        check_number("weight_decay", self.weight_decay, zero_allowed=True)
        check_number("dropout", self.dropout, zero_allowed=True)
        if self.dropout >= 1:
            raise StudyError(f"The head setting 'dropout' must be below 1; got {self.dropout!r}.")
        if self.patience is not None:
            check_whole("patience", self.patience)
        check_class_weights(self.class_weights)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class MlpHead(TrainedHead):
    """Logits from standardised embeddings through one hidden layer of rectified values.

    Attributes:
        origin: what the head was fitted on.
        settings: how it was built and trained.
        training: what happened.
        mean: float32 array (width,), mean of the training vectors.
        scale: float32 array (width,), their standard deviation, 1 where they are constant.
        hidden_weights: float32 array (hidden, width).
        hidden_bias: float32 array (hidden,).
        weights: float32 array (n_classes, hidden).
        bias: float32 array (n_classes,).
    """

    kind: ClassVar[str] = "mlp"

    origin: Origin
    settings: MlpSettings
    training: TrainingRecord
    mean: FloatArray
    scale: FloatArray
    hidden_weights: FloatArray
    hidden_bias: FloatArray
    weights: FloatArray
    bias: FloatArray

    def scores_of(self, vectors: FloatArray) -> FloatArray:
        """Return float32 logits (n, n_classes) of float32 vectors (n, width).

        Sums run in float64, so that an image gets the same logits alone and in a batch.
        """
        first, second = (part.astype(np.float64).T for part in (self.hidden_weights, self.weights))
        logits = np.empty((len(vectors), len(self.bias)), dtype=np.float32)
        for start in range(0, len(vectors), _ROWS):
            rows = slice(start, start + _ROWS)
            inputs = (vectors[rows].astype(np.float64) - self.mean) / self.scale
            logits[rows] = np.maximum(inputs @ first + self.hidden_bias, 0) @ second + self.bias
        return logits

    @classmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""
        record = TrainingRecord(**facts["training"])
        return cls(origin, MlpSettings(**facts["settings"]), record, **arrays)


def fit_mlp(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    seed: int,
    settings: MlpSettings | None = None,
    monitor: Callable[[MlpHead], float] | None = None,
) -> MlpHead:
    """Return an MLP head fitted on the embeddings.

    Args:
        embeddings: the training images; at least one.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes.
        seed: of the weights, the order of the images and what is left out; 0 or more.
        settings: how to build and train; None takes the defaults.
        monitor: called after every epoch with the head as it stands; higher is better. The best
            epoch is kept. Let it judge on a split that is not reported.

    Raises:
        ManifestError: labels do not fit the embeddings or the label space.
        StudyError: the loss is no longer finite.

    Example:
        >>> vectors = np.array([[0, 1], [1, 0], [0, 2], [2, 0]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b", "c", "d"), vectors, {}, {})
        >>> trees = LabelSpace(("ash", "oak"))
        >>> head = fit_mlp(embeddings, np.array([0, 1, 0, 1]), label_space=trees, seed=0)
        >>> head.predict_scores(embeddings).argmax(axis=1).tolist()
        [0, 1, 0, 1]
    """
    targets = check_training_labels(embeddings, labels, label_space)
    origin = origin_of(embeddings, label_space)
    chosen = settings or MlpSettings()
    mean, scale = standardisation_of(embeddings.vectors)
    inputs = ((embeddings.vectors - mean) / scale).astype(np.float32)
    epochs = _epochs(inputs, targets, len(label_space), seed=seed, settings=chosen)

    def head_of(kept: Kept[TrainedPass]) -> MlpHead:
        learnt = kept.epoch.arrays
        return MlpHead(origin, chosen, record_of(kept, seed), mean=mean, scale=scale, **learnt)

    def judge(epoch: TrainedPass) -> float:
        return float(monitor(head_of(Kept(epoch, epoch, (epoch.loss,), ())))) if monitor else 0.0

    return head_of(keep_best(epochs, judge if monitor else None, patience=chosen.patience))


def _epochs(
    inputs: FloatArray, targets: PositionArray, n_classes: int, *, seed: int, settings: MlpSettings
) -> Iterator[TrainedPass]:
    import torch
    from torch.nn import functional

    generator = torch.Generator().manual_seed(seed_for("mlp head", seed))

    def drawn(rows: int, columns: int) -> Any:
        return torch.randn((rows, columns), generator=generator) * (2 / columns) ** 0.5

    learnt = {
        "hidden_weights": drawn(settings.hidden, inputs.shape[1]),
        "hidden_bias": torch.zeros(settings.hidden),
        "weights": drawn(n_classes, settings.hidden) * 0.1,
        "bias": torch.zeros(n_classes),
    }
    parameters = [layer.requires_grad_() for layer in learnt.values()]

    def logits(batch: Any) -> Any:
        hidden = functional.relu(functional.linear(batch, parameters[0], parameters[1]))
        if settings.dropout:
            kept = torch.rand(hidden.shape, generator=generator) >= settings.dropout
            hidden = hidden * kept / (1 - settings.dropout)
        return functional.linear(hidden, parameters[2], parameters[3])

    network = Network("MLP head", parameters, logits, n_classes, generator)
    for done in train_passes(network, inputs, targets, settings=settings):
        arrays = {name: layer.detach().numpy().copy() for name, layer in learnt.items()}
        yield TrainedPass(done, arrays)
