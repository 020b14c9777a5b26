"""What the outputs of a hierarchical head say of leaves and ranks, in NumPy and float64."""

from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from fieldmark.heads.tree_layout import NodeArray, Segments, TreeLayout
from fieldmark.heads.tree_objective import TreeStructure

Float64Array: TypeAlias = npt.NDArray[np.float64]
AnyFloat = TypeVar("AnyFloat", bound=np.floating[Any])


def leaf_scores(
    structure: TreeStructure, layout: TreeLayout, outputs: npt.NDArray[np.floating[Any]]
) -> Float64Array:
    """Return logits of the leaves: float64 array (n, n_leaves), each row by itself.

    Args:
        structure: of the outputs.
        layout: the tree.
        outputs: float array (n, width of the structure).

    Returns:
        the outputs themselves for "leaves"; otherwise the logarithm of the product along each
        path: of the heads of all ranks, or of the softmax among the children of each parent.

    Example:
        >>> layout = TreeLayout(("genus", "species"), np.array([[0, 0], [0, 1], [1, 2]]))
        >>> np.exp(leaf_scores("siblings", layout, np.zeros((1, 5)))).round(6).tolist()
        [[0.25, 0.25, 0.5]]
    """
    wide = outputs.astype(np.float64)
    if structure == "leaves":
        return wide
    if structure == "siblings":
        terms = split_by_rank(layout, wide - _log_sums(wide, layout.siblings))
    else:
        terms = tuple(log_softmax(part, axis=1) for part in split_by_rank(layout, wide))
    along = terms[0]
    for above, own in zip(_parents_within_ranks(layout), terms[1:], strict=True):
        along = own + along[:, above]
    return along


def split_by_rank(
    layout: TreeLayout, values: npt.NDArray[AnyFloat]
) -> tuple[npt.NDArray[AnyFloat], ...]:
    """Return values (n, n_nodes) of all nodes as one array (n, nodes) for each rank.

    Example:
        >>> layout = TreeLayout(("genus", "species"), np.array([[0, 0], [0, 1], [1, 2]]))
        >>> [part.shape for part in split_by_rank(layout, np.zeros((7, 5), dtype=np.float32))]
        [(7, 2), (7, 3)]
    """
    return tuple(np.split(values, layout.offsets[1:-1], axis=1))


def _parents_within_ranks(layout: TreeLayout) -> tuple[NodeArray, ...]:
    """Return, for each rank but the coarsest, its nodes' parents, counted within the rank above."""
    parents = np.split(layout.parents, layout.offsets[1:-1])[1:]
    return tuple(
        above - 1 - first for above, first in zip(parents, layout.offsets[:-2], strict=True)
    )


def _log_sums(values: Float64Array, segments: Segments) -> Float64Array:
    """Return, at each column (n, k), the log-sum-exp of the columns of its segment."""
    ordered = values[:, segments.order]
    sizes = np.diff(np.append(segments.starts, ordered.shape[1]))
    top = np.maximum.reduceat(ordered, segments.starts, axis=1)
    powers = np.exp(ordered - np.repeat(top, sizes, axis=1))
    sums = top + np.log(np.add.reduceat(powers, segments.starts, axis=1))
    found = np.empty_like(values)
    found[:, segments.order] = np.repeat(sums, sizes, axis=1)
    return found
