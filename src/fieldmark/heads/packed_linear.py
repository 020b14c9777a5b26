"""Many linear heads on the same embeddings: folds, seeds and settings in one call."""

import dataclasses
import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import ManifestError
from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.class_weights import weights_of_classes
from fieldmark.heads.early_stopping import Kept
from fieldmark.heads.linear import LinearHead, fit_linear, record_of
from fieldmark.heads.minibatches import batch_digest, require_finite
from fieldmark.heads.origin import PositionArray, check_training_labels, origin_of
from fieldmark.heads.softmax_regression import Epoch, LinearSettings, initial_weights
from fieldmark.heads.standardisation import standardisation_of
from fieldmark.manifest.labels import LabelSpace

__all__ = ["PackedRun", "fit_packed"]

_COMPILED_UP_TO: Final = 64


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class PackedRun:
    """One of many trainings.

    Attributes:
        train_rows: int64 array (n_training,), rows of the embeddings to learn from, in order; at
            least one, none twice.
        seed: of the weights and the order of the images; 0 or more.
        settings: how to train.

    Raises:
        ManifestError: the rows are no list of whole numbers, or one comes twice.

    Example:
        >>> PackedRun(np.array([0, 2]), seed=1).settings.epochs
        100
    """

    train_rows: PositionArray
    seed: int
    settings: LinearSettings = dataclasses.field(default_factory=LinearSettings)

    def __post_init__(self) -> None:
        rows = np.asarray(self.train_rows)
        if rows.ndim != 1 or rows.dtype.kind not in "iu" or len(np.unique(rows)) < len(rows):
            raise ManifestError(
                "Expected the training rows of a run as whole numbers, each once; got "
                f"{rows.dtype} of shape {rows.shape}. Take `numpy.flatnonzero(mask)`."
            )
        object.__setattr__(self, "train_rows", rows.astype(np.int64))


def fit_packed(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    runs: Sequence[PackedRun],
    label_space: LabelSpace,
) -> tuple[LinearHead, ...]:
    """Return the head of each run, as `fit_linear` fits it on that run's rows alone.

    Standardisation, first weights and batches are those of `fit_linear`, bit for bit; the steps are
    compiled where numba is installed (the extra "fast"), for up to 64 classes. Sums are then taken
    in another order, so that logits agree to about 1e-6 of their size. Otherwise the runs are
    fitted one after the other by `fit_linear` itself.

    Args:
        embeddings: all images that any run learns from.
        labels: integer array (n_images,), positions in the label space, row by row.
        runs: the trainings; may be empty. There is no monitor, so that the last epoch is kept.
        label_space: the classes.

    Raises:
        ManifestError: labels do not fit, or the rows of a run do not lie in the embeddings.
        StudyError: a training diverged.

    Example:
        >>> vectors = np.array([[0, 1], [1, 0], [0, 2], [2, 0]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b", "c", "d"), vectors, {}, {})
        >>> folds = [PackedRun(np.array(rows), seed=0) for rows in ([0, 1, 2], [1, 2, 3])]
        >>> trees = LabelSpace(("ash", "oak"))
        >>> heads = fit_packed(embeddings, np.array([0, 1, 0, 1]), folds, trees)
        >>> [head.origin.training_ids for head in heads]
        [('a', 'b', 'c'), ('b', 'c', 'd')]
    """
    positions = check_training_labels(embeddings, labels, label_space)
    for run in runs:
        _check_rows(run, embeddings)
    is_compiled = len(label_space) <= _COMPILED_UP_TO and find_spec("numba") is not None
    fit = _fit_compiled if is_compiled else _fit_alone
    heads: dict[int, LinearHead] = {}
    learnt: dict[bytes, list[int]] = {}
    for number, run in enumerate(runs):
        learnt.setdefault(run.train_rows.tobytes(), []).append(number)
    for numbers in learnt.values():
        rows = runs[numbers[0]].train_rows
        known = embeddings.select([embeddings.ids[row] for row in rows])
        of_runs = [runs[number] for number in numbers]
        fitted = fit(known, positions[rows], of_runs, label_space)
        heads.update(zip(numbers, fitted, strict=True))
    return tuple(heads[number] for number in range(len(runs)))


def _check_rows(run: PackedRun, embeddings: EmbeddingSet) -> None:
    rows = run.train_rows
    if not len(rows) or rows.min() < 0 or rows.max() >= len(embeddings):
        got = f"{len(rows):,} from {rows.min()} to {rows.max()}" if len(rows) else "none"
        raise ManifestError(
            f"Expected training rows from 0 to {len(embeddings) - 1} for each run; got {got}."
        )


def _fit_alone(
    known: EmbeddingSet, labels: PositionArray, runs: Sequence[PackedRun], label_space: LabelSpace
) -> list[LinearHead]:
    return [
        fit_linear(known, labels, label_space=label_space, seed=run.seed, settings=run.settings)
        for run in runs
    ]


def _fit_compiled(
    known: EmbeddingSet, labels: PositionArray, runs: Sequence[PackedRun], label_space: LabelSpace
) -> list[LinearHead]:
    """Return the heads of runs that learn from the same images."""
    origin = origin_of(known, label_space)
    mean, scale = standardisation_of(known.vectors)
    inputs = ((known.vectors - mean) / scale).astype(np.float32)
    heads = []
    for run in runs:
        kept = _kept(inputs, labels, run, len(label_space))
        training = record_of(kept, run.seed)
        weights, bias = kept.epoch.weights, kept.epoch.bias
        heads.append(LinearHead(origin, run.settings, training, mean, scale, weights, bias))
    return heads


def _kept(inputs: FloatArray, targets: PositionArray, run: PackedRun, classes: int) -> Kept[Epoch]:
    import torch

    from fieldmark.heads.compiled_training import train

    settings, images = run.settings, len(inputs)
    generator, drawn, zeros = initial_weights((classes, inputs.shape[1]), run.seed)
    weights, bias = drawn.numpy(), zeros.numpy()
    orders = np.stack(
        [torch.randperm(images, generator=generator).numpy() for _ in range(settings.epochs)]
    )
    of_classes = weights_of_classes(settings.class_weights, targets, classes).astype(np.float32)
    state = (weights, bias[None, :], settings.weight_decay, settings.batch_size)
    losses, first_loss = train(inputs, targets, of_classes, orders, _rates(settings, images), state)
    for number, loss in enumerate(losses, start=1):
        require_finite(loss, what="linear head", epoch=number, settings=settings)
    digest = batch_digest(inputs, targets, orders[0, : settings.batch_size])
    last = Epoch(settings.epochs, weights, bias, float(losses[-1]), digest, float(first_loss))
    return Kept(last, last, tuple(losses.tolist()), ())


def _rates(settings: LinearSettings, images: int) -> npt.NDArray[np.float64]:
    """Return the learning rate of each step, falling to 0 along a half cosine."""
    steps = settings.epochs * math.ceil(images / settings.batch_size)
    rates: npt.NDArray[np.float64] = 1 + np.cos(np.arange(steps) * (np.pi / steps))
    return rates * (settings.learning_rate / 2)
