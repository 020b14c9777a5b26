"""Where the nodes of a taxonomy stand in one vector of numbers: rank after rank, coarse to fine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import first_few
from fieldmark.core.errors import TaxonomyError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.manifest.tree_checks import check_tree

NodeArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Segments:
    """Places put side by side by what they share, as ``numpy.add.reduceat`` wants them.

    Attributes:
        order: int64 array, the places one after another, those of a segment together.
        starts: int64 array, where in ``order`` each segment begins.
    """

    order: NodeArray
    starts: NodeArray


@dataclass(frozen=True, eq=False, slots=True)
class TreeLayout:
    """The nodes of a tree whose leaves are the classes of a head, in their order.

    The vector of all nodes holds those of the coarsest rank first and the leaves last; within a
    rank they stand in the order of the taxonomy.

    Attributes:
        ranks: names of the ranks, coarse to fine; the last rank holds the leaves.
        paths: int64 array (n_leaves, n_ranks), read-only: each leaf's ancestor, counted within its
            rank; paths[i, -1] == i.

    Raises:
        TaxonomyError: the paths are no tree of these ranks.

    Example:
        >>> layout = TreeLayout(("genus", "species"), np.array([[0, 0], [0, 1], [1, 2]]))
        >>> layout.sizes, layout.offsets, layout.n_nodes
        ((2, 3), (0, 2, 5), 5)
        >>> layout.nodes.tolist(), layout.parents.tolist()
        ([[0, 2], [0, 3], [1, 4]], [0, 0, 1, 1, 2])
    """

    ranks: tuple[str, ...]
    paths: NodeArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranks", tuple(self.ranks))
        given = np.asarray(self.paths)
        if given.ndim != 2 or given.dtype.kind not in "iu" or not given.size:
            raise TaxonomyError(
                "Expected the paths of leaves as whole numbers, one row for each leaf and one "
                f"column for each rank; got {given.dtype} of shape {given.shape}."
            )
        paths = given.astype(np.int64)
        paths.setflags(write=False)
        object.__setattr__(self, "paths", paths)
        sizes = (int(column.max()) + 1 for column in paths.T)
        names = tuple(tuple(f"node {node}" for node in range(size)) for size in sizes)
        check_tree(self.ranks, names[: len(self.ranks)], paths.astype(np.int32))

    @property
    def n_leaves(self) -> int:
        """How many leaves there are."""
        return len(self.paths)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many nodes each rank has."""
        return tuple(int(column.max()) + 1 for column in self.paths.T)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where each rank begins in the vector of all nodes, and where the last one ends."""
        return (0, *(int(end) for end in np.cumsum(self.sizes)))

    @property
    def n_nodes(self) -> int:
        """How many nodes all ranks have together; the root is none of them."""
        return self.offsets[-1]

    @property
    def nodes(self) -> NodeArray:
        """Each leaf's path in the vector of all nodes: int64 array (n_leaves, n_ranks)."""
        nodes: NodeArray = self.paths + np.array(self.offsets[:-1])
        return nodes

    @property
    def parents(self) -> NodeArray:
        """Each node's parent: int64 array (n_nodes,), 0 for the root and k + 1 for node k."""
        found = np.zeros(self.n_nodes, dtype=np.int64)
        nodes = self.nodes
        found[nodes[:, 1:]] = nodes[:, :-1] + 1
        return found

    @property
    def siblings(self) -> Segments:
        """The nodes by their parent, in the order of the parents."""
        return _segments(self.parents)

    def leaves_below(self, rank: str) -> Segments:
        """Return the leaves by their ancestor at a rank, in the order of the ancestors.

        Raises:
            ValueError: there is no such rank.
        """
        return _segments(self.paths[:, self.ranks.index(rank)])

    def to_dict(self) -> dict[str, Any]:
        """Return the layout as content that JSON can hold."""
        return {"ranks": list(self.ranks), "paths": self.paths.tolist()}


def layout_of(taxonomy: Taxonomy, label_space: LabelSpace | None = None) -> TreeLayout:
    """Return where the nodes of a taxonomy stand.

    Args:
        taxonomy: the tree.
        label_space: the classes of the head, which must be its leaves in their order; None takes
            the leaves.

    Raises:
        TaxonomyError: the classes are not the leaves, or stand in another order.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> names = {"genus": ["K", "K", "L"], "species": ["a", "b", "c"]}
        >>> layout_of(build_taxonomy(pl.DataFrame(names), ("genus", "species"))).paths.tolist()
        [[0, 0], [0, 1], [1, 2]]
    """
    leaves = taxonomy.leaves.classes
    classes = leaves if label_space is None else label_space.classes
    if classes != leaves:
        strange = sorted(set(classes) ^ set(leaves))
        detail = f"they differ in {first_few(strange)}" if strange else "their order differs"
        raise TaxonomyError(
            f"Expected the {len(leaves):,} leaves of the taxonomy as classes, in their order; "
            f"got {len(classes):,} classes, and {detail}. Restrict the taxonomy to the classes."
        )
    return TreeLayout(taxonomy.ranks, taxonomy.paths.astype(np.int64))


def layout_from_dict(content: Mapping[str, Any]) -> TreeLayout:
    """Return the layout that ``TreeLayout.to_dict`` wrote.

    Raises:
        TaxonomyError: a key is missing, or the paths are no tree.
    """
    missing = {"ranks", "paths"} - content.keys()
    if missing:
        raise TaxonomyError(
            f"Expected the layout of a tree with ranks and paths; {sorted(missing)[0]} is missing."
        )
    return TreeLayout(tuple(content["ranks"]), np.array(content["paths"]))


def _segments(keys: NodeArray) -> Segments:
    order = np.argsort(keys, kind="stable").astype(np.int64)
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]).astype(np.int64)
    return Segments(order, starts)
