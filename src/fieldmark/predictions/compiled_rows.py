"""The kernels of `numpy_rows` compiled by numba, which is imported here and nowhere else.

Each is compiled when it is first called and kept on disk. No flag may change what ties or sums are:
only squares, whose order does not matter, may be added up in any order.
"""

from typing import Any

import numba
import numpy as np

from fieldmark.predictions.numpy_rows import RowKernels

_LANES = 4


def _compiled(kernel: Any, **flags: Any) -> Any:
    """Return the kernel compiled; where nothing can be kept on disk, anew in every process."""
    compile_to = {"nogil": True, "error_model": "numpy", **flags}
    try:
        return numba.njit(kernel, cache=True, **compile_to)
    except RuntimeError:
        return numba.njit(kernel, **compile_to)


def _places(scores: Any, columns: Any) -> Any:
    places = np.empty(len(scores), np.int64)
    for i in range(len(scores)):
        own = scores[i, columns[i]]
        before, after = scores[i, : columns[i]], scores[i, columns[i] + 1 :]
        ahead = np.int32(1)
        for c in range(len(before)):
            ahead += np.int32(before[c] >= own)
        for c in range(len(after)):
            ahead += np.int32(after[c] > own)
        places[i] = ahead
    return places


def _sums_of_squares(shares: Any) -> Any:
    sums = np.empty(len(shares))
    for i in range(len(shares)):
        row, total = shares[i], 0.0
        for c in range(len(row)):
            share = np.float64(row[c])
            total += share * share
        sums[i] = total
    return sums


def _sums_below(shares: Any, parents: Any, count: int) -> Any:
    rows, columns = shares.shape
    sums = np.zeros((rows, count))
    whole = rows - rows % _LANES
    # Several rows at a time: neighbouring columns often have one parent, and would wait for it.
    for i in range(0, whole, _LANES):
        for c in range(columns):
            parent = parents[c]
            for lane in range(_LANES):
                sums[i + lane, parent] += shares[i + lane, c]
    for i in range(whole, rows):
        for c in range(columns):
            sums[i, parents[c]] += shares[i, c]
    return sums


COMPILED_KERNELS = RowKernels(
    places=_compiled(_places),
    sums_of_squares=_compiled(_sums_of_squares, fastmath={"reassoc", "contract"}),
    sums_below=_compiled(_sums_below),
)
