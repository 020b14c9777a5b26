"""The rules that take the decision of least expected cost."""

from collections.abc import Sequence

from fieldmark.core.errors import DecisionError
from fieldmark.decision.cost_outcome import cost_outcome
from fieldmark.decision.expected_costs import (
    SOURCE,
    CostModel,
    PoisonCost,
    TreeCost,
    matrix_cost,
    poison_cost,
)
from fieldmark.decision.operating_point import FittedOn, OperatingPoint
from fieldmark.decision.outcome import Outcome
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.decision.policy import CostMatrixRule, MinimumRisk
from fieldmark.decision.policy_section import PoisonSection
from fieldmark.decision.rule import Part, Points, Rule
from fieldmark.predictions.table import Predictions

CostPolicy = MinimumRisk | CostMatrixRule


def poison_cost_of(classes: Sequence[str], section: PoisonSection) -> PoisonCost:
    """Return the cost of taking a poisonous class for a harmless one.

    Args:
        classes: of the predictions.
        section: of a policy that knows its classes by name. Those that a column told of may be no
            class of the predictions; those that were written may not.

    Raises:
        DecisionError: a written class is no class, or the section has not been looked up.
    """
    if section.classes is None:
        raise DecisionError(
            f"Expected poisonous classes by name; column '{section.column}' has not been looked up."
            " Call with_poisonous_classes first."
        )
    if section.column is None:
        return poison_cost(classes, section.classes, section.cost)
    return PoisonCost(tuple(classes), frozenset(section.classes), section.cost)


def _fit(part: Part, policy: CostPolicy) -> Points:
    decisions = len(_cost_model(part.predictions, policy).decisions)
    n = part.predictions.n
    point = OperatingPoint(
        name="least cost",
        rule=policy.name,
        source=SOURCE,
        acts_on=f"{decisions:,} decisions, weighed by calibrated probabilities",
        threshold=None,
        promise="None: the cost is least on average if the probabilities are calibrated.",
        limit=None,
        confidence=None,
        violation=None,
        fitted_on=FittedOn(
            part=part.predictions.header.split,
            items_digest=part.predictions.items_digest,
            n=n,
            units=n,
        ),
    )
    return (point,)


def _report(part: Part, policy: CostPolicy, points: Points, how: Reporting) -> Outcome:  # noqa: ARG001
    return cost_outcome(part.predictions, _cost_model(part.predictions, policy), how)


def _cost_model(predictions: Predictions, policy: CostPolicy) -> CostModel:
    classes = predictions.label_space.classes
    if isinstance(policy, CostMatrixRule):
        return matrix_cost(classes, policy.costs, wrong=policy.wrong)
    if policy.poison is not None:
        return poison_cost_of(classes, policy.poison)
    if predictions.taxonomy is None:
        raise DecisionError(
            f"Expected a taxonomy for the cost tree-distance; '{predictions.header.contender}' has"
            " none. Import the predictions with --taxonomy."
        )
    return TreeCost(predictions.label_space, predictions.taxonomy)


LEAST_COST = Rule(_fit, _report, keeps_a_promise=False)
