"""What makes ranks, names and paths a tree with the same ranks above every leaf."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.errors import TaxonomyError
from fieldmark.manifest.labels import LabelSpace

Names = tuple[str, ...]


def check_names(ranks: Names, nodes: tuple[Names, ...]) -> None:
    """Refuse ranks that are not distinct, and names that are not unique and sorted in each.

    Raises:
        TaxonomyError: the ranks repeat, do not match the names, or names are not sorted.
        ManifestError: a rank has no name, or a name is blank or repeated.
    """
    if not ranks or len(set(ranks)) < len(ranks):
        raise TaxonomyError(f"Expected distinct ranks, coarse to fine; got {list(ranks)}.")
    if len(nodes) != len(ranks):
        raise TaxonomyError(f"Expected names for {count_of(len(ranks), 'rank')}; got {len(nodes)}.")
    for rank, names in zip(ranks, nodes, strict=True):
        LabelSpace(names)
        if any(first > second for first, second in pairwise(names)):
            raise TaxonomyError(f"Expected the names of rank '{rank}' sorted; they are not.")


def check_tree(ranks: Names, nodes: tuple[Names, ...], paths: npt.NDArray[np.int32]) -> None:
    """Refuse paths that do not give each leaf one ancestor, and each name one parent, per rank.

    Args:
        ranks: names of the ranks, coarse to fine.
        nodes: the names at each rank.
        paths: int32 array (n_leaves, n_ranks), positions in ``nodes``.

    Raises:
        TaxonomyError: the paths have another shape, point outside, or are no tree.
    """
    sizes = np.array([len(names) for names in nodes])
    if paths.shape != (sizes[-1], len(sizes)):
        raise TaxonomyError(
            f"Expected paths of shape {(int(sizes[-1]), len(sizes))}; got {paths.shape}."
        )
    if not np.array_equal(paths[:, -1], np.arange(sizes[-1])):
        raise TaxonomyError("Expected each leaf at the end of its own path; it is not.")
    if paths.min() < 0 or (paths >= sizes).any():
        raise TaxonomyError("Expected paths that point into the names; one points outside.")
    for r, rank in enumerate(ranks[:-1]):
        if len(np.unique(paths[:, r])) < sizes[r]:
            raise TaxonomyError(f"Expected a leaf below every name of rank '{rank}'; one has none.")
        pairs = np.unique(paths[:, r : r + 2], axis=0)
        if len(pairs) > sizes[r + 1]:
            children, counts = np.unique(pairs[:, 1], return_counts=True)
            child = nodes[r + 1][children[counts > 1][0]]
            raise TaxonomyError(
                f"The ranks do not form a tree: '{child}' stands under two names of rank '{rank}'."
            )
