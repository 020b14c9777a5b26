"""One chain of nodes for each item: the best leaf and its ancestors, and which of them are right.

Backing off walks up this chain alone, so that being less daring can never turn a right answer into
a wrong one on another branch. That is what makes the guarantees of back-off hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import DecisionError
from fieldmark.core.randomness import generator_for
from fieldmark.decision.operating_point import FittedOn
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.backoff_curve import chains
from fieldmark.evaluation.hierarchical import answers_at_all_ranks
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions

NO_ANSWER = -1


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Lineages:
    """The chains of one part; ranks coarse to fine.

    Attributes:
        ranks: names of the ranks, the leaves last.
        probability: float64 (n, ranks), summed probability of each node, never rising along a row.
        right: bool (n, ranks), whether each node is above the label, or is it.
        nodes: str (n, ranks), the names.
        lots: which lot each item belongs to.
        part: name of the part.
        items_digest: digest of its ids and labels.
    """

    ranks: tuple[str, ...]
    probability: FloatArray
    right: BoolArray
    nodes: np.ndarray[tuple[int, int], np.dtype[np.object_]]
    lots: Units
    part: str
    items_digest: str

    @property
    def n(self) -> int:
        """Number of items."""
        return len(self.probability)

    @property
    def unit_name(self) -> str:
        """What counts as one: "lot" where lots hold several items, else "item"."""
        return "lot" if self.lots.clustered else "item"

    def one_of_each_lot(self) -> IntArray:
        """Return the rows of one item of each lot: the first by a fixed shuffle."""
        if not self.lots.clustered:
            return np.arange(self.n)
        order = generator_for("one of each lot", self.n).permutation(self.n)
        _, first = np.unique(self.lots.codes[order], return_index=True)
        return np.sort(order[first])

    def fitted_on(self, units: int) -> FittedOn:
        """Return the part as the basis of an operating point that rests on ``units`` of it."""
        return FittedOn(
            part=self.part,
            items_digest=self.items_digest,
            n=self.n,
            units=units,
            unit="lot" if self.lots.clustered else "item",
        )


def lineages(
    predictions: Predictions, *, lots: Units, ranks: Sequence[str] | None = None
) -> Lineages:
    """Return the best leaf of each item with its ancestors.

    Args:
        predictions: logits or probabilities over the leaves of a taxonomy.
        lots: which lot each item belongs to.
        ranks: ranks that may be answered; None for all of the taxonomy.

    Raises:
        DecisionError: there is no taxonomy, a rank is unknown, or the scores are similarities.
    """
    taxonomy = predictions.taxonomy
    if taxonomy is None or predictions.header.score_kind is ScoreKind.SIMILARITIES:
        lacking = "a taxonomy" if taxonomy is None else "probabilities or logits"
        raise DecisionError(
            f"Expected {lacking} to back off to a coarser rank;"
            f" '{predictions.header.contender}' has none. {_WAYS[taxonomy is None]}"
        )
    unknown = [rank for rank in ranks or () if rank not in taxonomy.ranks]
    if unknown:
        raise DecisionError(unknown_choice("rank", unknown[0], taxonomy.ranks))
    leaf, path = answers_at_all_ranks(predictions, taxonomy)
    kept = [
        (rank, level)
        for rank, level in zip(taxonomy.ranks, (*path.ranks, leaf), strict=True)
        if ranks is None or rank in ranks
    ]
    levels = [level for _, level in kept]
    probability, right = chains(levels)
    return Lineages(
        ranks=tuple(rank for rank, _ in kept),
        probability=probability,
        right=right,
        nodes=np.stack([np.array(lv.classes, object)[lv.predicted] for lv in levels], axis=1),
        lots=lots,
        part=predictions.header.split,
        items_digest=predictions.items_digest,
    )


def answered_rank(probability: FloatArray, thresholds: FloatArray) -> IntArray:
    """Return the finest rank whose node reaches its threshold: int64 (n,), -1 for no answer.

    Args:
        probability: float array (n, ranks), coarse to fine.
        thresholds: float array (ranks,); inf for a rank that is never answered.

    Example:
        >>> answered_rank(np.array([[0.9, 0.4], [0.3, 0.2]]), np.array([0.5, 0.5])).tolist()
        [0, -1]
    """
    reached = probability >= thresholds
    finest = reached.shape[1] - 1 - np.argmax(reached[:, ::-1], axis=1)
    rank: IntArray = np.where(reached.any(axis=1), finest, NO_ANSWER)
    return rank


def answered_wrongly(right: BoolArray, rank: IntArray) -> BoolArray:
    """Return whether the node at the answered rank is wrong; no answer is not wrong.

    Args:
        right: bool array (n, ranks).
        rank: int array (n,), -1 for no answer.
    """
    rows = np.arange(len(rank))
    wrong: BoolArray = (rank != NO_ANSWER) & ~right[rows, np.maximum(rank, 0)]
    return wrong


_WAYS = {
    True: "Import the predictions with --taxonomy.",
    False: "Name a calibrator, such as `calibrator: temperature`.",
}
