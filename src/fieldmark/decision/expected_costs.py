"""Answers of least expected cost: tree distance, poison, or any matrix (E4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fieldmark.core.checks import first_few, nearest
from fieldmark.core.errors import DecisionError
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.evaluation.tree_distance import lca_heights
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy

SOURCE = "Bertinetto et al. (2020), Making better mistakes: conditional risk minimisation (E4)"


class CostModel(Protocol):
    """What deciding k costs when the truth is c."""

    @property
    def decisions(self) -> tuple[str, ...]:
        """The decisions, in the order of the expected costs."""
        ...

    def expected(self, probabilities: FloatArray) -> FloatArray:
        """Return the expected cost of each decision: float64 (rows, decisions)."""
        ...

    def realised(self, truth: Sequence[str], decision: IntArray) -> FloatArray:
        """Return the cost of each decision given the label: float64 (n,)."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class MatrixCost:
    """Costs written out: one row for each class, one column for each decision.

    Attributes:
        classes: the classes, in the order of the probabilities.
        decisions: classes, or other actions such as "review".
        matrix: float64 (classes, decisions).

    Example:
        >>> cost = MatrixCost(("clean", "pit"), ("pass", "reject"), np.array([[0., 1], [50, 0]]))
        >>> cost.expected(np.array([[0.9, 0.1]])).tolist()
        [[5.0, 0.9]]
    """

    classes: tuple[str, ...]
    decisions: tuple[str, ...]
    matrix: FloatArray

    def expected(self, probabilities: FloatArray) -> FloatArray:
        """Return the expected cost of each decision: float64 (rows, decisions)."""
        expected: FloatArray = probabilities @ self.matrix
        return expected

    def realised(self, truth: Sequence[str], decision: IntArray) -> FloatArray:
        """Return the cost of each decision given the label.

        Raises:
            DecisionError: a label is no class of the matrix.
        """
        place = {name: row for row, name in enumerate(self.classes)}
        unknown = sorted({label for label in truth if label not in place})
        if unknown:
            raise DecisionError(
                f"Expected a cost for every label; {len(unknown):,} have none:"
                f" {first_few(unknown)}."
            )
        rows = np.array([place[label] for label in truth], dtype=np.int64)
        costs: FloatArray = self.matrix[rows, decision]
        return costs


