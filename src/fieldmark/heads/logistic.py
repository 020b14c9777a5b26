"""The logistic head: multinomial regression with a penalty that is chosen by inner folds."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from fieldmark.core.errors import ManifestError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.class_weights import ClassWeights, check_class_weights, weights_of_classes
from fieldmark.heads.head import Arrays
from fieldmark.heads.inner_folds import Plateau, group_codes, inner_folds, plateau_of
from fieldmark.heads.logistic_folds import LogisticFolds, fit_logistic_folds
from fieldmark.heads.origin import Origin, PositionArray, check_training_labels, origin_of
from fieldmark.heads.quasi_newton import Float64Array
from fieldmark.heads.settings import check_number, check_whole
from fieldmark.heads.standardisation import standardisation_of
from fieldmark.heads.trained_head import StandardisedLinearHead
from fieldmark.manifest.labels import LabelSpace

_GRID: Final = tuple(10.0**power for power in range(-5, 2))


@dataclasses.dataclass(frozen=True, slots=True)
class LogisticSettings:
    """How strong the penalty is, and how it is chosen.

    Attributes:
        inverse_penalty: scikit-learn's C, above 0. None chooses from 1e-5 to 10 by the loss on
            inner folds of the training images.
        inner_folds: how many, at least 2; without effect where the penalty is given.
        class_weights: "none", or "balanced": each class counts the same.

    Raises:
        StudyError: a value is not a number or out of range.

    Example:
        >>> LogisticSettings(inverse_penalty=0.1).inner_folds
        5
    """

    inverse_penalty: float | None = None
    inner_folds: int = 5
    class_weights: ClassWeights = "none"

    def __post_init__(self) -> None:
        if self.inverse_penalty is not None:
            check_number("inverse_penalty", self.inverse_penalty)
        check_whole("inner_folds", self.inner_folds, least=2)
        check_class_weights(self.class_weights)


@dataclasses.dataclass(frozen=True, slots=True)
class LogisticRecord:
    """What came of the fit.

    Attributes:
        inverse_penalty: scikit-learn's C that was used.
        gradient: largest entry of what is left of the gradient of the mean loss.
        steps: of the last fit.
        plateau: the search; None where the penalty was given, or one group cannot be left out.
    """

    inverse_penalty: float
    gradient: float
    steps: int
    plateau: Plateau | None = None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class LogisticHead(StandardisedLinearHead):
    """Logits from standardised embeddings, at the optimum of a convex loss.

    Attributes:
        origin: what the head was fitted on.
        settings: what was asked for.
        training: what came of it.
        mean: float64 array (width,), mean of the training vectors.
        scale: float64 array (width,), their standard deviation, 1 where they are constant.
        weights: float64 array (n_classes, width).
        bias: float64 array (n_classes,).
    """

    kind: ClassVar[str] = "logistic"
    array_type: ClassVar[type[np.generic]] = np.float64

    origin: Origin
    settings: LogisticSettings
    training: LogisticRecord
    mean: Float64Array
    scale: Float64Array
    weights: Float64Array
    bias: Float64Array

    @classmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""
        known = dict(facts["training"])
        if known["plateau"]:
            known["plateau"] = Plateau(**known["plateau"])
        settings = LogisticSettings(**facts["settings"])
        return cls(origin, settings, LogisticRecord(**known), **arrays)


def fit_logistic(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    settings: LogisticSettings | None = None,
    groups: Sequence[object] | None = None,
) -> LogisticHead:
    """Return a logistic head fitted on the embeddings.

    The penalty of the lowest mean loss over inner folds is taken, each image counting as in
    training; the standardisation is that of all training images. A class without a training image
    is allowed: it gets the logit that half an image would earn it.

    Args:
        embeddings: the training images; at least one.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes; at least two.
        settings: the penalty and how it is chosen; None takes the defaults.
        groups: what no inner fold may tear apart, one for each image; None lets each stand alone.

    Raises:
        ManifestError: labels or groups do not fit the embeddings or the label space, or there is
            one class alone.
        StudyError: a vector is not finite.

    Example:
        >>> vectors = np.array([[0, 1], [1, 0], [0, 2], [2, 0]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b", "c", "d"), vectors, {}, {})
        >>> head = fit_logistic(
        ...     embeddings,
        ...     np.array([0, 1, 0, 1]),
        ...     label_space=LabelSpace(("ash", "oak")),
        ...     settings=LogisticSettings(inverse_penalty=1.0),
        ... )
        >>> head.predict_scores(embeddings).argmax(axis=1).tolist()
        [0, 1, 0, 1]
    """
    positions = check_training_labels(embeddings, labels, label_space)
    if len(label_space) < 2:
        raise ManifestError("A logistic head needs at least two classes; got one.")
    chosen = settings or LogisticSettings()
    single_mean, single_scale = standardisation_of(embeddings.vectors)
    mean, scale = single_mean.astype(np.float64), single_scale.astype(np.float64)
    inputs = (embeddings.vectors.astype(np.float64) - mean) / scale
    of_classes = weights_of_classes(chosen.class_weights, positions, len(label_space))
    data = _Data(inputs, positions, of_classes[positions], len(label_space))
    plateau = None if chosen.inverse_penalty else _searched(data, chosen, groups)
    c = chosen.inverse_penalty or (plateau.chosen if plateau else 1.0)
    found = data.fitted(np.ones((1, len(inputs)), dtype=bool), c)
    record = LogisticRecord(c, float(found.gradient[0]), found.steps, plateau)
    origin = origin_of(embeddings, label_space)
    return LogisticHead(origin, chosen, record, mean, scale, found.weights[0], found.bias[0])


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Data:
    inputs: Float64Array
    positions: PositionArray
    counts: Float64Array
    n_classes: int

    def fitted(
        self, learnt: npt.NDArray[np.bool_], c: float, start: LogisticFolds | None = None
    ) -> LogisticFolds:
        """Return the regression of each fold under scikit-learn's C."""
        return fit_logistic_folds(
            self.inputs,
            self.positions,
            learnt=learnt,
            n_classes=self.n_classes,
            penalty=1 / c,
            counts=self.counts,
            start=start,
        )

    def losses(self, found: LogisticFolds, folds: PositionArray) -> list[float]:
        """Return the mean loss of each fold's own images."""
        losses = []
        for fold, (weights, bias) in enumerate(zip(found.weights, found.bias, strict=True)):
            rows = np.flatnonzero(folds == fold)
            logits = self.inputs[rows] @ weights.T + bias
            own = log_softmax(logits, axis=1)[np.arange(len(rows)), self.positions[rows]]
            losses.append(float(-np.average(own, weights=self.counts[rows])))
        return losses


def _searched(
    data: _Data, settings: LogisticSettings, groups: Sequence[object] | None
) -> Plateau | None:
    """Return the search over C; None where there is only one group."""
    codes = group_codes(groups, len(data.positions))
    folds = inner_folds(data.positions, codes, settings.inner_folds)
    if folds.max() == 0:
        return None
    learnt = folds != np.arange(folds.max() + 1)[:, None]
    losses, found = [], None
    for c in _GRID:
        found = data.fitted(learnt, c, found)
        losses.append(data.losses(found, folds))
    return plateau_of("inverse_penalty", _GRID, np.array(losses))
