"""What is computed of every row of a block of scores, by NumPy.

The compiled way gives the same: sums are taken in float64, in the order of the columns.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from fieldmark.predictions.blocks import FloatArray

IntArray = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowKernels:
    """The computations, all on blocks of rows.

    Attributes:
        places: of scores (rows, columns) and one column a row, the 1-based place of its score among
            those of the row, int64 (rows,); of equal scores the first column comes first.
        sums_of_squares: of shares (rows, columns), float64 (rows,).
        sums_below: of shares (rows, columns), the parent of each column, int64 (columns,), and the
            number of parents: the sum of the columns below each, float64 (rows, parents).
    """

    places: Callable[[FloatArray, IntArray], IntArray]
    sums_of_squares: Callable[[FloatArray], Sums]
    sums_below: Callable[[FloatArray, IntArray, int], Sums]


def _places(scores: FloatArray, columns: IntArray) -> IntArray:
    own = np.take_along_axis(scores, columns[:, None], axis=1)
    places: IntArray = np.add(np.count_nonzero(scores > own, axis=1), 1, dtype=np.int64)
    tied = np.flatnonzero(np.count_nonzero(scores == own, axis=1) > 1)
    before = np.arange(scores.shape[1]) < columns[tied, None]
    places[tied] += np.count_nonzero((scores[tied] == own[tied]) & before, axis=1)
    return places


def _sums_of_squares(shares: FloatArray) -> Sums:
    squares: Sums = np.square(shares, dtype=np.float64).sum(axis=1)
    return squares


def _sums_below(shares: FloatArray, parents: IntArray, count: int) -> Sums:
    columns = np.argsort(parents, kind="stable")
    ends = np.append(0, np.bincount(parents, minlength=count).cumsum())
    below = sparse.csr_array((np.ones(len(parents)), columns, ends), shape=(count, len(parents)))
    sums: Sums = below @ np.ascontiguousarray(shares.T, dtype=np.float64)
    return np.ascontiguousarray(sums.T)


NUMPY_KERNELS = RowKernels(_places, _sums_of_squares, _sums_below)
