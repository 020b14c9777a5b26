"""How far an answer lies from its label in the tree: height and information of what they share."""

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.manifest.taxonomy import Taxonomy


def lca_heights(taxonomy: Taxonomy, first: npt.ArrayLike, second: npt.ArrayLike) -> IntArray:
    """Return the heights of the lowest common ancestors of pairs of leaves.

    The height counts edges from a leaf up to the ancestor: 0 for a leaf with itself, 1 for leaves
    with the same parent, the number of ranks for leaves that share only the root. All leaves have
    the same depth, so the edge distance between the two is twice the height.

    Args:
        taxonomy: the tree; a filled gap (incertae sedis) is a node like any other.
        first: int array, positions of leaves in the taxonomy.
        second: int array that broadcasts with ``first``, such as ``leaves[:, None]`` for a matrix.

    Returns:
        int64 array of the broadcast shape, 0 to the number of ranks; empty for no pairs.

    Raises:
        PredictionsError: a position points to no leaf.

    Source:
        Bertinetto et al. (CVPR 2020), Making better mistakes; methods E4.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> tree = build_taxonomy(
        ...     pl.DataFrame({"genus": ["K", "K", "L"], "species": ["a", "b", "c"]}),
        ...     ("genus", "species"))
        >>> lca_heights(tree, [0, 0, 0], [0, 1, 2]).tolist()
        [0, 1, 2]
    """
    return len(taxonomy.ranks) - _shared_ranks(taxonomy, first, second)


def shared_information(
    taxonomy: Taxonomy, first: npt.ArrayLike, second: npt.ArrayLike
) -> FloatArray:
    """Return the information of the lowest common ancestor as a share of that of a leaf.

    The information of a node is -log2 of the share of all leaves below it. For two leaves this
    share is both the precision and the recall of information; 0 / 0 is 1, in a tree of one leaf.

    Args:
        taxonomy: the tree.
        first: int array, positions of leaves in the taxonomy.
        second: int array that broadcasts with ``first``.

    Returns:
        float64 array of the broadcast shape, in [0, 1].

    Raises:
        PredictionsError: a position points to no leaf.

    Source:
        Valmadre (NeurIPS 2022), Hierarchical classification at multiple operating points.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> tree = build_taxonomy(
        ...     pl.DataFrame({"genus": ["K", "K", "L", "L"], "species": ["a", "b", "c", "d"]}),
        ...     ("genus", "species"))
        >>> shared_information(tree, [0, 0, 0], [0, 1, 2]).tolist()
        [1.0, 0.5, 0.0]
    """
    shared = _shared_ranks(taxonomy, first, second)
    leaves = len(taxonomy.paths)
    if leaves == 1:
        return np.ones(shared.shape)
    below = [np.full(leaves, leaves)]
    below += [np.bincount(column)[column] for column in taxonomy.paths.T]
    bits = np.log2(leaves) - np.log2(np.stack(below))
    found: FloatArray = bits[shared, np.asarray(first)] / np.log2(leaves)
    return found


def tree_item_metrics(leaf: Answers, taxonomy: Taxonomy) -> tuple[ItemMetric, ...]:
    """Return the metrics of how far the answers lie from their labels in the tree.

    A label that is no candidate still has its place in the taxonomy, so a near answer is a mild
    mistake. The severity has no value where nothing is wrong.

    Args:
        leaf: the answers at the leaves; every class and label is a leaf of the taxonomy.
        taxonomy: the tree; with the leaves as its only rank there is nothing to add to the
            accuracy, and no metric.

    Raises:
        ManifestError: a class or label is no leaf of the taxonomy.
    """
    ranks = len(taxonomy.ranks)
    if ranks < 2:
        return ()
    places = taxonomy.leaves.positions(leaf.classes)
    truth, predicted = places[leaf.truth], places[leaf.predicted]
    heights = lca_heights(taxonomy, truth, predicted)
    shared = 1 - heights / ranks
    items, nodes = f"all {count_of(leaf.n, 'item')}", f"{ranks * leaf.n:,}"
    found = {
        "hierarchical_precision": (shared, f"the {nodes} nodes on answered paths"),
        "hierarchical_recall": (shared, f"the {nodes} nodes on paths of labels"),
        "hierarchical_f1": (shared, f"the {nodes} nodes on paths, answered and label"),
        "hierarchical_information": (shared_information(taxonomy, truth, predicted), items),
        "mean_lca_height": (heights.astype(np.float64), items),
    }
    metrics = [
        ItemMetric(
            metric=metric,
            rank=None,
            classes=leaf.candidates,
            values=values,
            denominator=denominator,
        )
        for metric, (values, denominator) in found.items()
    ]
    return (*metrics, _severity(leaf, heights))


def _severity(leaf: Answers, heights: IntArray) -> ItemMetric:
    wrong = ~leaf.right
    return ItemMetric(
        metric="mistake_severity",
        rank=None,
        classes=leaf.candidates,
        values=heights.astype(np.float64),
        counted=wrong,
        denominator=f"the {count_of(int(wrong.sum()), 'item')} answered wrongly",
    )


def _shared_ranks(taxonomy: Taxonomy, first: npt.ArrayLike, second: npt.ArrayLike) -> IntArray:
    """Return how many ranks two leaves share; the shared ones are always the coarsest."""
    one, other = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    leaves = len(taxonomy.paths)
    for places in (one, other):
        if places.size and (places.min() < 0 or places.max() >= leaves):
            raise PredictionsError(
                f"Expected positions of leaves from 0 to {leaves - 1}; got {places.min()} to"
                f" {places.max()}."
            )
    shape = np.broadcast_shapes(one.shape, other.shape)
    shared = np.zeros(shape, dtype=np.int64)
    for column in taxonomy.paths.T:
        shared += column[one] == column[other]
    return shared
