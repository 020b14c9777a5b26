"""Whole paths weighed by the heads of all ranks: sums of log-probabilities down a tree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import FloatArray, release_pages, rows_per_block
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import SMALLEST_PROBABILITY
from fieldmark.predictions.table import Predictions

# Two blocks of this size stay in the cache of a core.
BLOCK_BYTES = 1 << 20
_BLOCKS_KEPT = 16
# No log-probability is lower, so that sums over the ranks are finite in single precision.
_LOWEST = -1e30


@dataclass(frozen=True, eq=False, slots=True)
class _Step:
    """One rank: the columns of its head that stand on a path, and the step above each."""

    columns: npt.NDArray[np.int64]
    parents: npt.NDArray[np.int64]


def reachable_leaves(taxonomy: Taxonomy, tables: Sequence[Predictions]) -> npt.NDArray[np.bool_]:
    """Return which classes of the finest table have a column for every ancestor, bool (classes,).

    Args:
        taxonomy: the tree.
        tables: one a rank, coarse to fine.
    """
    leaves = taxonomy.leaves.positions(tables[-1].label_space.classes)
    kept = np.ones(len(leaves), dtype=np.bool_)
    for depth, table in enumerate(tables):
        has_column = np.isin(taxonomy.nodes[depth], table.label_space.classes)
        kept &= has_column[taxonomy.paths[leaves, depth]]
    return kept


def joint_blocks(
    taxonomy: Taxonomy, tables: Sequence[Predictions], kept: npt.NDArray[np.bool_]
) -> Iterator[FloatArray]:
    """Yield the log-probabilities of whole paths in blocks of rows, float (rows, kept leaves).

    Args:
        taxonomy: the tree.
        tables: one a rank, coarse to fine, of the same items.
        kept: bool (classes of the finest table,), the leaves that `reachable_leaves` found.
    """
    steps = _steps(taxonomy, tables, kept)
    widest = max(len(table.label_space) for table in tables)
    rows = rows_per_block(widest, 4, BLOCK_BYTES)
    for block, start in enumerate(range(0, tables[0].n, rows), start=1):
        above: FloatArray | None = None
        for table, step in zip(tables, steps, strict=True):
            own = log_probabilities(table.scores[start : start + rows], table.header.score_kind)
            if len(step.columns) < own.shape[1] or (np.diff(step.columns) != 1).any():
                own = own.take(step.columns, axis=1)
            if above is not None:
                own += above.take(step.parents, axis=1)
            above = own
        if above is not None:
            yield above
        if block % _BLOCKS_KEPT == 0 or start + rows >= tables[0].n:
            for table in tables:
                release_pages(table.scores)


def log_probabilities(scores: FloatArray, kind: ScoreKind) -> FloatArray:
    """Return the logarithms of the probabilities of some rows, in single or double precision.

    Args:
        scores: float (rows, classes), logits or probabilities; half precision is widened.
        kind: which of the two. Probabilities below 1e-12 count as 1e-12.

    Example:
        >>> log_probabilities(np.array([[5.0, 5.0]]), ScoreKind.LOGITS).round(4).tolist()
        [[-0.6931, -0.6931]]
    """
    wide = scores.astype(np.promote_types(scores.dtype, np.float32))
    if kind is ScoreKind.PROBABILITIES:
        np.maximum(wide, SMALLEST_PROBABILITY, out=wide)
        np.log(wide, out=wide)
        return wide
    with np.errstate(over="ignore"):
        wide -= wide.max(axis=1, keepdims=True)
    wholes = np.exp(wide).sum(axis=1, keepdims=True, dtype=np.float64)
    wide -= np.log(wholes).astype(wide.dtype)
    np.maximum(wide, _LOWEST, out=wide)
    return wide


def _steps(
    taxonomy: Taxonomy, tables: Sequence[Predictions], kept: npt.NDArray[np.bool_]
) -> list[_Step]:
    leaves = taxonomy.leaves.positions(tables[-1].label_space.classes)[kept]
    steps: list[_Step] = []
    above = np.zeros(len(taxonomy.nodes[0]), dtype=np.int64)
    for depth, table in enumerate(tables):
        used, first = np.unique(taxonomy.paths[leaves, depth], return_index=True)
        if depth == len(tables) - 1:
            used, first = leaves, np.arange(len(leaves))
        names = taxonomy.label_space(taxonomy.ranks[depth])
        columns = np.full(len(names), -1, dtype=np.int64)
        own = table.label_space.classes
        columns[names.positions(own)] = np.arange(len(own))
        parent = taxonomy.paths[leaves[first], max(depth - 1, 0)] * (depth > 0)
        steps.append(_Step(columns[used], above[parent]))
        above = np.zeros(len(names), dtype=np.int64)
        above[used] = np.arange(len(used))
    return steps
