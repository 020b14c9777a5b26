"""The kernels of `numpy_rows` compiled by numba, which is imported here and nowhere else.

Each is compiled when it is first called and kept on disk. No flag may change what ties or sums are:
only squares, whose order does not matter, may be added up in any order.

Standings take the rows side by side, as many as stay in the cache with the sums of all ranks: what
one column or node is added to or compared with is then next to that of the other rows, which
vector instructions take several at a time, and every sum keeps the order of its columns.
"""

from typing import Any

import numba
import numpy as np

from fieldmark.predictions.blocks import FloatArray
from fieldmark.predictions.numpy_rows import IntArray, Ladder, RowKernels, Standings

_LANES = 64
_TILE = 64


def _compiled(kernel: Any, **flags: Any) -> Any:
    """Return the kernel compiled; where nothing can be kept on disk, anew in every process."""
    compile_to = {"nogil": True, "error_model": "numpy", **flags}
    try:
        return numba.njit(kernel, cache=True, **compile_to)
    except RuntimeError:
        return numba.njit(kernel, **compile_to)


def _places(scores: Any, columns: Any, best: Any) -> Any:
    places = np.ones(len(scores), np.int64)
    for i in range(len(scores)):
        if columns[i] == best[i]:
            continue
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


@_compiled
def _turn(shares: Any, start: Any, tile: Any) -> None:
    """Write some columns of shares (lanes, columns), from ``start`` on, as lines of the tile."""
    lanes = len(shares)
    whole = lanes - lanes % 8
    for i in range(0, whole, 8):
        a, b, c, d = shares[i], shares[i + 1], shares[i + 2], shares[i + 3]
        e, f, g, h = shares[i + 4], shares[i + 5], shares[i + 6], shares[i + 7]
        part = tile[:, i : i + 8]
        for t in range(np.uintp(len(tile))):
            j = np.uintp(start) + t
            part[t, 0], part[t, 1], part[t, 2], part[t, 3] = a[j], b[j], c[j], d[j]
            part[t, 4], part[t, 5], part[t, 6], part[t, 7] = e[j], f[j], g[j], h[j]
    for i in range(whole, lanes):
        for t in range(len(tile)):
            tile[t, i] = shares[i, start + t]


@_compiled
def _add(lines: Any, parents: Any, sums: Any, lanes: Any) -> None:
    """Add each line to the sums of its parent."""
    for t in range(np.uintp(len(lines))):
        parent = np.uintp(parents[t])
        for lane in range(lanes):
            sums[parent, lane] += lines[t, lane]


@_compiled
def _ahead(value: Any, own: Any, node: Any, asked: Any) -> Any:
    """Return 1 where a node comes before the one that is asked for, else 0."""
    return np.int64(value > own) + (np.int64(value == own) & np.int64(node < asked))


@_compiled
def _look(sums: Any, asked: Any, best: Any, places: Any, own: Any) -> None:
    """Write the best node of each lane, and the place and the sum of the one asked for."""
    lanes, count = len(asked), len(sums)
    tops = np.empty(lanes)
    for lane in range(lanes):
        own[lane] = sums[asked[lane], lane]
        tops[lane], best[lane], places[lane] = sums[0, lane], 0, 1
    whole = count - count % 4
    for n in range(0, whole, 4):
        for lane in range(lanes):
            mine, wanted = own[lane], asked[lane]
            a, b, c, d = sums[n, lane], sums[n + 1, lane], sums[n + 2, lane], sums[n + 3, lane]
            before = _ahead(a, mine, n, wanted) + _ahead(b, mine, n + 1, wanted)
            before += _ahead(c, mine, n + 2, wanted) + _ahead(d, mine, n + 3, wanted)
            # Pairs first, the earlier of equals; then the better of both against the best so far.
            left, right = (n if a >= b else n + 1), (n + 2 if c >= d else n + 3)
            of_left, of_right = (a if a >= b else b), (c if c >= d else d)
            node = left if of_left >= of_right else right
            value = of_left if of_left >= of_right else of_right
            places[lane] += before
            best[lane] = node if value > tops[lane] else best[lane]
            tops[lane] = value if value > tops[lane] else tops[lane]
    for n in range(whole, count):
        for lane in range(lanes):
            value = sums[n, lane]
            places[lane] += _ahead(value, own[lane], n, asked[lane])
            best[lane] = n if value > tops[lane] else best[lane]
            tops[lane] = value if value > tops[lane] else tops[lane]


def _standings(shares: Any, parents: Any, widths: Any, nodes: Any, asked: Any, answers: Any) -> Any:
    ranks, (rows, columns) = len(widths), shares.shape
    ends = np.cumsum(widths)
    sums, tile = np.empty((ends[-1], _LANES)), np.empty((_TILE, _LANES), shares.dtype)
    best, places = np.empty((ranks, rows), np.int64), np.empty((ranks, rows), np.int64)
    of_asked, of_answered = np.empty((ranks, rows)), np.empty((ranks, rows))
    for i in range(0, rows, _LANES):
        group = shares[i : i + _LANES]
        lanes, sums[:] = len(group), 0.0
        for start in range(0, columns, _TILE):
            lines = tile[: min(_TILE, columns - start)]
            _turn(group, start, lines)
            _add(lines, parents[start:], sums, lanes)
        above = columns
        for r in range(ranks):
            of_rank, inside = sums[ends[r] - widths[r] : ends[r]], slice(i, i + lanes)
            _look(
                of_rank, asked[r, inside], best[r, inside], places[r, inside], of_asked[r, inside]
            )
            for lane in range(lanes):
                of_answered[r, i + lane] = of_rank[nodes[r, answers[i + lane]], lane]
            if r + 1 < ranks:
                _add(of_rank, parents[above:], sums[ends[r] :], lanes)
                above += widths[r]
    return best, places, of_asked, of_answered


_compiled_standings = _compiled(_standings)


def _standings_of(
    shares: FloatArray, ladder: Ladder, asked: IntArray, answers: IntArray
) -> Standings:
    above = ladder.parents, ladder.widths, ladder.columns
    return Standings(*_compiled_standings(shares, *above, np.ascontiguousarray(asked), answers))


COMPILED_KERNELS = RowKernels(
    places=_compiled(_places),
    sums_of_squares=_compiled(_sums_of_squares, fastmath={"reassoc", "contract"}),
    standings=_standings_of,
)
