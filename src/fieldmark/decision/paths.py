"""The record of decoded answers: for each item a node at every rank, down to where it stops."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.core.errors import DecisionError
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.resampling import IntArray
from fieldmark.manifest.taxonomy import Taxonomy

#: Stands at every rank below the answered one.
NO_NODE = -1


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Paths:
    """What one decoder answers, from the coarsest rank down to where it stops.

    An answer is always a path of the tree. Only the diagnosis of raw heads, each read by itself,
    may contradict itself; it says so and is no answer.

    Attributes:
        decoder: name of the decoder, such as "greedy".
        settings: what it was asked for, as JSON holds it.
        taxonomy: the tree.
        nodes: int32 (n, ranks), read-only: position of each item's node among the names of the
            rank; -1 at every rank below the answered one.
        items: id and label (a leaf of the tree), optionally group.
        contender: who made the scores.
        split: name of the part.
        candidates: number of leaves that could be answered.
        is_diagnosis: whether the nodes are no answer but each rank's own best.

    Raises:
        DecisionError: the nodes do not fit the tree and the items, or an answer is no path.

    Example:
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> names = {"genus": ["Quercus", "Ulmus"], "species": ["oak", "elm"]}
        >>> paths = Paths(
        ...     decoder="threshold",
        ...     taxonomy=build_taxonomy(pl.DataFrame(names), ("genus", "species")),
        ...     nodes=np.array([[0, 1], [1, -1]]),
        ...     items=pl.DataFrame({"id": ["1", "2"], "label": ["oak", "oak"]}),
        ...     contender="probe",
        ... )
        >>> paths.depth.tolist(), paths.shared.tolist()
        ([2, 1], [2, 0])
        >>> paths.table().rows()
        [('1', 'oak', 'species', 'Quercus', 'oak'), ('2', 'oak', 'genus', 'Ulmus', None)]
    """

    decoder: str
    taxonomy: Taxonomy
    nodes: npt.NDArray[np.int32]
    items: pl.DataFrame
    contender: str
    split: str = "all"
    candidates: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    is_diagnosis: bool = False
    _truth: npt.NDArray[np.int32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        nodes = np.array(self.nodes, dtype=np.int32)
        nodes.setflags(write=False)
        object.__setattr__(self, "nodes", nodes)
        kept = [name for name in ("id", "label", "group") if name in self.items.columns]
        object.__setattr__(self, "items", self.items.select(kept))
        self._check_nodes()
        truth = self.taxonomy.paths[_leaves_of(self.items["label"], self.taxonomy)]
        object.__setattr__(self, "_truth", truth)
        torn = self.contradictory
        if torn.any() and not self.is_diagnosis:
            first = self.items["id"][int(np.flatnonzero(torn)[0])]
            raise DecisionError(
                f"Expected every answer of '{self.decoder}' to be a path of the tree;"
                f" {count_of(int(torn.sum()), 'item')} of {self.n:,} contradict themselves (first:"
                f" '{first}'). Nodes of ranks that were read by themselves are no answer."
            )

    @property
    def n(self) -> int:
        """Number of items."""
        return len(self.nodes)

    @property
    def depth(self) -> IntArray:
        """Number of ranks at which each item is answered, int64 (n,): 0 for no answer."""
        depth: IntArray = np.sum(self.nodes != NO_NODE, axis=1, dtype=np.int64)
        return depth

    @property
    def right(self) -> BoolArray:
        """Whether each node is above the label or is it, bool (n, ranks); False for no node."""
        found: BoolArray = self.nodes == self.truth
        return found

    @property
    def shared(self) -> IntArray:
        """Number of right nodes of each item, int64 (n,)."""
        shared: IntArray = np.sum(self.right, axis=1, dtype=np.int64)
        return shared

    @property
    def truth(self) -> npt.NDArray[np.int32]:
        """Position of the node above each label at each rank, int32 (n, ranks)."""
        return self._truth

    @property
    def contradictory(self) -> BoolArray:
        """Whether the nodes of each item are no path of the tree from the root, bool (n,)."""
        torn: BoolArray = np.zeros(self.n, dtype=np.bool_)
        for rank in range(1, self.nodes.shape[1]):
            upper, lower = self.nodes[:, rank - 1], self.nodes[:, rank]
            parents = parents_at(self.taxonomy, rank)
            torn |= (lower != NO_NODE) & (parents[lower] != upper)
        return torn

    def table(self) -> pl.DataFrame:
        """Return one row an item: id, label, group, the answered rank, the node at each rank.

        What is not answered is null. A diagnosis also says which items contradict themselves.
        """
        ranks = np.array((None, *self.taxonomy.ranks), dtype=object)
        columns = {"answered_rank": pl.Series(ranks[self.depth].tolist(), dtype=pl.String)}
        if self.is_diagnosis:
            columns["contradictory"] = pl.Series(self.contradictory)
        for place, rank in enumerate(self.taxonomy.ranks):
            names = np.array((*self.taxonomy.nodes[place], None), dtype=object)
            name = f"answer: {rank}" if rank in self.items.columns else rank
            columns[name] = pl.Series(names[self.nodes[:, place]].tolist(), dtype=pl.String)
        return self.items.with_columns(**columns)

    def _check_nodes(self) -> None:
        shape = (self.items.height, len(self.taxonomy.ranks))
        if self.nodes.shape != shape:
            raise DecisionError(
                f"Expected a node for each item and rank, {shape}; got {self.nodes.shape}."
            )
        limits = [len(names) for names in self.taxonomy.nodes]
        if self.n and ((self.nodes < NO_NODE) | (self.nodes >= limits)).any():
            raise DecisionError(
                f"Expected positions of names at each rank, up to {limits}, or -1 for no answer;"
                f" got {self.nodes.min()} to {self.nodes.max()}."
            )


def _leaves_of(labels: pl.Series, taxonomy: Taxonomy) -> IntArray:
    """Return the leaf of each label, looking each name up once."""
    names = labels.unique(maintain_order=True)
    leaves = taxonomy.leaves.positions(names)
    found = labels.replace_strict(names, pl.Series(leaves), return_dtype=pl.Int64)
    return found.to_numpy().astype(np.int64)


def parents_at(taxonomy: Taxonomy, rank: int) -> npt.NDArray[np.int32]:
    """Return the node above each node of a rank: int32, into the names of the next coarser rank.

    Args:
        taxonomy: the tree.
        rank: position of a rank, at least 1.
    """
    parents = np.empty(len(taxonomy.nodes[rank]), dtype=np.int32)
    parents[taxonomy.paths[:, rank]] = taxonomy.paths[:, rank - 1]
    return parents
