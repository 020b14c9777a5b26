"""Temperature and vector scaling: a softmax made honest by one number, or by two for each class."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from scipy.optimize import minimize

from fieldmark.core.errors import PredictionsError
from fieldmark.decision.log_scores import log_softmax
from fieldmark.evaluation.resampling import FloatArray, IntArray

LogBlocks = Callable[[], Iterable[tuple[FloatArray, IntArray]]]

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 1e-4, 1e4
_BLOCK_ENTRIES = 1 << 17
_TOLERANCE = 1e-9
_MOST_STEPS = 60
_SCALE_SPREAD = 0.25
_BIAS_SPREAD = 1.0


def fit_temperature(log_probabilities: FloatArray, truth: IntArray) -> float:
    """Return the temperature T at which softmax(log p / T) has the least log-loss.

    T above 1 says that the scores were too sure of themselves. Without any mistake the best T is
    0, and without any information it is infinite: the result stays within 0.0001 and 10,000.

    Args:
        log_probabilities: float array (n, k), logarithms of probabilities, or logits; finite.
        truth: int array (n,), the column of each label.

    Raises:
        PredictionsError: no item, fewer than two classes, or labels that are no column.

    Source:
        Guo et al. (2017), On calibration of modern neural networks, section 4.2.

    Example:
        >>> logits = np.array([[4.0, 0.0]] * 4)
        >>> round(fit_temperature(logits, np.array([0, 0, 0, 1])), 3)
        3.641
    """
    scores, labels = np.asarray(log_probabilities), np.asarray(truth)
    _require_labels(scores, labels)
    return temperature_of_blocks(lambda: _blocks(scores, labels))


def temperature_of_blocks(blocks: LogBlocks) -> float:
    """Return the temperature of `fit_temperature` for scores that come in blocks.

    The log-loss is convex in 1 / T, so that its slope has one root: found by Newton's method,
    held within a bracket that shrinks. Each step reads the blocks once.

    Args:
        blocks: gives, each time it is called, blocks of logarithms (rows, k) with their labels.
    """
    low, high = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE
    sharpness = 1.0
    for _ in range(_MOST_STEPS):
        slope, curvature = _slope(blocks, sharpness)
        low, high = (low, sharpness) if slope > 0 else (sharpness, high)
        step = sharpness - slope / curvature if curvature > 0 else high
        bounded = step if low < step < high else float(np.sqrt(low * high))
        if abs(bounded - sharpness) <= _TOLERANCE * sharpness or high - low <= _TOLERANCE * low:
            break
        sharpness = bounded
    return 1 / sharpness


def fit_vector_scaling(blocks: LogBlocks, *, classes: int) -> tuple[FloatArray, FloatArray]:
    """Return a scale and a bias for each class, so that softmax(scale * log p + bias) is honest.

    Fitted by L-BFGS from the best temperature. The bias of each class is drawn to 0 and its scale
    to that of the temperature, as by a normal prior with a spread of 1 and of 25 %: a class with
    few items stays near the temperature.

    Args:
        blocks: gives, each time it is called, blocks of logarithms (rows, k) with their labels.
        classes: number of columns, k.

    Returns:
        Two float64 arrays (k,): scales, above or below 0, and biases.

    Source:
        Guo et al. (2017), On calibration of modern neural networks, section 4.2.
    """
    sharpness = 1 / temperature_of_blocks(blocks)

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        stretch, bias = parameters[:classes], parameters[classes:]
        scale = sharpness * (1 + stretch)
        total = 0.5 * float(np.sum((stretch / _SCALE_SPREAD) ** 2 + (bias / _BIAS_SPREAD) ** 2))
        slope = np.concatenate([stretch / _SCALE_SPREAD**2, bias / _BIAS_SPREAD**2])
        n = 0
        for logs, truth in blocks():
            rows = np.arange(len(logs))
            scaled = log_softmax(logs * scale + bias)
            total -= float(scaled[rows, truth].sum())
            surplus = np.exp(scaled, out=scaled)
            surplus[rows, truth] -= 1
            slope[:classes] += sharpness * np.einsum("ij,ij->j", surplus, logs)
            slope[classes:] += surplus.sum(axis=0)
            n += len(logs)
        return total / n, slope / n

    found = minimize(loss, np.zeros(2 * classes), jac=True, method="L-BFGS-B")
    return sharpness * (1 + found.x[:classes]), found.x[classes:]


def _slope(blocks: LogBlocks, sharpness: float) -> tuple[float, float]:
    """Return the first and second derivative of the mean log-loss by 1 / T."""
    slope = curvature = 0.0
    n = 0
    for logs, truth in blocks():
        shifted = logs - logs.max(axis=1, keepdims=True)
        weights = np.exp(sharpness * shifted)
        sums = weights.sum(axis=1)
        first = np.einsum("ij,ij->i", weights, shifted) / sums
        shifted_truth = shifted[np.arange(len(logs)), truth]
        second = np.einsum("ij,ij,ij->i", weights, shifted, shifted) / sums
        slope += float((first - shifted_truth).sum())
        curvature += float((second - first * first).sum())
        n += len(logs)
    return slope / n, curvature / n


def _blocks(scores: FloatArray, labels: IntArray) -> Iterator[tuple[FloatArray, IntArray]]:
    rows = max(1, _BLOCK_ENTRIES // scores.shape[1])
    for start in range(0, len(scores), rows):
        block = np.asarray(scores[start : start + rows], dtype=np.float64)
        yield block, labels[start : start + rows]


def _require_labels(scores: FloatArray, labels: IntArray) -> None:
    if scores.ndim != 2 or scores.shape[1] < 2 or len(scores) != len(labels) or not len(labels):
        raise PredictionsError(
            "Expected scores (n, k) over at least two classes and n labels, n at least 1; got"
            f" arrays of shape {scores.shape} and {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= scores.shape[1]:
        raise PredictionsError(
            f"Expected labels from 0 to {scores.shape[1] - 1}; got {labels.min()} to"
            f" {labels.max()}. Leave out items whose label is no candidate."
        )
