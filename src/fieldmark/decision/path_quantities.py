"""What is measured of decoded paths: for each number, what is summed over items and divided."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.errors import DecisionError
from fieldmark.decision.cost_decoders import poisonous_leaves
from fieldmark.decision.paths import NO_NODE, Paths
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.resampling import FloatArray, IntArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ratio:
    """A sum over items divided by another.

    Attributes:
        metric: identifier in the catalogue.
        above: float, int or bool array (n,), what is summed.
        below: float, int or bool array (n,), what the sum is divided by.
        words: what was divided by, in words.
        rank: rank that the number is about.
        is_share: whether it is a share of some of the items: both arrays are bool.
    """

    metric: str
    above: npt.NDArray[np.generic]
    below: npt.NDArray[np.generic]
    words: str
    rank: str | None = None

    @property
    def is_share(self) -> bool:
        """Whether it is a share of some of the items."""
        return self.above.dtype == self.below.dtype == np.bool_

    @property
    def n(self) -> int:
        """Number of items that are counted."""
        return int(np.count_nonzero(self.below))


@dataclass(frozen=True, slots=True)
class Poison:
    """What it costs to take something poisonous for something harmless.

    Attributes:
        classes: names of the poisonous leaves.
        cost: of answering a node without a poisonous leaf below it when the truth is poisonous;
            any other wrong answer costs 1, and no answer costs nothing.
    """

    classes: frozenset[str]
    cost: float = 100.0

    def of(self, paths: Paths) -> FloatArray:
        """Return what each answer cost, float64 (n,).

        Raises:
            DecisionError: a poisonous class is no leaf of the taxonomy.
        """
        tree = paths.taxonomy
        is_poison = poisonous_leaves(tree, self.classes)
        depth, rows = paths.depth, np.arange(paths.n)
        looks_harmless = np.zeros(paths.n, dtype=np.bool_)
        for rank in range(len(tree.ranks)):
            holds_poison = np.zeros(len(tree.nodes[rank]), dtype=np.bool_)
            holds_poison[tree.paths[is_poison, rank]] = True
            here = depth == rank + 1
            looks_harmless[here] = ~holds_poison[paths.nodes[here, rank]]
        answered = np.maximum(depth - 1, 0)
        wrong = (depth > 0) & ~paths.right[rows, answered]
        truth = is_poison[paths.truth[:, -1]]
        costs: FloatArray = np.where(truth & looks_harmless, self.cost, 1.0) * wrong
        return costs


def ratios_of(paths: Paths, *, poison: Poison | None = None) -> tuple[Ratio, ...]:
    """Return everything that is measured of paths.

    The two numbers on severity come as a pair, and not for a diagnosis, whose nodes have no common
    ancestor where they contradict each other.

    Args:
        paths: answers of a decoder, or the diagnosis of each rank by itself.
        poison: what poison costs; None leaves the cost out.

    Raises:
        DecisionError: a poisonous class is no leaf of the taxonomy.

    Source:
        Methods E3 (TICE, all ranks right) and E4 (hierarchical precision, recall, severity).
    """
    n, ranks = paths.n, len(paths.taxonomy.ranks)
    everything, items = np.ones(n, dtype=np.bool_), f"all {count_of(n, 'item')}"
    all_right = paths.shared == ranks
    found = [Ratio(metric="all_ranks_right", above=all_right, below=everything, words=items)]
    for place, rank in enumerate(paths.taxonomy.ranks):
        found += _of_rank(paths, place, rank)
    found += _of_nodes(paths)
    if not paths.is_diagnosis:
        found += _of_heights(paths)
    torn = paths.contradictory
    found.append(Ratio(metric="path_contradiction_rate", above=torn, below=everything, words=items))
    if poison is not None and not paths.is_diagnosis:
        costs = poison.of(paths)
        found.append(Ratio(metric="realised_cost", above=costs, below=everything, words=items))
    return tuple(found)


def path_item_metric(paths: Paths, metric: str, rank: str | None = None) -> ItemMetric:
    """Return a share of all items as per-item values, for a paired test.

    Args:
        paths: what was decoded.
        metric: "all_ranks_right", or "right_at_rank" with a rank.
        rank: a rank of the taxonomy.

    Raises:
        DecisionError: there is no such share.
    """
    ranks = paths.taxonomy.ranks
    if metric == "right_at_rank" and rank in ranks:
        values = paths.right[:, ranks.index(rank)]
    elif metric == "all_ranks_right" and rank is None:
        values = np.equal(paths.shared, len(ranks))
    else:
        raise DecisionError(
            f"Expected 'all_ranks_right', or 'right_at_rank' at one of {', '.join(ranks)}; got"
            f" '{metric}' at {rank}. Ask for one of these."
        )
    return ItemMetric(
        metric=metric,
        rank=rank,
        classes=paths.candidates,
        values=values,
        denominator=f"all {count_of(paths.n, 'item')}",
    )


def _of_rank(paths: Paths, place: int, rank: str) -> Iterable[Ratio]:
    everything, items = np.ones(paths.n, dtype=np.bool_), f"all {count_of(paths.n, 'item')}"
    right, answered = paths.right[:, place], paths.nodes[:, place] != NO_NODE
    to = f"the {count_of(int(answered.sum()), 'item')} answered at {rank} or finer"
    return (
        Ratio(metric="right_at_rank", above=right, below=everything, words=items, rank=rank),
        Ratio(metric="answered", above=answered, below=everything, words=items, rank=rank),
        Ratio(metric="accuracy_of_answered", above=right, below=answered, words=to, rank=rank),
    )


def _of_nodes(paths: Paths) -> Iterable[Ratio]:
    shared, depth = paths.shared, paths.depth
    whole: IntArray = np.full(paths.n, len(paths.taxonomy.ranks), dtype=np.int64)
    both, given, true = int((depth + whole).sum()), int(depth.sum()), int(whole.sum())
    return (
        Ratio(
            metric="hierarchical_precision",
            above=shared,
            below=depth,
            words=f"the {given:,} nodes on answered paths",
        ),
        Ratio(
            metric="hierarchical_recall",
            above=shared,
            below=whole,
            words=f"the {true:,} nodes on paths of labels",
        ),
        Ratio(
            metric="hierarchical_f1",
            above=2 * shared,
            below=depth + whole,
            words=f"the {both:,} nodes on paths, answered and label",
        ),
    )


def _of_heights(paths: Paths) -> Iterable[Ratio]:
    heights = (len(paths.taxonomy.ranks) - paths.shared).astype(np.float64)
    wrong, everything = paths.shared < paths.depth, np.ones(paths.n, dtype=np.bool_)
    return (
        Ratio(
            metric="mean_lca_height",
            above=heights,
            below=everything,
            words=f"all {count_of(paths.n, 'item')}",
        ),
        Ratio(
            metric="mistake_severity",
            above=heights * wrong,
            below=wrong,
            words=f"the {count_of(int(wrong.sum()), 'item')} answered wrongly",
        ),
    )
