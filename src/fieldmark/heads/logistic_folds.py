"""Logistic regression with a squared penalty, for many folds of the same images at once.

All folds share each product with the inputs, and one approximate Hessian, which makes nearly every
step a Newton step; each fold's own curvature is learnt on the way (L-BFGS).
"""

import dataclasses
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import linalg

from fieldmark.core.errors import ManifestError
from fieldmark.heads.origin import PositionArray
from fieldmark.heads.quasi_newton import Float64Array, Objective, Point, minimised

_NUMBERS_AT_ONCE: Final = 1 << 24
_TINY: Final = 1e-9
TOLERANCE: Final = 1e-6


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class LogisticFolds:
    """The regression of each fold.

    Attributes:
        weights: float64 array (n_folds, n_classes, width).
        bias: float64 array (n_folds, n_classes).
        gradient: float64 array (n_folds,), the largest entry of what is left of the gradient of the
            mean loss: how well it converged.
        steps: how many steps were taken, the most over the folds.
    """

    weights: Float64Array
    bias: Float64Array
    gradient: Float64Array
    steps: int

    def logits(self, inputs: Float64Array) -> Float64Array:
        """Return the logits of inputs (n, width) under each fold: (n_folds, n, n_classes)."""
        return inputs @ self.weights.transpose(0, 2, 1) + self.bias[:, None, :]


def fit_logistic_folds(
    inputs: Float64Array,
    labels: PositionArray,
    *,
    learnt: npt.NDArray[np.bool_],
    n_classes: int,
    penalty: float,
    counts: Float64Array | None = None,
    start: LogisticFolds | None = None,
) -> LogisticFolds:
    """Return the multinomial logistic regression of each fold, to a gradient of 1e-6.

    The sum of cross-entropies plus half the penalty times the squared weights is minimised; the
    bias is not penalised. So the penalty is 1/C of scikit-learn. Two classes are one direction, as
    scikit-learn has them; its weights are shared out half and half. A class without an image in a
    fold gets no weights there, and the bias that half an image would earn it.

    Args:
        inputs: float64 array (n, width), best standardised.
        labels: int64 array (n,), from 0 to n_classes - 1.
        learnt: bool array (n_folds, n), which images each fold learns from; at least one each.
        n_classes: number of classes, at least 2.
        penalty: above 0.
        counts: float64 array (n,), how often each image counts; None for once.
        start: regressions to begin with, one for each fold; None begins with the one of all images.

    Raises:
        ManifestError: arrays do not fit each other, or a fold learns from nothing.

    Example:
        >>> inputs, labels = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
        >>> learnt = ~np.eye(4, dtype=bool)
        >>> found = fit_logistic_folds(inputs, labels, learnt=learnt, n_classes=2, penalty=1.0)
        >>> found.logits(inputs)[np.arange(4), np.arange(4)].argmax(axis=1).tolist()
        [0, 0, 1, 1]
        >>> bool(found.gradient.max() < 1e-6)
        True
    """
    _check(inputs, labels, learnt, penalty)
    padded = np.hstack([np.asarray(inputs, np.float64), np.ones((len(inputs), 1))])
    rows = np.ones(len(inputs)) if counts is None else np.asarray(counts, np.float64)
    weights: Float64Array = np.where(learnt, rows, 0.0)
    if start is None and len(learnt) > 1:
        everything = np.where(learnt.any(axis=0), rows, 0.0)[None]
        whole = _fitted(_Task(padded, labels, everything, n_classes, penalty), None)
        start = _repeated(whole, len(learnt))
    at_once = max(1, _NUMBERS_AT_ONCE // (len(inputs) * n_classes))
    parts = []
    for first in range(0, len(learnt), at_once):
        folds = slice(first, first + at_once)
        task = _Task(padded, labels, weights[folds], n_classes, penalty)
        parts.append(_fitted(task, None if start is None else _part(start, folds)))
    return LogisticFolds(
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.bias for part in parts]),
        np.concatenate([part.gradient for part in parts]),
        max(part.steps for part in parts),
    )


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What is fitted; weights (n_folds, n) are how often each image counts in each fold."""

    padded: Float64Array
    labels: PositionArray
    weights: Float64Array
    n_classes: int
    penalty: float

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which classes each fold has, (n_folds, n_classes)."""
        indicator = np.zeros((len(self.labels), self.n_classes))
        indicator[np.arange(len(self.labels)), self.labels] = 1
        found: npt.NDArray[np.bool_] = self.weights @ indicator > 0
        return found


def _fitted(task: _Task, start: LogisticFolds | None) -> LogisticFolds:
    present = task.present
    is_binary = task.n_classes == 2 and bool(present.all())
    columns = 1 if is_binary else task.n_classes
    first = np.zeros((len(task.weights), task.padded.shape[1], columns))
    if start is not None:
        full = np.concatenate([start.weights, start.bias[:, :, None]], axis=2).transpose(0, 2, 1)
        first = full[:, :, 1:] - full[:, :, :1] if is_binary else full * present[:, None, :]
    objective = _objective(task, present, is_binary=is_binary)
    point, steps = minimised(objective, first, tolerance=TOLERANCE)
    largest = np.abs(point.gradient).max(axis=(1, 2))
    found = point.place
    if is_binary:
        found = np.concatenate([-found / 2, found / 2], axis=2)
    bias = found[:, -1, :].copy()
    if not present.all():
        bias = _with_absent(task, found, present)
    return LogisticFolds(found[:, :-1, :].transpose(0, 2, 1), bias, largest, steps)


