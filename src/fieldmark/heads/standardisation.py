"""Embeddings brought to mean 0 and standard deviation 1 over the training images."""

from typing import Final

import numpy as np

from fieldmark.embeddings.table import FloatArray

_CONSTANT: Final = 1e-6


def standardisation_of(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and scale of each value, summed in float64; the scale of a constant is 1.

    Args:
        vectors: float32 array (n, width), at least one row.

    Returns:
        two float32 arrays (width,).

    Example:
        >>> mean, scale = standardisation_of(np.array([[0, 5], [2, 5]], dtype=np.float32))
        >>> mean.tolist(), scale.tolist()
        ([1.0, 5.0], [1.0, 1.0])
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    spread = vectors.std(axis=0, dtype=np.float64)
    constant = spread <= _CONSTANT * np.abs(vectors).max(axis=0)
    return mean.astype(np.float32), np.where(constant, 1.0, spread).astype(np.float32)
