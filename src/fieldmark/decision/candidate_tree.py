"""The nodes above the classes of a table, and the shares of a block of rows summed up to them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from fieldmark.core.errors import DecisionError
from fieldmark.evaluation.resampling import IntArray
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import FloatArray
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, eq=False, slots=True)
class CandidateTree:
    """The part of a taxonomy that lies above the classes of a table; candidates are numbered.

    At the finest rank candidates are the classes in the order of the columns, above it the names
    above some class, in the order of the taxonomy. Of equal sums the first candidate wins.

    Attributes:
        taxonomy: the whole tree.
        nodes: for each rank int64 (candidates,), position of each candidate in the taxonomy.
        above: for each rank int64 (classes,), the candidate above each class.
        parents: for each rank int64 (candidates,), the candidate above each at the next coarser
            rank; 0, the root, at the coarsest.
        lineages: for each rank int32 (candidates, ranks down to it), nodes of the taxonomy: those
            above each candidate and its own.
        children: for each rank int64 (candidates one rank up, most children), the candidates below
            each, the first one repeated to fill the row; at the coarsest rank one row, below the
            root.
    """

    taxonomy: Taxonomy
    nodes: tuple[IntArray, ...]
    above: tuple[IntArray, ...]
    parents: tuple[IntArray, ...]
    lineages: tuple[npt.NDArray[np.int32], ...]
    children: tuple[IntArray, ...]

    def paths_of(self, leaves: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
        """Return the nodes above some classes and their own, int32 (rows, ranks).

        Args:
            leaves: int (rows,), columns.
        """
        paths: npt.NDArray[np.int32] = self.taxonomy.paths[self.nodes[-1][leaves]]
        return paths


def candidate_tree(predictions: Predictions) -> CandidateTree:
    """Return the candidates at every rank of a table with a taxonomy.

    Raises:
        DecisionError: there is no taxonomy.
    """
    taxonomy = predictions.taxonomy
    if taxonomy is None:
        raise DecisionError(
            f"Expected a taxonomy to decode into paths; '{predictions.header.contender}' has none."
            " Import the predictions with --taxonomy."
        )
    classes = taxonomy.leaves.positions(predictions.label_space.classes)
    nodes, above, lineages = [], [], []
    for depth in range(len(taxonomy.ranks)):
        found, first, of_class = np.unique(
            taxonomy.paths[classes, depth], return_index=True, return_inverse=True
        )
        if depth == len(taxonomy.ranks) - 1:
            found, first, of_class = classes, np.arange(len(classes)), np.arange(len(classes))
        nodes.append(found.astype(np.int64))
        above.append(of_class.astype(np.int64))
        lineages.append(taxonomy.paths[classes[first], : depth + 1])
    parents = [np.zeros(len(nodes[0]), dtype=np.int64)]
    for upper, lower, found in zip(above[:-1], above[1:], nodes[1:], strict=True):
        of_lower = np.empty(len(found), dtype=np.int64)
        of_lower[lower] = upper
        parents.append(of_lower)
    children = tuple(_children(of_rank) for of_rank in parents)
    return CandidateTree(
        taxonomy, tuple(nodes), tuple(above), tuple(parents), tuple(lineages), children
    )


class NodeSums:
    """Sums the shares of a block of rows up to every rank.

    The sums of a rank are taken from those of the next finer one, so that no node is ever below
    one of its children: p(parent) >= p(child) holds in the last digit.

    Args:
        tree: the candidates.
    """

    def __init__(self, tree: CandidateTree) -> None:
        self._steps = [
            _matrix(parents, len(nodes))
            for parents, nodes in zip(tree.parents[:0:-1], tree.nodes[-2::-1], strict=True)
        ]

    def __call__(self, shares: FloatArray) -> tuple[FloatArray, ...]:
        """Return the sums at every rank, coarse to fine: float64 (rows, candidates) each.

        Args:
            shares: float (rows, classes); they are the last of the result.
        """
        levels: list[FloatArray] = [shares]
        lower: FloatArray = np.ascontiguousarray(shares.T, dtype=np.float64)
        for step in self._steps:
            lower = step @ lower
            levels.append(np.ascontiguousarray(lower.T))
        return tuple(reversed(levels))


def _matrix(parents: IntArray, count: int) -> "sparse.csr_array[np.float64]":
    """Return what sums the candidates of a rank below those of the next coarser one."""
    entries = (np.ones(len(parents)), (parents, np.arange(len(parents))))
    return sparse.csr_array(entries, shape=(count, len(parents)))


def _children(parents: IntArray) -> IntArray:
    below: Sequence[IntArray] = np.split(
        np.argsort(parents, kind="stable"), np.bincount(parents).cumsum()[:-1]
    )
    table = np.empty((len(below), max(map(len, below))), dtype=np.int64)
    for row, found in zip(table, below, strict=True):
        row[:] = found[0]
        row[: len(found)] = found
    return table
