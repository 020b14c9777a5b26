"""What is measured on answers: the per-item values whose means are the metrics of the catalogue."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.evaluation.answers import Answers, BoolArray
from fieldmark.evaluation.hierarchical import PathAnswers
from fieldmark.evaluation.resampling import FloatArray, IntArray

TOP_K = (3, 5)
SMALLEST_PROBABILITY = 1e-15


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ItemMetric:
    """A metric that is a mean of per-item values.

    Attributes:
        metric: identifier in the catalogue.
        rank: rank of the labels; None for the label space of the predictions.
        classes: number of candidates.
        values: float or bool array (n,); ignored where an item is not counted.
        counted: bool array (n,), which items are in the mean; None for all.
        denominator: what is divided by, in words.
    """

    metric: str
    rank: str | None
    classes: int
    values: npt.NDArray[np.generic]
    denominator: str
    counted: BoolArray | None = None

    @property
    def n(self) -> int:
        """Number of items in the mean."""
        return len(self.values) if self.counted is None else int(self.counted.sum())

    @property
    def is_share_of_all(self) -> bool:
        """Whether the metric is the share of all items that have a property."""
        return self.counted is None and self.values.dtype == np.bool_

    def reordered(self, rows: IntArray) -> "ItemMetric":
        """Return the metric over the items in ``rows``, in that order."""
        counted = None if self.counted is None else self.counted[rows]
        return replace(self, values=self.values[rows], counted=counted)


def item_metrics(answers: Answers) -> tuple[ItemMetric, ...]:
    """Return the metrics of answers that are means over items.

    The top-k accuracy is left out with at most k candidates, which always hold a known label, and
    where the scores do not order the candidates; log loss, Brier score and confidences are left
    out without probabilities.
    """
    metrics = [item_metric(answers, "accuracy", answers.right)]
    if answers.place is not None:
        place = answers.place
        metrics += [
            item_metric(answers, f"top_{k}_accuracy", place <= k)
            for k in top_k_over(answers.candidates)
        ]
    if answers.log_probability is not None:
        losses = log_losses(answers.log_probability)
        metrics.append(item_metric(answers, "log_loss", losses, counted=answers.known))
        if answers.sum_of_squares is not None:
            scores = brier_scores(answers.log_probability, answers.sum_of_squares)
            metrics.append(item_metric(answers, "brier_score", scores))
    if answers.confidence is not None:
        right = answers.right
        for metric, counted in (
            ("mean_confidence", None),
            ("mean_confidence_right", right),
            ("mean_confidence_wrong", ~right),
        ):
            metrics.append(item_metric(answers, metric, answers.confidence, counted=counted))
    return tuple(metrics)


def path_metrics(leaf: Answers, path: PathAnswers) -> tuple[ItemMetric, ...]:
    """Return the metrics that look at all ranks of an item at once.

    Args:
        leaf: the answers at the leaves.
        path: the answers at the ranks above.
    """
    all_right = np.logical_and.reduce([leaf.right, *(answers.right for answers in path.ranks)])
    metrics = [item_metric(leaf, "all_ranks_right", all_right)]
    if path.contradictory is not None:
        metrics.append(item_metric(leaf, "contradiction_rate", path.contradictory))
    return tuple(metrics)


def top_k_over(candidates: int) -> tuple[int, ...]:
    """Return the k whose top-k accuracy says something with this number of candidates.

    Example:
        >>> top_k_over(5), top_k_over(170)
        ((3,), (3, 5))
    """
    return tuple(k for k in TOP_K if k < candidates)


def log_losses(log_probability: FloatArray) -> FloatArray:
    """Return -ln p of each label, float64 (n,); p below 1e-15 counts as 1e-15."""
    return -np.maximum(log_probability, np.log(SMALLEST_PROBABILITY))


def brier_scores(log_probability: FloatArray, sum_of_squares: FloatArray) -> FloatArray:
    """Return the squared differences to 1 for the label and 0 for the others, summed over classes.

    Args:
        log_probability: float64 (n,), of the labels; -inf for a label that is no candidate, which
            leaves 1 plus the sum of squares.
        sum_of_squares: float64 (n,), squared probabilities summed over the candidates.

    Returns:
        float64 array (n,), 0 to 2.

    Source:
        Brier (1950), Monthly Weather Review 78, 1 to 3.

    Example:
        >>> brier_scores(np.log([0.7]), np.array([0.7**2 + 0.3**2])).round(3).tolist()
        [0.18]
    """
    return np.maximum(1.0 + sum_of_squares - 2.0 * np.exp(log_probability), 0.0)


def item_metric(
    answers: Answers,
    metric: str,
    values: npt.NDArray[np.generic],
    *,
    counted: BoolArray | None = None,
) -> ItemMetric:
    """Return a metric of the answers that is the mean of ``values``, over the counted items."""
    if counted is not None and counted.all():
        counted = None
    return ItemMetric(
        metric=metric,
        rank=answers.rank,
        classes=answers.candidates,
        values=values,
        counted=counted,
        denominator=_denominator(metric, answers.n, counted),
    )


def _denominator(metric: str, n: int, counted: BoolArray | None) -> str:
    if counted is None:
        return f"all {count_of(n, 'item')}"
    which = {
        "log_loss": "whose label is a candidate",
        "mean_confidence_right": "answered rightly",
        "mean_confidence_wrong": "answered wrongly",
    }
    return f"the {count_of(int(counted.sum()), 'item')} {which[metric]}"
