"""What is computed of every row of a block of scores, by NumPy.

The compiled way gives the same: sums are taken in float64, in the order of the columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from fieldmark.predictions.blocks import FloatArray

_AT_A_TIME: Final = 128
IntArray = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Ladder:
    """How columns add up to the nodes of a rank, these to those of the next coarser, and so on.

    Attributes:
        parents: int64, the node above each column, then the node above each of these, and so on up
            to the coarsest rank, one behind the other.
        widths: int64 (ranks,), number of nodes at each rank, from fine to coarse; at least one.
        columns: int64 (ranks, columns), the node above each column at each rank.
    """

    parents: IntArray
    widths: IntArray
    columns: IntArray


def ladder_of(steps: Sequence[IntArray], widths: Sequence[int]) -> Ladder:
    """Return the ladder of some steps.

    Args:
        steps: at least one; int64, the node above each column, above each of these nodes, ...
        widths: number of nodes that each step leads to.

    Example:
        >>> ladder_of([np.array([1, 0, 1]), np.array([0, 0])], [2, 1]).columns.tolist()
        [[1, 0, 1], [0, 0, 0]]
    """
    columns = [steps[0]]
    for step in steps[1:]:
        columns.append(step[columns[-1]])
    return Ladder(np.concatenate(steps), np.array(widths, dtype=np.int64), np.stack(columns))


@dataclass(frozen=True, eq=False, slots=True)
class Standings:
    """Where two nodes of each row stand among the sums at each rank; arrays (ranks, rows).

    Attributes:
        best: int64, node of the highest sum; of equal sums the first.
        places: int64, 1-based place of the node that was asked for.
        asked: float64, its sum.
        answered: float64, sum of the node that was answered.
    """

    best: IntArray
    places: IntArray
    asked: Sums
    answered: Sums


@dataclass(frozen=True, slots=True)
class RowKernels:
    """The computations, all on blocks of rows.

    Attributes:
        places: of scores (rows, columns), one column a row and the best of each, the 1-based place
            of the column's score among those of the row, int64 (rows,); of equal scores the first
            column comes first.
        sums_of_squares: of shares (rows, columns), float64 (rows,).
        standings: of shares (rows, columns), a ladder above the columns, the nodes that are asked
            for, int64 (ranks, rows) from fine to coarse, and the answered columns, int64 (rows,).
    """

    places: Callable[[FloatArray, IntArray, IntArray], IntArray]
    sums_of_squares: Callable[[FloatArray], Sums]
    standings: Callable[[FloatArray, Ladder, IntArray, IntArray], Standings]


def sums_below(shares: FloatArray, parents: IntArray, count: int) -> Sums:
    """Return the sum of the columns below each of ``count`` nodes, float64 (rows, count).

    Args:
        shares: float (rows, columns).
        parents: int64 (columns,), the node above each column.
        count: number of nodes; one above no column has the sum 0.
    """
    columns = np.argsort(parents, kind="stable")
    ends = np.append(0, np.bincount(parents, minlength=count).cumsum())
    below = sparse.csr_array((np.ones(len(parents)), columns, ends), shape=(count, len(parents)))
    sums: Sums = below @ np.ascontiguousarray(shares.T, dtype=np.float64)
    return np.ascontiguousarray(sums.T)


def _places(scores: FloatArray, columns: IntArray, best: IntArray) -> IntArray:
    places: IntArray = np.ones(len(scores), dtype=np.int64)
    for start in range(0, len(scores), _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        if not np.array_equal(columns[some], best[some]):
            places[some] = _counted(scores[some], columns[some, None])
    return places


def _counted(scores: FloatArray, columns: IntArray) -> IntArray:
    own = np.take_along_axis(scores, columns, axis=1)
    places: IntArray = 1 + np.count_nonzero(scores > own, axis=1)
    tied = np.flatnonzero(np.count_nonzero(scores == own, axis=1) > 1)
    before = np.arange(scores.shape[1]) < columns[tied]
    places[tied] += np.count_nonzero((scores[tied] == own[tied]) & before, axis=1)
    return places


def _sums_of_squares(shares: FloatArray) -> Sums:
    squares: Sums = np.einsum("ij,ij->i", shares, shares, dtype=np.float64)
    return squares


def _standings(shares: FloatArray, ladder: Ladder, asked: IntArray, answers: IntArray) -> Standings:
    rows, sums, start = np.arange(len(shares)), shares, 0
    found: list[tuple[IntArray, IntArray, Sums, Sums]] = []
    for rank, width in enumerate(ladder.widths):
        parents = ladder.parents[start : start + sums.shape[1]]
        start += len(parents)
        sums = sums_below(sums, parents, int(width))
        best = sums.argmax(axis=1)
        places = _places(sums, asked[rank], best)
        answered = ladder.columns[rank, answers]
        found.append((best, places, sums[rows, asked[rank]], sums[rows, answered]))
    return Standings(*(np.stack(of_ranks) for of_ranks in zip(*found, strict=True)))


NUMPY_KERNELS = RowKernels(_places, _sums_of_squares, _standings)
