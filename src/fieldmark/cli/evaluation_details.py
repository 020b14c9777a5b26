"""What evaluate computes beside its metrics, when it is asked to."""

import argparse
from dataclasses import asdict, dataclass, replace
from typing import Any

from fieldmark.evaluation.answers import leaf_answers
from fieldmark.evaluation.backoff_curve import BackoffCurve, backoff_curve
from fieldmark.evaluation.candidate_sets import expected_estimates
from fieldmark.evaluation.confusion_counts import ConfusedPair, top_confused_pairs
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.slices import SliceTable, evaluate_slices
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationDetails:
    """What was asked for; what was not is None or empty.

    Attributes:
        candidates: number of classes that the contender chose from.
        universe: expected accuracies among fewer candidates.
        slices: metrics slice by slice.
        backoff: accuracy and depth when unsure answers move up a rank.
        confused: the most frequent mix-ups.
    """

    candidates: int
    universe: tuple[Estimate, ...] = ()
    slices: SliceTable | None = None
    backoff: BackoffCurve | None = None
    confused: tuple[ConfusedPair, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what was asked for, as it is added to the document of an evaluation."""
        found: dict[str, Any] = {}
        if self.universe:
            found["universe"] = [estimate.to_dict() for estimate in self.universe]
        if self.slices is not None:
            found["slices"] = self.slices.to_dict()
        if self.backoff is not None:
            found["backoff"] = self.backoff.to_dict()
        if self.confused is not None:
            found["confusions"] = [asdict(pair) for pair in self.confused]
        return found


def details_of(predictions: Predictions, arguments: argparse.Namespace) -> EvaluationDetails:
    """Return what the options of evaluate ask for beside the metrics.

    Raises:
        PredictionsError: an option does not fit the predictions.
    """
    definition_of(arguments.slice_metric)
    how: dict[str, Any] = {
        "level": arguments.level,
        "resamples": arguments.resamples,
        "seed": arguments.resampling_seed,
    }
    details = EvaluationDetails(
        candidates=len(predictions.label_space),
        backoff=backoff_curve(predictions, level=arguments.level) if arguments.back_off else None,
    )
    universe, columns, confused = arguments.universe, arguments.slice_by, arguments.confused
    if universe is None and not columns and confused is None:
        return details
    leaf = leaf_answers(predictions, summarise(predictions))
    return replace(
        details,
        universe=()
        if universe is None
        else expected_estimates(predictions, leaf, smaller=universe, **how),
        slices=evaluate_slices(predictions, leaf, columns=columns, **how) if columns else None,
        confused=None if confused is None else top_confused_pairs(leaf, confused),
    )
