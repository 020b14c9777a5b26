"""The ridge head: least squares on one column per class, with a penalty."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np
from scipy import linalg

from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.hat_matrix import (
    Float64Array,
    leave_group_out_path,
    ridge_leave_group_out,
    spectrum_of,
)
from fieldmark.heads.head import Arrays
from fieldmark.heads.inner_folds import Plateau, group_codes, plateau_of
from fieldmark.heads.linear_scores import linear_scores
from fieldmark.heads.origin import Origin, PositionArray, check_training_labels, origin_of
from fieldmark.heads.settings import check_number
from fieldmark.heads.trained_head import TrainedHead
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind

_GRID: Final = tuple(10.0**power for power in range(-4, 5))


@dataclasses.dataclass(frozen=True, slots=True)
class RidgeSettings:
    """How strong the penalty is.

    Attributes:
        penalty: relative to the mean variance of the embedding's values times the number of images,
            so that 1 means the same at every width and scale. None chooses from 1e-4 to 1e4 by the
            exact squared error on groups that are left out. Above 0.

    Raises:
        StudyError: the penalty is not a number above 0.

    Example:
        >>> RidgeSettings(penalty=0.1)
        RidgeSettings(penalty=0.1)
    """

    penalty: float | None = None

    def __post_init__(self) -> None:
        if self.penalty is not None:
            check_number("penalty", self.penalty)


@dataclasses.dataclass(frozen=True, slots=True)
class RidgeRecord:
    """What the penalty came to be.

    Attributes:
        penalty: the relative one that was used.
        strength: what multiplies the squared weights.
        plateau: the search; None where the penalty was given, or one group cannot be left out.
    """

    penalty: float
    strength: float
    plateau: Plateau | None = None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class RidgeHead(TrainedHead):
    """One regression per class, on 1 for the class and 0 for the others.

    The scores order classes; they are no probabilities, and may be below 0 or above 1.

    Attributes:
        origin: what the head was fitted on.
        settings: the penalty that was asked for.
        training: the penalty that was used.
        mean: float64 array (width,), mean of the training vectors.
        weights: float64 array (n_classes, width).
        bias: float64 array (n_classes,), the share of each class.
    """

    kind: ClassVar[str] = "ridge"
    array_type: ClassVar[type[np.generic]] = np.float64

    origin: Origin
    settings: RidgeSettings
    training: RidgeRecord
    mean: Float64Array
    weights: Float64Array
    bias: Float64Array

    @property
    def score_kind(self) -> ScoreKind:
        """Similarities: they order the classes and nothing more."""
        return ScoreKind.SIMILARITIES

    def scores_of(self, vectors: FloatArray) -> FloatArray:
        """Return float32 scores (n, n_classes) of float32 vectors (n, width)."""
        ones = np.ones(len(self.mean))
        return linear_scores(
            vectors, mean=self.mean, scale=ones, weights=self.weights, bias=self.bias
        )

    @classmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""
        known = facts["training"]
        plateau = Plateau(**known["plateau"]) if known["plateau"] else None
        record = RidgeRecord(known["penalty"], known["strength"], plateau)
        return cls(origin, RidgeSettings(**facts["settings"]), record, **arrays)


def fit_ridge(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    settings: RidgeSettings | None = None,
    groups: Sequence[object] | None = None,
) -> RidgeHead:
    """Return a ridge head fitted on the embeddings.

    Vectors are centred and not scaled, so that `leave_group_out_scores` is exact. A class without a
    training image is allowed: all its scores are 0.

    Args:
        embeddings: the training images; at least one.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes.
        settings: the penalty; None takes the defaults.
        groups: what belongs together while a penalty is chosen; None lets each image stand alone.

    Raises:
        ManifestError: labels or groups do not fit the embeddings or the label space.

    Example:
        >>> vectors = np.array([[0, 1], [1, 0], [0, 2], [2, 0]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b", "c", "d"), vectors, {}, {})
        >>> trees = LabelSpace(("ash", "oak"))
        >>> head = fit_ridge(embeddings, np.array([0, 1, 0, 1]), label_space=trees)
        >>> head.predict_scores(embeddings).argmax(axis=1).tolist()
        [0, 1, 0, 1]
    """
    positions = check_training_labels(embeddings, labels, label_space)
    chosen = settings or RidgeSettings()
    vectors = embeddings.vectors.astype(np.float64)
    mean = vectors.mean(axis=0)
    centred, targets = vectors - mean, _one_hot(positions, len(label_space))
    record = _record(centred, targets, chosen, group_codes(groups, len(vectors)))
    bias = targets.mean(axis=0)
    weights = _weights(centred, targets - bias, record.strength)
    return RidgeHead(origin_of(embeddings, label_space), chosen, record, mean, weights, bias)


def leave_group_out_scores(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    groups: Sequence[object],
    strength: float,
) -> Float64Array:
    """Return each image's scores by the ridge head of all other groups, exactly, in one fit.

    Args:
        embeddings: the images; of at least two groups.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes.
        groups: one for each image, such as its plant.
        strength: what multiplies the squared weights, as `RidgeRecord.strength` has it; above 0.

    Returns:
        float64 array (n_images, n_classes).

    Raises:
        ManifestError: labels or groups do not fit, or the strength is not above 0.
    """
    positions = check_training_labels(embeddings, labels, label_space)
    codes = group_codes(groups, len(embeddings))
    targets = _one_hot(positions, len(label_space))
    return ridge_leave_group_out(embeddings.vectors, targets, codes, strength)


def _record(
    centred: Float64Array, targets: Float64Array, settings: RidgeSettings, codes: PositionArray
) -> RidgeRecord:
    unit = float((centred**2).sum() / centred.shape[1]) or 1.0
    if settings.penalty is not None:
        return RidgeRecord(settings.penalty, settings.penalty * unit)
    if codes.max() == 0:
        return RidgeRecord(1.0, unit)
    of_group = np.bincount(codes)
    path = leave_group_out_path(spectrum_of(centred), targets, codes, np.array(_GRID) * unit)
    losses = [
        np.bincount(codes, weights=((found - targets) ** 2).sum(axis=1)) / of_group
        for found in path
    ]
    plateau = plateau_of("penalty", _GRID, np.array(losses))
    return RidgeRecord(plateau.chosen, plateau.chosen * unit, plateau)


def _weights(centred: Float64Array, targets: Float64Array, strength: float) -> Float64Array:
    """Return weights (outputs, width), by the smaller of the two systems."""
    n, width = centred.shape
    if width <= n:
        gram = centred.T @ centred + strength * np.eye(width)
        found: Float64Array = linalg.solve(gram, centred.T @ targets, assume_a="pos").T
        return found
    kernel = centred @ centred.T + strength * np.eye(n)
    dual: Float64Array = linalg.solve(kernel, targets, assume_a="pos").T
    return dual @ centred


def _one_hot(positions: PositionArray, n_classes: int) -> Float64Array:
    targets = np.zeros((len(positions), n_classes))
    targets[np.arange(len(positions)), positions] = 1
    return targets
