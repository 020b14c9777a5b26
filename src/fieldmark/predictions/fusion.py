"""Pools: the probabilities of two sources made one, row by row.

A weight is the share of the second source: 0 is the first alone, 1 the second alone. Weights act on
classes, never on the class that an item truly has.
"""

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.shares import SMALLEST_PROBABILITY, softmax

FloatArray = npt.NDArray[np.float64]


def linear_pool(
    first: FloatArray, second: FloatArray, weights: float | npt.ArrayLike
) -> FloatArray:
    """Return (1 - w) first + w second, divided by its sum over the classes.

    Args:
        first: float array (n, k), probabilities.
        second: float array (n, k), probabilities over the same classes.
        weights: share of the second source in [0, 1]: one number, or one for each class (k,).

    Raises:
        PredictionsError: the shapes differ, or a weight is outside [0, 1].

    Source:
        Methods E10; Stone (1961), the linear opinion pool.

    Example:
        >>> linear_pool(np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]]), 0.25).tolist()
        [[0.8, 0.2]]
    """
    shares = _weights(first, second, weights)
    mixed = (1 - shares) * first + shares * second
    sums = mixed.sum(axis=1, keepdims=True)
    pooled: FloatArray = mixed / np.where(sums > 0, sums, 1.0)
    return pooled


def log_linear_pool(
    first: FloatArray, second: FloatArray, weights: float | npt.ArrayLike
) -> FloatArray:
    """Return first^(1 - w) second^w, divided by its sum over the classes.

    The weights of both sources sum to 1, so that a prior that both share counts once.
    Probabilities below 1e-12 count as 1e-12: one source alone cannot rule a class out.

    Args:
        first: float array (n, k), probabilities.
        second: float array (n, k), probabilities over the same classes.
        weights: share of the second source in [0, 1]: one number, or one for each class (k,).

    Raises:
        PredictionsError: the shapes differ, or a weight is outside [0, 1].

    Source:
        Methods E10; Genest and Zidek (1986), the logarithmic opinion pool.

    Example:
        >>> log_linear_pool(np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]]), 0.5).round(3).tolist()
        [[0.75, 0.25]]
    """
    shares = _weights(first, second, weights)
    logs = [np.log(np.maximum(source, SMALLEST_PROBABILITY)) for source in (first, second)]
    mixed = (1 - shares) * logs[0] + shares * logs[1]
    return softmax(mixed)


def sharpened(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Return p^(1 / T), divided by its sum over the classes; T above 1 makes it less sure.

    Args:
        probabilities: float array (n, k).
        temperature: above 0.

    Raises:
        PredictionsError: the temperature is not above 0.

    Example:
        >>> sharpened(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
        [[0.667, 0.333]]
    """
    if not temperature > 0:
        raise PredictionsError(f"Expected a temperature above 0; got {temperature}.")
    logs = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY)) / temperature
    return softmax(logs)


def _weights(
    first: FloatArray, second: FloatArray, weights: float | npt.ArrayLike
) -> npt.NDArray[np.float64]:
    shares = np.asarray(weights, dtype=np.float64)
    if first.shape != second.shape or shares.shape not in ((), (first.shape[-1],)):
        raise PredictionsError(
            "Expected two sources over the same items and classes, and one weight or one for each"
            f" class; got shapes {first.shape}, {second.shape} and {shares.shape}."
        )
    if shares.size and not ((shares >= 0) & (shares <= 1)).all():
        raise PredictionsError(
            f"Expected weights from 0 (the first source) to 1 (the second); got"
            f" {float(shares.min()):g} to {float(shares.max()):g}."
        )
    return shares
