"""One block of similarities judged: where the right identity and its photos come, for each query.

Ties are broken against the contender, as `retrieval_places` says.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fieldmark.evaluation.retrieval_scopes import CandidateBlock, Coded, IntArray

_COMPARED = 1 << 22
_SHORT_ROW = 4096
_MANY_LIMITS = 100
_BYTE = 256
_FIRST = np.zeros(1, np.int64)

Block = npt.NDArray[np.floating[Any]]
Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """Where the photos of each identity stand in a block, and which identity each query asks for.

    Attributes:
        codes: int64 (identities,), in the order of their photos.
        starts: int64 (identities,), first column of each.
        lengths: int64 (identities,), number of columns of each.
        asked: int64 (queries,), place of the right identity among ``codes``; 0 where absent.
        present: bool (queries,), whether the right identity has a column.
    """

    codes: IntArray
    starts: IntArray
    lengths: IntArray
    asked: IntArray
    present: npt.NDArray[np.bool_]


def judge_block(block: CandidateBlock, values: Block, coded: Coded) -> Columns:
    """Return what became of each query of a block: columns of `RankedQueries` by name.

    Args:
        block: the queries and their candidates.
        values: float (queries, photos), similarities; NaN where unknown.
        coded: the identities.
    """
    layout = layout_of(block, coded)
    scores = _of_candidates(block, values)
    counts = photos_of_identities(block, layout)
    photos = counts.sum(axis=1)
    identities = np.count_nonzero(counts, axis=1)
    right = np.where(layout.present, counts[np.arange(len(counts)), layout.asked], 0)
    best = np.maximum.reduceat(scores, layout.starts, axis=1)
    found = {"photos": photos, "identities": identities, "right_photos": right}
    found |= _identity_places(best, layout, right > 0, nobody=len(coded.names))
    found |= _photo_places(scores, layout, right)
    absent = right == 0
    found["place"] = np.where(absent, identities + 1, found["place"])
    found["first_right"] = np.where(absent, photos + 1, found["first_right"])
    return found


def at_least(values: Block, limits: Block) -> IntArray:
    """Return how many values of a row are at least as great as each limit of that row.

    Args:
        values: float (n, width).
        limits: float (n, some).

    Returns:
        int64 (n, some).

    Example:
        >>> at_least(np.array([[3.0, 1.0, 2.0, 2.0]]), np.array([[2.0, 4.0]])).tolist()
        [[3, 0]]
    """
    width = values.shape[1]
    found = np.empty(limits.shape, np.int64)
    if width > _SHORT_ROW:
        for row, line in enumerate(values):
            if limits.shape[1] > _MANY_LIMITS:
                found[row] = width - np.searchsorted(np.sort(line), limits[row])
            else:
                found[row] = [np.count_nonzero(line >= limit) for limit in limits[row]]
        return found
    step = max(1, _COMPARED // max(1, width * limits.shape[1]))
    for start in range(0, len(values), step):
        rows = slice(start, start + step)
        reached = values[rows, None, :] >= limits[rows, :, None]
        found[rows] = reached.sum(axis=2, dtype=np.uint8 if width < _BYTE else np.uint16)
    return found


def layout_of(block: CandidateBlock, coded: Coded) -> Layout:
    """Return where the photos of each identity stand in a block."""
    of_columns = coded.enrolled[block.columns]
    inner = np.flatnonzero(of_columns[1:] != of_columns[:-1]) + 1
    starts = np.concatenate([_FIRST, inner])
    lengths = np.concatenate([inner, [len(of_columns)]]) - starts
    codes = of_columns[starts]
    truth = coded.truth[block.rows]
    asked = np.minimum(np.searchsorted(codes, truth), len(codes) - 1)
    present = codes[asked] == truth
    return Layout(codes, starts, lengths, np.where(present, asked, 0), present)


def _of_candidates(block: CandidateBlock, values: Block) -> Block:
    """Return the similarities, -inf for what is no candidate or not known."""
    if np.isnan(values.min()):
        values = np.where(np.isnan(values), -np.inf, values)
    return values if block.allowed is None else np.where(block.allowed, values, -np.inf)


def photos_of_identities(block: CandidateBlock, layout: Layout) -> IntArray:
    """Return how many photos of each identity are candidates, int64 (queries, identities)."""
    if block.allowed is None:
        return np.broadcast_to(layout.lengths, (len(block.rows), len(layout.lengths)))
    return np.add.reduceat(block.allowed.astype(np.int64), layout.starts, axis=1)


def _identity_places(
    best: Block, layout: Layout, covered: npt.NDArray[np.bool_], *, nobody: int
) -> Columns:
    rows = np.arange(len(best))
    right = np.where(covered, best[rows, layout.asked], -np.inf).astype(np.float64)
    others = best.astype(np.float64)
    others[rows[layout.present], layout.asked[layout.present]] = -np.inf
    listed = others > -np.inf
    before = np.count_nonzero(listed & (others >= right[:, None]), axis=1)
    leader = others.argmax(axis=1)
    best_other = others[rows, leader]
    is_first = (before == 0) & (right > -np.inf)
    first = np.where(best_other > -np.inf, layout.codes[leader], nobody)
    return {
        "place": before + 1,
        "first": np.where(is_first, layout.codes[layout.asked], first),
        "best_right": right,
        "best_other": best_other,
        "others_spread": _spread(others, listed),
        "tied": (right == best_other) & (right > -np.inf),
        "is_known": ~covered | (right > -np.inf),
    }


def _spread(others: npt.NDArray[np.float64], listed: npt.NDArray[np.bool_]) -> Block:
    values = np.where(listed, others, 0.0)
    counts = np.count_nonzero(listed, axis=1)
    means = values.sum(axis=1) / np.maximum(counts, 1)
    centred = np.where(listed, values - means[:, None], 0.0)
    spread: Block = np.einsum("ij,ij->i", centred, centred)
    return spread


def _photo_places(scores: Block, layout: Layout, right: IntArray) -> Columns:
    width = max(1, int(np.where(layout.present, layout.lengths[layout.asked], 0).max(initial=1)))
    order = np.arange(width)
    cells = layout.starts[layout.asked][:, None] + order
    inside = layout.present[:, None] & (order < layout.lengths[layout.asked][:, None])
    taken = np.take_along_axis(scores, np.minimum(cells, scores.shape[1] - 1), axis=1)
    own = -np.sort(-np.where(inside, taken, -np.inf), axis=1)
    listed = own > -np.inf
    is_tied = listed[:, 1:] & (own[:, 1:] == own[:, :-1])
    own_before = at_least(own, own) if is_tied.any() else order + 1
    wrong_before = at_least(scores, own) - own_before
    places = order + 1 + wrong_before
    precision = np.where(listed, (order + 1) / places, 0.0)
    is_early = places <= right[:, None]
    some = np.maximum(right, 1)
    all_listed = np.count_nonzero(scores > -np.inf, axis=1)
    return {
        "listed": all_listed,
        "first_right": np.where(listed[:, 0], places[:, 0], all_listed + 1),
        "average_precision": precision.sum(axis=1) / some,
        "precision_at_r": np.where(is_early, precision, 0.0).sum(axis=1) / some,
        "is_whole": np.count_nonzero(listed, axis=1) == right,
    }
