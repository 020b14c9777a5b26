"""Decoders: from the shares of the leaves to one path of the tree for each item (E1, E4, E5).

Whatever a decoder picks, it picks one node and answers that node with its ancestors, so that no
answer contradicts itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import DecisionError
from fieldmark.decision.candidate_tree import CandidateTree, NodeSums
from fieldmark.decision.paths import NO_NODE
from fieldmark.decision.rolled_up import CUSTOMARY
from fieldmark.evaluation.resampling import IntArray
from fieldmark.predictions.blocks import FloatArray

#: The number of leaves that SpeciesNet keeps of each item.
ROLL_UP_KEPT = 5
Nodes = npt.NDArray[np.int32]


class BlockScores:
    """What decoders read of a block of rows.

    Args:
        sums: sums shares up to every rank.
        best: int (rows,), column of the highest score; of equal scores the first.
        shares: float (rows, classes), shares of the whole of their row.
        wholes: float64 (rows,).
    """

    def __init__(
        self,
        sums: NodeSums,
        *,
        best: npt.NDArray[np.integer],
        shares: FloatArray,
        wholes: FloatArray,
    ) -> None:
        self.best, self.shares, self.wholes = best, shares, wholes
        self._sums = sums

    @cached_property
    def levels(self) -> tuple[FloatArray, ...]:
        """The sums at every rank, coarse to fine, float (rows, candidates); shares, not divided."""
        return self._sums(self.shares)

    @cached_property
    def surest(self) -> tuple[IntArray, ...]:
        """The candidate of the highest sum at every rank, int64 (rows,) each; of equals the first.

        Two of them may lie on different branches.
        """
        return tuple(sums.argmax(axis=1) for sums in self.levels)


PathsOfBlock = Callable[[BlockScores], Nodes]


class Decoder(Protocol):
    """Gives each item of a block its path."""

    @property
    def name(self) -> str:
        """What tables and commands call it."""
        ...

    @property
    def settings(self) -> dict[str, Any]:
        """What it was asked for, as JSON holds it."""
        ...

    @property
    def needs_shares(self) -> bool:
        """Whether it sums or weighs probabilities, which similarities are not."""
        ...

    def on(self, tree: CandidateTree) -> PathsOfBlock:
        """Return what decodes blocks of rows of a table with these candidates.

        It gives positions of nodes in the taxonomy, int32 (rows, ranks), -1 below the answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class AncestorsOfBestLeaf:
    """The best leaf with its ancestors; every rank is answered."""

    name: ClassVar[str] = "leaf"
    settings: ClassVar[dict[str, Any]] = {}
    needs_shares: ClassVar[bool] = False

    def on(self, tree: CandidateTree) -> PathsOfBlock:
        """Return what decodes blocks of rows."""
        return lambda block: tree.paths_of(block.best)


@dataclass(frozen=True, slots=True)
class GreedyDescent:
    """From the root to the child with the highest sum, again and again; every rank is answered."""

    name: ClassVar[str] = "greedy"
    settings: ClassVar[dict[str, Any]] = {}
    needs_shares: ClassVar[bool] = True

    def on(self, tree: CandidateTree) -> PathsOfBlock:
        """Return what decodes blocks of rows."""

        def descended(block: BlockScores) -> Nodes:
            at: IntArray = np.zeros(len(block.shares), dtype=np.int64)
            for rank, sums in enumerate(block.levels):
                # The surest of all is the surest child wherever it is a child.
                found = block.surest[rank].copy()
                rows = np.flatnonzero(tree.parents[rank][found] != at)
                below = tree.children[rank][at[rows]]
                best = sums[rows[:, None], below].argmax(axis=1)
                found[rows] = below[np.arange(len(rows)), best]
                at = found
            return tree.paths_of(at)

        return descended


@dataclass(frozen=True, slots=True)
class DeepestAbove:
    """The deepest node whose probability exceeds a threshold of at least one half.

    Two nodes that do not lie above each other share no leaf, so both cannot exceed one half: at
    each rank there is at most one such node, and they form one chain from the root.

    With the threshold 0.5 this is also the answer of least expected edge distance over all nodes
    of the tree: one edge down gains where the child is more probable than not.

    Attributes:
        threshold: from 0.5 up to 1; no answer where not even a node of the coarsest rank is above.

    Raises:
        DecisionError: the threshold is out of range.
    """

    threshold: float = 0.5
    name: ClassVar[str] = "threshold"
    needs_shares: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0.5 <= self.threshold < 1:
            raise DecisionError(
                f"Expected a threshold of at least 0.5 and below 1; got {self.threshold:g}. Below"
                " 0.5 two branches could both exceed it, and a bolder threshold could jump from"
                " one to the other. Backing off along the best leaf's ancestors is safe at any"
                " threshold: `fieldmark decide` with the rule back-off."
            )

    @property
    def settings(self) -> dict[str, Any]:
        """The threshold."""
        return {"threshold": self.threshold}

    def on(self, tree: CandidateTree) -> PathsOfBlock:
        """Return what decodes blocks of rows."""

        def deepest(block: BlockScores) -> Nodes:
            rows, least = np.arange(len(block.shares)), self.threshold * block.wholes
            found = np.full((len(rows), len(tree.nodes)), NO_NODE, dtype=np.int32)
            for rank, (sums, best) in enumerate(zip(block.levels, block.surest, strict=True)):
                above = sums[rows, best] > least
                found[above, : rank + 1] = tree.lineages[rank][best[above]]
            return found

        return deepest


@dataclass(frozen=True, slots=True)
class RollUp:
    """SpeciesNet's rule: the finest rank at which the kept leaves sum to 0.65 below one node.

    It differs from `DeepestAbove` in that the threshold is fixed, may be reached exactly, and only
    the five most probable leaves of an item count: what lies below a node outside these five does
    not speak for it. SpeciesNet asks for more than 0.65, and rolls up by country besides.

    Source:
        Methods E5; SpeciesNet, geofence_utils.
    """

    name: ClassVar[str] = "roll-up"
    settings: ClassVar[dict[str, Any]] = {
        "threshold": CUSTOMARY,
        "kept_leaves": ROLL_UP_KEPT,
    }
    needs_shares: ClassVar[bool] = True

    def on(self, tree: CandidateTree) -> PathsOfBlock:
        """Return what decodes blocks of rows."""

        def rolled_up(block: BlockScores) -> Nodes:
            columns, kept = _highest(block.shares, ROLL_UP_KEPT)
            rows, paths = np.arange(len(kept)), tree.paths_of(columns)
            found = np.full((len(rows), len(tree.nodes)), NO_NODE, dtype=np.int32)
            for rank in range(len(tree.nodes)):
                names = paths[:, :, rank]
                below_one = np.equal(names[:, :, None], names[:, None, :])
                sums = (below_one * kept[:, None, :]).sum(axis=2)
                best = sums.argmax(axis=1)
                reached = sums[rows, best] >= CUSTOMARY * block.wholes
                found[reached, : rank + 1] = paths[rows, best][reached, : rank + 1]
            return found

        return rolled_up


def _highest(shares: FloatArray, kept: int) -> tuple[IntArray, FloatArray]:
    """Return the columns of the highest shares of each row and these, the highest first."""
    left, rows = shares.copy(), np.arange(len(shares))
    columns = np.empty((len(rows), min(kept, shares.shape[1])), dtype=np.int64)
    highest = np.empty(columns.shape)
    for place in range(columns.shape[1]):
        columns[:, place] = left.argmax(axis=1)
        highest[:, place] = left[rows, columns[:, place]]
        left[rows, columns[:, place]] = -1.0
    return columns, highest
