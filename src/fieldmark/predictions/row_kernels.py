"""Which kernels read a table: NumPy's, or the compiled ones where that pays."""

from importlib.util import find_spec

from fieldmark.predictions.numpy_rows import (
    NUMPY_KERNELS,
    IntArray,
    Ladder,
    RowKernels,
    Standings,
    Sums,
    ladder_of,
)

__all__ = [
    "COMPILED_FROM",
    "NUMPY_KERNELS",
    "IntArray",
    "Ladder",
    "RowKernels",
    "Standings",
    "Sums",
    "ladder_of",
    "row_kernels",
]

COMPILED_FROM = 50_000_000


def row_kernels(entries: int) -> RowKernels:
    """Return the compiled kernels for a large table where numba is installed, else NumPy's.

    Args:
        entries: number of scores in the table; with fewer than 50 million, loading numba takes
            longer than it saves.

    Example:
        >>> import numpy as np
        >>> scores = np.array([[0.2, 0.4, 0.4]])
        >>> row_kernels(100).places(scores, np.array([2]), np.array([1])).tolist()
        [2]
    """
    if entries < COMPILED_FROM or find_spec("numba") is None:
        return NUMPY_KERNELS
    from fieldmark.predictions.compiled_rows import COMPILED_KERNELS

    return COMPILED_KERNELS