Terms = Callable[[Float64Array], tuple[Float64Array, Float64Array, Float64Array]]


def _objective(task: _Task, present: npt.NDArray[np.bool_], *, is_binary: bool) -> Objective:
    """Return value and gradient of the mean loss of each fold, and their shared curvature."""
    padded, totals = task.padded, task.weights.sum(axis=1)
    terms = _binary_terms(task) if is_binary else _softmax_terms(task, present)
    # Two classes in two columns have half the squared weights of their one direction.
    penalty = task.penalty * (2 if task.n_classes == 2 and not is_binary else 1)
    penalised = np.full(padded.shape[1], penalty)
    penalised[-1] = 0
    shares = task.weights.T / totals

    def evaluate(place: Float64Array) -> Point:
        folds, width, columns = place.shape
        scores = (padded @ place.transpose(1, 0, 2).reshape(width, -1)).reshape(-1, folds, columns)
        losses, slopes, bends = terms(scores)
        pull = place * penalised[:, None] / totals[:, None, None]
        slopes *= shares[:, :, None]
        gradient = (padded.T @ slopes.reshape(len(padded), -1)).reshape(width, folds, columns)
        value = (shares * losses).sum(axis=0) + 0.5 * (pull * place).sum(axis=(1, 2))
        return Point(
            place, value, gradient.transpose(1, 0, 2) + pull, (shares * bends).mean(axis=1)
        )

    def curvature(bend: Float64Array) -> Float64Array:
        hessian: Float64Array = linalg.blas.dsyrk(1.0, padded * np.sqrt(bend)[:, None], trans=1)
        hessian.flat[:: len(hessian) + 1] += np.maximum(penalised / totals.mean(), _TINY)
        return hessian

    return Objective(evaluate, lambda bend: linalg.cho_factor(curvature(bend)))


def _binary_terms(task: _Task) -> Terms:
    is_second = task.labels == 1
    sign = np.where(is_second, 1.0, -1.0)[:, None]

    def terms(scores: Float64Array) -> tuple[Float64Array, Float64Array, Float64Array]:
        margin = sign * scores[:, :, 0]
        small = np.exp(-np.abs(margin))
        wrong = np.where(margin > 0, small, 1) / (1 + small)
        losses = np.log1p(small) - np.minimum(margin, 0)
        return losses, (-sign * wrong)[:, :, None], wrong * (1 - wrong)

    return terms


def _softmax_terms(task: _Task, present: npt.NDArray[np.bool_]) -> Terms:
    rows, labels = np.arange(len(task.labels)), task.labels
    barred = np.where(present, 0.0, -np.inf)
    counted = task.weights.T > 0

    def terms(scores: Float64Array) -> tuple[Float64Array, Float64Array, Float64Array]:
        scores = scores + barred
        scores -= scores.max(axis=2, keepdims=True)
        own = scores[rows, :, labels]
        shares = np.exp(scores)
        sums = shares.sum(axis=2)
        shares /= sums[:, :, None]
        losses = np.where(counted, np.log(sums) - own, 0.0)
        # The mean curvature over the directions in which the classes differ.
        bends = (1 - np.einsum("nfk,nfk->nf", shares, shares)) / (task.n_classes - 1)
        shares[rows, :, labels] -= 1
        return losses, shares, bends

    return terms


def _with_absent(task: _Task, found: Float64Array, present: npt.NDArray[np.bool_]) -> Float64Array:
    """Return the biases, where a class without images expects half an image among those learnt."""
    logits = np.einsum("nd,fdk->fnk", task.padded, found)
    highest = np.where(present[:, None, :], logits, -np.inf)
    levels, images = np.logaddexp.reduce(highest, axis=2), np.count_nonzero(task.weights, axis=1)
    level = np.where(task.weights > 0, levels, 0).sum(axis=1) / images
    return np.where(present, found[:, -1, :], (level - np.log(2 * images))[:, None])


def _repeated(one: LogisticFolds, folds: int) -> LogisticFolds:
    weights, bias = np.repeat(one.weights, folds, axis=0), np.repeat(one.bias, folds, axis=0)
    return LogisticFolds(weights, bias, np.repeat(one.gradient, folds), one.steps)


def _part(folds: LogisticFolds, which: slice) -> LogisticFolds:
    return LogisticFolds(
        folds.weights[which], folds.bias[which], folds.gradient[which], folds.steps
    )


def _check(
    inputs: Float64Array, labels: PositionArray, learnt: npt.NDArray[np.bool_], penalty: float
) -> None:
    n = len(inputs)
    if labels.shape != (n,) or learnt.ndim != 2 or learnt.shape[1] != n:
        raise ManifestError(
            f"Expected a label and, in each fold, a yes or no for each of the {n:,} images; got "
            f"labels of shape {labels.shape} and folds of shape {learnt.shape}."
        )
    if not learnt.any(axis=1).all():
        empty = int(np.flatnonzero(~learnt.any(axis=1))[0])
        raise ManifestError(f"Expected each fold to learn from an image; fold {empty} has none.")
    if not penalty > 0:
        raise ManifestError(f"Expected a penalty above 0; got {penalty!r}.")
