"""A stored calibrator and a stored decision rule as functions on scores.

Both are documents of the decision room, applied by its own functions, so that a bundle calibrates
and decides exactly as the report did.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.errors import StoreError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.table import Predictions

if TYPE_CHECKING:
    from fieldmark.decision.calibrators import Calibrator
    from fieldmark.decision.expected_costs import CostModel
    from fieldmark.decision.policy import Policy
    from fieldmark.decision.rule import Points

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
Calibrate = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a rule says of one image.

    Attributes:
        rule: name of the rule.
        answer: "pass", "review" or "alarm", the name of a node or class, or another decision; None
            where no rank is sure enough for an answer.
        rank: rank of the node; None where the rule has no ranks, or there is no answer.
        value: the number that was held against a threshold; None where there was none.
    """

    rule: str
    answer: str | None
    rank: str | None = None
    value: float | None = None


Decide = Callable[[FloatArray], tuple[Decided, ...]]


def calibration_of(
    content: Mapping[str, Any], label_space: LabelSpace, score_kind: ScoreKind
) -> Calibrate:
    """Return the function from raw scores (n, n_classes) to calibrated probabilities."""
    from fieldmark.decision.calibrators import calibrate, calibrator_from_dict

    calibrator: Calibrator = calibrator_from_dict(content)
    header = PredictionsHeader(
        score_kind=score_kind,
        contender=calibrator.contender,
        seed=calibrator.seed,
        fold=calibrator.fold,
    )

    def calibrated(scores: FloatArray) -> FloatArray:
        if not len(scores):
            return scores
        return calibrate(_table(header, label_space, scores), calibrator).scores

    return calibrated


def decision_of(
    content: Mapping[str, Any],
    label_space: LabelSpace,
    taxonomy: Taxonomy | None,
    score_kind: ScoreKind,
) -> Decide:
    """Return the function from scores, calibrated where there is a calibrator, to decisions.

    Args:
        content: what `read_operating_point` gave.
        label_space: the classes, in the order of the score columns.
        taxonomy: ranks above the classes.
        score_kind: of the scores that the rule acts on.
    """
    from fieldmark.decision.operating_point import operating_point_from_dict
    from fieldmark.decision.policy import policy_class

    stated = _with_names(content["policy"])
    policy = policy_class(stated).model_validate(stated)
    points = tuple(operating_point_from_dict(point) for point in content["points"])
    header = PredictionsHeader(score_kind=score_kind, contender=content["contender"])

    def decided(scores: FloatArray) -> tuple[Decided, ...]:
        if not len(scores):
            return ()
        return _decided(_table(header, label_space, scores, taxonomy), policy, points)

    return decided


def _with_names(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored policy without the column from which its poisonous classes were looked up."""
    poison = policy.get("poison")
    if not poison or not poison.get("classes"):
        return dict(policy)
    kept = {key: value for key, value in poison.items() if key not in ("column", "values")}
    return {**policy, "poison": kept}


def _decided(table: Predictions, policy: "Policy", points: "Points") -> tuple[Decided, ...]:
    from fieldmark.decision.policy import Backoff, CostMatrixRule, MinimumRisk, RiskControl

    if isinstance(policy, MinimumRisk | CostMatrixRule):
        return _least_cost(table, policy)
    if isinstance(policy, Backoff) or (isinstance(policy, RiskControl) and not policy.positive):
        return _backed_off(table, policy, points)
    return _held_against(table, policy, points)


def _least_cost(table: Predictions, policy: Any) -> tuple[Decided, ...]:
    from fieldmark.decision.cost_outcome import least_cost

    cost = _cost_model(table, policy)
    places, expected, _ = least_cost(table, cost)
    return tuple(
        Decided(policy.name, cost.decisions[place], value=float(value))
        for place, value in zip(places, expected, strict=True)
    )


def _cost_model(table: Predictions, policy: Any) -> "CostModel":
    from fieldmark.decision.expected_costs import TreeCost, matrix_cost, poison_cost
    from fieldmark.decision.policy import CostMatrixRule

    classes = table.label_space.classes
    if isinstance(policy, CostMatrixRule):
        return matrix_cost(classes, policy.costs, wrong=policy.wrong)
    if policy.poison is not None:
        return poison_cost(classes, policy.poison.classes, policy.poison.cost)
    if table.taxonomy is None:
        raise StoreError(
            "Expected a taxonomy for the cost tree-distance; the model has none. Export it from a"
            " study with `ranks`."
        )
    return TreeCost(table.label_space, table.taxonomy)


def _backed_off(table: Predictions, policy: Any, points: "Points") -> tuple[Decided, ...]:
    from fieldmark.decision.backoff_outcome import rank_thresholds
    from fieldmark.decision.lineages import NO_ANSWER, answered_rank, lineages
    from fieldmark.evaluation.resampling import units_of

    chains = lineages(table, lots=units_of(None, n=table.n), ranks=policy.ranks)
    ranks = answered_rank(chains.probability, rank_thresholds(points, len(chains.ranks)))
    return tuple(
        Decided(policy.name, None)
        if rank == NO_ANSWER
        else Decided(
            policy.name,
            str(chains.nodes[row, rank]),
            chains.ranks[rank],
            float(chains.probability[row, rank]),
        )
        for row, rank in enumerate(ranks)
    )


def _held_against(table: Predictions, policy: Any, points: "Points") -> tuple[Decided, ...]:
    from fieldmark.decision.neyman_pearson import split_alarm
    from fieldmark.decision.positives import positive_scores
    from fieldmark.evaluation.resampling import units_of

    evidence = positive_scores(table, policy.positive, lots=units_of(None, n=table.n))
    low, high = split_alarm(points[0], points[-1])
    words = np.where(
        evidence.score < low, "pass", np.where(evidence.score >= high, "alarm", "review")
    )
    return tuple(
        Decided(policy.name, str(word), value=float(score))
        for word, score in zip(words, evidence.score, strict=True)
    )


def _table(
    header: PredictionsHeader,
    label_space: LabelSpace,
    scores: FloatArray,
    taxonomy: Taxonomy | None = None,
) -> Predictions:
    """Return the scores as a table; the labels, which nobody knows yet, are never read."""
    count, unknown = len(scores), label_space.classes[0]
    items = pl.DataFrame(
        {"id": [str(number) for number in range(count)], "label": [unknown] * count}
    )
    return Predictions(header, items, label_space, scores, taxonomy)
