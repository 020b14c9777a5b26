"""The rank back-off curve: what is answered, and how well, when unsure answers move up a rank (E5).

The nodes that may be answered are the ancestors of the best leaf: one chain, along which the summed
probability never falls on the way up. A higher threshold can therefore only move an answer up.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import sparse

from fieldmark.core.errors import PredictionsError
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.answers import Answers, BoolArray
from fieldmark.evaluation.estimates import Interval, wilson
from fieldmark.evaluation.hierarchical import answers_at_all_ranks
from fieldmark.evaluation.intervals import resampled_interval
from fieldmark.evaluation.resampling import (
    FloatArray,
    IntArray,
    Statistic,
    Units,
    resampled,
    units_of,
)
from fieldmark.predictions.table import Predictions

# Probabilities that crowd near 1 leave no quantile elsewhere.
_EVEN: FloatArray = np.arange(1, 20) / 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffPoint:
    """What one threshold gives; an item is answered at its finest node that reaches it.

    Attributes:
        threshold: on the probability of a node, in [0, 1].
        coverage: share of all items that are answered at some rank.
        answered: number of items that are answered, at least 1.
        accuracy: share of the answered items whose node is right.
        low: lower end of the interval of the accuracy; None when there is no interval.
        high: upper end.
        mean_depth: mean over all items of the number of the answered rank: 0 for no answer, the
            number of ranks for a leaf.
        shares: share of all items that are answered at exactly each rank, coarse to fine.
        precision: hierarchical precision: right nodes on the answered paths, of the nodes on them.
        recall: hierarchical recall: right nodes on the answered paths, of the nodes on the paths
            of the labels.
    """

    threshold: float
    coverage: float
    answered: int
    accuracy: float
    low: float | None
    high: float | None
    mean_depth: float
    shares: tuple[float, ...]
    precision: float
    recall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffCurve:
    """The points of a back-off curve, with rising threshold: coverage and depth never rise.

    The thresholds are read off the reported items themselves, so the curve describes them and
    promises nothing; a threshold with a promise is fitted on one part and reported on another.

    Attributes:
        contender: who made the predictions.
        split: part of the split that the items come from.
        ranks: names of the ranks, coarse to fine, the leaves last.
        n: number of items.
        level: coverage that the intervals aim at.
        method: how the intervals were made, in words.
        points: at least one.
    """

    contender: str
    split: str
    ranks: tuple[str, ...]
    n: int
    level: float
    method: str
    points: tuple[BackoffPoint, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self) | {
            "ranks": list(self.ranks),
            "points": [asdict(point) | {"shares": list(point.shares)} for point in self.points],
        }


def backoff_curve(
    predictions: Predictions, *, points: int = 64, level: float = 0.95, resamples: int = 1000
) -> BackoffCurve:
    """Return the back-off curve of predictions over the leaves of a taxonomy.

    Args:
        predictions: logits or probabilities, with a taxonomy.
        points: at most so many quantiles of the probabilities of all nodes that may be answered,
            at least 1. Beside them stand 0, where every item is answered at the leaf, and steps of
            0.05 as far as some item is answered.
        level: coverage of the intervals of the accuracy, in (0, 1).
        resamples: bootstrap draws of whole groups, where items have groups; else Wilson's interval
            is taken.

    Raises:
        PredictionsError: there is no taxonomy, the scores are similarities, or no point is asked
            for.

    Source:
        Methods E5: roll-up to the finest rank whose node is sure enough.
    """
    taxonomy = predictions.taxonomy
    if taxonomy is None:
        raise PredictionsError(
            f"Expected a taxonomy to back off in; '{predictions.header.contender}' has none."
            " Import the predictions with --taxonomy."
        )
    if points < 1:
        raise PredictionsError(f"Expected at least 1 threshold; got {points}.")
    leaf, path = answers_at_all_ranks(predictions, taxonomy)
    probability, right = chains((*path.ranks, leaf))
    thresholds = _thresholds(probability, points)
    depth = np.stack([np.sum(probability >= t, axis=1) for t in thresholds])
    units = units_of(predictions.groups, n=predictions.n)
    intervals = _intervals(depth, right, units, level=level, resamples=resamples)
    return BackoffCurve(
        contender=predictions.header.contender,
        split=predictions.header.split,
        ranks=taxonomy.ranks,
        n=predictions.n,
        level=level,
        method=f"cluster bootstrap by group ({units.in_words})" if units.clustered else "Wilson",
        points=tuple(
            _point(float(threshold), answered_at, right, interval)
            for threshold, answered_at, interval in zip(thresholds, depth, intervals, strict=True)
        ),
    )


def chains(levels: Sequence[Answers]) -> tuple[FloatArray, BoolArray]:
    """Return the probability of each node on the answered paths, and whether it is right.

    Sums over many leaves wobble in the last digit, so the chains are made not to rise.

    Args:
        levels: the answers at the ranks that may be answered, coarse to fine.

    Returns:
        float64 and bool arrays (n, ranks), coarse to fine.

    Raises:
        PredictionsError: the scores are no probabilities.
    """
    found = [answers.confidence for answers in levels if answers.confidence is not None]
    if len(found) < len(levels):
        raise PredictionsError(
            "Expected probabilities at every rank to back off by; similarities cannot be summed."
            " Calibrate them first."
        )
    raw = np.stack(found, axis=1)
    probability = np.maximum.accumulate(raw[:, ::-1], axis=1)[:, ::-1]
    return probability, np.stack([answers.right for answers in levels], axis=1)


def _thresholds(probability: FloatArray, points: int) -> FloatArray:
    shares = np.linspace(0.0, 1.0, points)
    inner = np.quantile(probability, shares, method="inverted_cdf")
    even = _EVEN[probability.max() >= _EVEN]
    return np.unique(np.concatenate([[0.0], even, inner]))


def _point(
    threshold: float, depth: IntArray, right: BoolArray, interval: Interval | None
) -> BackoffPoint:
    n, ranks = right.shape
    answered = int(np.count_nonzero(depth))
    right_depth = np.minimum(depth, right.sum(axis=1))
    nodes = int(depth.sum())
    correct = int(np.count_nonzero(_node_is_right(depth, right)))
    low, high = interval or (None, None)
    return BackoffPoint(
        threshold=threshold,
        coverage=answered / n,
        answered=answered,
        accuracy=correct / answered,
        low=low,
        high=high,
        mean_depth=nodes / n,
        shares=tuple((np.bincount(depth, minlength=ranks + 1)[1:] / n).tolist()),
        precision=int(right_depth.sum()) / nodes,
        recall=int(right_depth.sum()) / (n * ranks),
    )


def _node_is_right(depth: IntArray, right: BoolArray) -> BoolArray:
    """Return whether an item is answered and its node right; right nodes are the coarsest ones."""
    found: BoolArray = (depth > 0) & (depth <= right.sum(axis=1))
    return found


def _intervals(
    depth: IntArray, right: BoolArray, units: Units, *, level: float, resamples: int
) -> list[Interval | None]:
    answered = depth > 0
    correct = np.stack([_node_is_right(at, right) for at in depth])
    counts, sizes = correct.sum(axis=1), answered.sum(axis=1)
    if not units.clustered:
        pairs = zip(counts.tolist(), sizes.tolist(), strict=True)
        return [wilson(count, size, level=level) for count, size in pairs]
    statistic = _accuracies(answered, correct, units)
    rng = generator_for("back-off curve", 0)
    draws = resampled(statistic, units, resamples=resamples, rng=rng)
    coverage = sizes / len(right)
    return [
        resampled_interval(float(value), row, units, level=level, trials=float(share))[0]
        for value, row, share in zip(counts / sizes, draws, coverage, strict=True)
    ]


def _accuracies(answered: BoolArray, correct: BoolArray, units: Units) -> Statistic:
    """Return the accuracy of what is answered at each threshold, arrays (thresholds, items).

    With rising threshold an item may become right, once, and may go unanswered, once: it counts
    where it changes, three times in all and not once a threshold.
    """
    count = len(answered)
    stops = answered.sum(axis=0)
    starts, ever = stops - correct.sum(axis=0), np.flatnonzero(correct.any(axis=0))
    places = np.concatenate([stops, count + 1 + starts[ever], 2 * (count + 1) + stops[ever]])
    codes = np.concatenate([units.codes, units.codes[ever], units.codes[ever]])
    shape = (3 * (count + 1), units.count)
    changes = sparse.csr_array((np.ones(len(places)), (places, codes)), shape=shape)

    def accuracies(weights: FloatArray) -> FloatArray:
        ended, began, over = np.cumsum((changes @ weights).reshape(3, count + 1, -1), axis=1)
        left = ended[-1] - ended[:-1]
        shares: FloatArray = np.full(left.shape, np.nan)
        np.divide((began - over)[:-1], left, out=shares, where=left > 0)
        return shares

    return accuracies
