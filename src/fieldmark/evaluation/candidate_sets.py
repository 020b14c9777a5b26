"""Universe-exact accuracy: what the place of the label says of a smaller random candidate set."""

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.measuring import Expected, Resampling, Subject, measure
from fieldmark.evaluation.resampling import FloatArray, units_of
from fieldmark.predictions.table import Predictions

PLACES = (1, 3, 5)


def expected_top_k(
    place: npt.ArrayLike, *, candidates: int, smaller: int, k: int = 1
) -> FloatArray:
    """Return for each item the probability that its label is among the best k of a smaller set.

    The set holds the label and ``smaller - 1`` of the ``candidates - 1`` others, every such set as
    likely as the next. The label is among the best k when fewer than k of the ``place - 1`` better
    ones were drawn, which is a hypergeometric probability; nothing is sampled.

    Args:
        place: int array (n,), 1-based place of the label among all candidates; larger than
            ``candidates`` where the label is none, which gives 0.
        candidates: number of classes that the contender chose from, at least 1.
        smaller: number of classes in the set, 1 to ``candidates``.
        k: how many places count as right, at least 1; from ``smaller`` on every label that is a
            candidate counts.

    Returns:
        float64 array (n,), in [0, 1]; empty for no items. Its mean is the expected accuracy.

    Raises:
        PredictionsError: a number is out of range.

    Source:
        P(X < k) for X ~ Hypergeometric(candidates - 1, place - 1, smaller - 1).

    Example:
        >>> expected_top_k([1, 2, 5], candidates=5, smaller=3).round(4).tolist()
        [1.0, 0.5, 0.0]
    """
    places = np.asarray(place, dtype=np.int64)
    if candidates < 1 or not 1 <= smaller <= candidates or k < 1:
        raise PredictionsError(
            f"Expected a set of 1 to {candidates:,} of {count_of(candidates, 'candidate')}, and at"
            f" least 1 place to count; got a set of {smaller:,} and the best {k:,}."
        )
    if places.size and places.min() < 1:
        raise PredictionsError(f"Expected places from 1 on; got {places.min()}.")
    by_place = np.append(_by_place(candidates, smaller, min(k, smaller)), 0.0)
    return by_place[np.minimum(places - 1, candidates)]


def expected_metrics(answers: Answers, *, smaller: int) -> tuple[ItemMetric, ...]:
    """Return the expected accuracy, top-3 and top-5 accuracy at random sets of ``smaller`` classes.

    A top-k accuracy is left out where k is not below ``smaller``; all are left out where the scores
    do not order the candidates.

    Args:
        answers: of one contender at one rank.
        smaller: number of classes in the set, 1 to the number of candidates.

    Raises:
        PredictionsError: the set is larger than the candidates, or empty.
    """
    if answers.place is None:
        return ()
    items = f"all {count_of(answers.n, 'item')}, each over all sets of {smaller:,} candidates"
    return tuple(
        ItemMetric(
            metric="expected_accuracy" if k == 1 else f"expected_top_{k}_accuracy",
            rank=answers.rank,
            classes=smaller,
            values=expected_top_k(
                answers.place, candidates=answers.candidates, smaller=smaller, k=k
            ),
            denominator=f"{items} out of {answers.candidates:,} that hold the label",
        )
        for k in PLACES
        if k == 1 or k < smaller
    )


def expected_estimates(
    predictions: Predictions,
    answers: Answers,
    *,
    smaller: int,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[Estimate, ...]:
    """Return the expected accuracies at random sets of ``smaller`` candidates, with intervals.

    Args:
        predictions: the table.
        answers: its answers at the leaves, in the order of the items.
        smaller: number of classes in a set, 1 to the number of candidates.
        level: coverage that the intervals aim at, in (0, 1).
        resamples: number of bootstrap draws, at least 1.
        seed: of the draws.

    Raises:
        PredictionsError: a setting is out of range.
    """
    how = Resampling(
        units=units_of(predictions.groups, n=predictions.n),
        split=predictions.header.split,
        level=level,
        resamples=resamples,
        seed=seed,
    )
    expected = Expected(expected_metrics(answers, smaller=smaller))
    return measure([Subject(predictions.header.contender, (expected,))], how)[0]


def _by_place(candidates: int, smaller: int, k: int) -> FloatArray:
    """Return the probability at every place, 1 to ``candidates``.

    The term of j better ones drawn is C(place - 1, j) C(candidates - place, smaller - 1 - j) /
    C(candidates - 1, smaller - 1). The quotient of the last two is followed from place to place, so
    that no large factorials cancel.
    """
    behind = np.arange(candidates - 1, -1, -1, dtype=np.float64)
    better = np.arange(candidates, dtype=np.float64)
    total = np.zeros(candidates)
    log_first = 0.0
    with np.errstate(divide="ignore"):
        for j in range(k):
            drawn = smaller - 1 - j
            kept = np.log(np.maximum(behind[:-1] - drawn, 0.0) / behind[:-1])
            of_worse = log_first + np.concatenate([[0.0], np.cumsum(kept)])
            ways = sum((np.log(np.maximum(better - i, 0.0) / (i + 1)) for i in range(j)), 0.0)
            total += np.exp(of_worse + ways)
            log_first += np.log(drawn / (candidates - drawn)) if drawn else -np.inf
    total[:k] = 1.0
    return np.minimum(total, 1.0)
