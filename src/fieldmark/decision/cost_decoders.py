"""Decoders that weigh what a mistake costs: how far off it is in the tree, or poison (E4)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from fieldmark.core.checks import nearest
from fieldmark.core.errors import DecisionError
from fieldmark.decision.candidate_tree import CandidateTree
from fieldmark.decision.path_decoders import BlockScores, Nodes, PathsOfBlock
from fieldmark.evaluation.answers import BoolArray
from fieldmark.manifest.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class LeastTreeDistance:
    """The leaf whose expected height of the common ancestor with the truth is least.

    The height is the number of ranks at which two leaves differ, so the least expected height is
    the highest sum of the probabilities along a path. An inner node never has a lower height than
    the leaves below it; for the edge distance over all nodes see `DeepestAbove`.

    Source:
        Bertinetto et al. (2020), conditional risk minimisation; methods E4.
    """

    name: ClassVar[str] = "minimum-cost"
    settings: ClassVar[dict[str, Any]] = {"cost": "tree-distance"}
    needs_shares: ClassVar[bool] = True

    def on(self, tree: CandidateTree) -> PathsOfBlock:
        """Return what decodes blocks of rows."""

        def nearest_leaf(block: BlockScores) -> Nodes:
            along = block.levels[0]
            for parents, sums in zip(tree.parents[1:], block.levels[1:], strict=True):
                along = along.take(parents, axis=1)
                along += sums
            return tree.paths_of(along.argmax(axis=1))

        return nearest_leaf


@dataclass(frozen=True, slots=True)
class LeastPoison:
    """The leaf of least expected cost where taking a poisonous class for a harmless one costs more.

    Attributes:
        poisonous: names of poisonous classes.
        cost: of answering a harmless class when the truth is poisonous; other mistakes cost 1.

    Raises:
        DecisionError: no class is named, or the cost is not above 1.
    """

    poisonous: frozenset[str]
    cost: float = 100.0
    name: ClassVar[str] = "minimum-cost"
    needs_shares: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "poisonous", frozenset(self.poisonous))
        if not self.poisonous:
            raise DecisionError("Expected at least one poisonous class to weigh; got none.")
        if not self.cost > 1:
            raise DecisionError(
                f"Expected the poison to cost more than another mistake, which costs 1; got"
                f" {self.cost:g}. State a cost above 1."
            )

    @property
    def settings(self) -> dict[str, Any]:
        """The poisonous classes and their cost."""
        return {
            "cost": "poison",
            "poisonous": sorted(self.poisonous),
            "poison_cost": self.cost,
        }

    def on(self, tree: CandidateTree) -> PathsOfBlock:
        """Return what decodes blocks of rows.

        Raises:
            DecisionError: a poisonous class is no leaf of the taxonomy.
        """
        is_harmless = ~poisonous_leaves(tree.taxonomy, self.poisonous)[tree.nodes[-1]]

        def least_costly(block: BlockScores) -> Nodes:
            danger = block.shares[:, ~is_harmless].sum(axis=1, dtype=np.float64)
            gain = np.multiply.outer((1 - self.cost) * danger, is_harmless)
            gain += block.shares
            return tree.paths_of(gain.argmax(axis=1))

        return least_costly


def poisonous_leaves(taxonomy: Taxonomy, names: Collection[str]) -> BoolArray:
    """Return which leaves of a taxonomy are named, bool (leaves,).

    Raises:
        DecisionError: a name is no leaf.
    """
    leaves = taxonomy.leaves.classes
    strangers = sorted(set(names) - set(leaves))
    if strangers:
        guess = nearest(strangers[0], leaves)
        hint = f"; did you mean '{guess}'?" if guess else "."
        raise DecisionError(
            f"Expected leaves of the taxonomy as poisonous classes; '{strangers[0]}' is none{hint}"
        )
    found: BoolArray = np.isin(leaves, sorted(names))
    return found