@dataclass(frozen=True, eq=False, slots=True)
class PoisonCost:
    """A mistake costs 1; taking a poisonous class for a harmless one costs more.

    Attributes:
        classes: the classes, in the order of the probabilities.
        poisonous: names of the poisonous classes.
        cost: of answering a harmless class when the truth is poisonous, above 1.
    """

    classes: tuple[str, ...]
    poisonous: frozenset[str]
    cost: float

    @property
    def decisions(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    def expected(self, probabilities: FloatArray) -> FloatArray:
        """Return the expected cost of each class as an answer: float64 (rows, classes)."""
        poisonous = np.array([name in self.poisonous for name in self.classes])
        danger = probabilities[:, poisonous].sum(axis=1, keepdims=True)
        costs: FloatArray = 1 - probabilities + (self.cost - 1) * danger * ~poisonous
        return costs

    def realised(self, truth: Sequence[str], decision: IntArray) -> FloatArray:
        """Return the cost of each answer given the label; a label may be no class."""
        answers = [self.classes[place] for place in decision]
        return np.array(
            [
                0.0
                if label == answer
                else self.cost
                if label in self.poisonous and answer not in self.poisonous
                else 1.0
                for label, answer in zip(truth, answers, strict=True)
            ]
        )


@dataclass(frozen=True, eq=False, slots=True)
class TreeCost:
    """The height of the lowest common ancestor of the answer and the truth; leaves have height 0.

    Attributes:
        label_space: the classes, in the order of the probabilities.
        taxonomy: holds every class and every label.
    """

    label_space: LabelSpace
    taxonomy: Taxonomy

    @property
    def decisions(self) -> tuple[str, ...]:
        """The classes."""
        return self.label_space.classes

    def expected(self, probabilities: FloatArray) -> FloatArray:
        """Return the expected height of each class as an answer: float64 (rows, classes).

        The height is the number of ranks at which two leaves have different ancestors; it is summed
        rank by rank, so that no matrix of class pairs is needed.
        """
        places = self.taxonomy.leaves.positions(self.label_space.classes)
        heights: FloatArray = np.zeros(probabilities.shape)
        for rank in range(len(self.taxonomy.ranks)):
            _, nodes = np.unique(self.taxonomy.paths[places, rank], return_inverse=True)
            order = np.argsort(nodes, kind="stable")
            starts = np.flatnonzero(np.diff(nodes[order], prepend=-1))
            of_nodes = np.add.reduceat(probabilities[:, order], starts, axis=1)
            heights += 1 - of_nodes[:, nodes]
        return heights

    def realised(self, truth: Sequence[str], decision: IntArray) -> FloatArray:
        """Return the height between each answer and its label.

        Raises:
            ManifestError: a label is no leaf of the taxonomy.
        """
        leaves = self.taxonomy.leaves
        answer = leaves.positions(self.label_space.classes)[decision]
        return lca_heights(self.taxonomy, leaves.positions(truth), answer).astype(np.float64)


def poison_cost(classes: Sequence[str], poisonous: Sequence[str], cost: float) -> PoisonCost:
    """Return the cost of taking a poisonous class for a harmless one.

    Raises:
        DecisionError: a poisonous class is no class.

    Example:
        >>> poison = poison_cost(["edible", "deadly"], ["deadly"], 100)
        >>> poison.expected(np.array([[0.95, 0.05]])).round(2).tolist()
        [[5.0, 0.95]]
    """
    strangers = [name for name in poisonous if name not in set(classes)]
    if strangers:
        guess = nearest(strangers[0], classes)
        hint = f"; did you mean '{guess}'?" if guess else "."
        raise DecisionError(
            f"Expected classes of the predictions as poisonous; '{strangers[0]}' is none{hint}"
        )
    return PoisonCost(tuple(classes), frozenset(poisonous), cost)


def matrix_cost(
    classes: Sequence[str], costs: Mapping[str, Mapping[str, float]], *, wrong: float | None = None
) -> MatrixCost:
    """Return a cost matrix from nested names: costs[truth][decision].

    Args:
        classes: all classes, in the order of the probabilities.
        costs: for each class the cost of each decision; the decisions of all rows are collected in
            the order of writing. A right decision that is not written costs 0.
        wrong: cost of a pair that is not written; None asks for all of them.

    Raises:
        DecisionError: a row is no class, or a pair is not written and ``wrong`` is None.

    Example:
        >>> cost = matrix_cost(["clean", "pit"], {"clean": {"pit": 1}, "pit": {"clean": 50}})
        >>> cost.decisions, cost.matrix.tolist()
        (('pit', 'clean'), [[1.0, 0.0], [0.0, 50.0]])
    """
    strangers = [name for name in costs if name not in set(classes)]
    if strangers:
        raise DecisionError(
            f"Expected a row of costs for classes; {len(strangers):,} are none:"
            f" {first_few(strangers)}."
        )
    decisions = tuple(dict.fromkeys(name for row in costs.values() for name in row))
    matrix = np.empty((len(classes), len(decisions)))
    for row, truth in enumerate(classes):
        for column, decision in enumerate(decisions):
            default = 0.0 if truth == decision else wrong
            found = costs.get(truth, {}).get(decision, default)
            if found is None:
                raise DecisionError(
                    f"Expected the cost of deciding '{decision}' when the truth is '{truth}'; it is"
                    " not written. Add it, or state `wrong:` for all that are not."
                )
            matrix[row, column] = found
    return MatrixCost(tuple(classes), decisions, matrix)
