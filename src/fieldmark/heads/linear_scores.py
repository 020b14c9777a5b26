"""Scores that are linear in standardised embeddings."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fieldmark.embeddings.table import FloatArray

_ROWS: Final = 4096


def linear_scores(
    vectors: FloatArray,
    *,
    mean: npt.NDArray[np.floating[Any]],
    scale: npt.NDArray[np.floating[Any]],
    weights: npt.NDArray[np.floating[Any]],
    bias: npt.NDArray[np.floating[Any]],
) -> FloatArray:
    """Return float32 scores (n, n_classes) of float32 vectors (n, width).

    Sums run in float64, so that an image gets the same scores alone and in a batch.

    Args:
        vectors: float32 array (n, width); may be empty.
        mean: (width,), taken off each vector.
        scale: (width,), divides what is left.
        weights: (n_classes, width).
        bias: (n_classes,).

    Example:
        >>> one, bias = np.ones(1), np.zeros(2)
        >>> vectors, weights = np.array([[3.0]], dtype=np.float32), np.array([[2.0], [1.0]])
        >>> linear_scores(vectors, mean=one, scale=one, weights=weights, bias=bias).tolist()
        [[4.0, 2.0]]
    """
    columns = weights.astype(np.float64).T
    scores = np.empty((len(vectors), len(bias)), dtype=np.float32)
    for start in range(0, len(vectors), _ROWS):
        rows = slice(start, start + _ROWS)
        inputs = (vectors[rows].astype(np.float64) - mean) / scale
        scores[rows] = inputs @ columns + bias
    return scores
