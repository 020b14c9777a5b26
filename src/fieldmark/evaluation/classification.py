"""What is measured on answers: the per-item values whose means are the metrics of the catalogue."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.evaluation.answers import Answers, BoolArray
from fieldmark.evaluation.hierarchical import PathAnswers

TOP_K = 5
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


def item_metrics(answers: Answers) -> tuple[ItemMetric, ...]:
    """Return the metrics of answers that are means over items.

    The top-5 accuracy is left out with fewer than six candidates, of which five always hold a
    known label, and where the scores do not order the candidates; log loss and confidences are
    left out without probabilities.
    """
    metrics = [_metric(answers, "accuracy", answers.right)]
    if answers.place is not None and answers.candidates > TOP_K:
        metrics.append(_metric(answers, "top_5_accuracy", answers.place <= TOP_K))
    if answers.log_probability is not None:
        losses = -np.maximum(answers.log_probability, np.log(SMALLEST_PROBABILITY))
        metrics.append(_metric(answers, "log_loss", losses, counted=answers.known))
    if answers.confidence is not None:
        right = answers.right
        for metric, counted in (
            ("mean_confidence", None),
            ("mean_confidence_right", right),
            ("mean_confidence_wrong", ~right),
        ):
            metrics.append(_metric(answers, metric, answers.confidence, counted=counted))
    return tuple(metrics)


def path_metrics(leaf: Answers, path: PathAnswers) -> tuple[ItemMetric, ...]:
    """Return the metrics that look at all ranks of an item at once.

    Args:
        leaf: the answers at the leaves.
        path: the answers at the ranks above.
    """
    all_right = np.logical_and.reduce([leaf.right, *(answers.right for answers in path.ranks)])
    metrics = [_metric(leaf, "all_ranks_right", all_right)]
    if path.contradictory is not None:
        metrics.append(_metric(leaf, "contradiction_rate", path.contradictory))
    return tuple(metrics)


def _metric(
    answers: Answers,
    metric: str,
    values: npt.NDArray[np.generic],
    *,
    counted: BoolArray | None = None,
) -> ItemMetric:
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
