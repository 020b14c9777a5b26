"""Decisions of least expected cost, and what they cost."""

from dataclasses import replace

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.core.errors import DecisionError
from fieldmark.decision.dangerous_answers import UNKNOWN, dangerous_answers
from fieldmark.decision.expected_costs import CostModel, PoisonCost
from fieldmark.decision.log_scores import log_probability_blocks
from fieldmark.decision.outcome import Outcome, items_with
from fieldmark.decision.outcome_estimates import Measure, Reporting, Term, estimates_of
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.manifest.hazards import Hazards
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions

_BEST = "always the best class"


def cost_outcome(predictions: Predictions, cost: CostModel, how: Reporting) -> Outcome:
    """Return the decision of least expected cost for each item, and what it cost.

    Equal costs are settled by the order of the decisions: the first wins.

    Args:
        predictions: calibrated probabilities of the part that is reported.
        cost: what each decision costs.
        how: what all numbers share.

    Raises:
        DecisionError: the scores are similarities, or a label has no cost.
    """
    decision, expected, best = least_cost(predictions, cost)
    labels = predictions.labels.to_list()
    realised = cost.realised(labels, decision)
    words = f"all {count_of(predictions.n, 'item')}"
    everything = np.ones(predictions.n, dtype=np.bool_)
    costs = {"expected_cost": expected, "realised_cost": realised}
    columns = {
        "decision": pl.Series([cost.decisions[place] for place in decision]),
        "best_class": pl.Series([predictions.label_space.classes[place] for place in best]),
        **{name: pl.Series(values) for name, values in costs.items()},
    }
    of_best = _realised_of_best(predictions, cost, best)
    if of_best is not None:
        costs["realised_cost_of_best_class"] = of_best
    measures = [
        Measure(metric=name, terms=(Term(values, everything),), denominator=words)
        for name, values in costs.items()
    ]
    outcome = Outcome(items=items_with(predictions, columns), estimates=estimates_of(measures, how))
    return _with_danger(outcome, cost, how) if isinstance(cost, PoisonCost) else outcome


def least_cost(predictions: Predictions, cost: CostModel) -> tuple[IntArray, FloatArray, IntArray]:
    """Return the decision of least expected cost, that cost, and the best class of each item.

    Args:
        predictions: calibrated probabilities or logits.
        cost: what each decision costs.

    Returns:
        Three arrays (n,): int64 place among the decisions, float64 cost, int64 column.

    Raises:
        DecisionError: the scores are similarities.

    Source:
        Methods E4: argmin over k of the sum over c of D(k, c) p(c).
    """
    if predictions.header.score_kind is ScoreKind.SIMILARITIES:
        raise DecisionError(
            f"Expected probabilities to weigh costs by; the scores of"
            f" '{predictions.header.contender}' are similarities. Name a calibrator, such as"
            f" `calibrator: temperature`."
        )
    n = predictions.n
    decision, best = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    least = np.empty(n)
    for rows, logs in log_probability_blocks(predictions):
        best[rows] = logs.argmax(axis=1)
        expected = cost.expected(np.exp(logs))
        decision[rows] = expected.argmin(axis=1)
        least[rows] = expected.min(axis=1)
    return decision, least, best


def _with_danger(outcome: Outcome, cost: PoisonCost, how: Reporting) -> Outcome:
    """Count poisonous taken for harmless, by the rule and by the best class; see the cost."""
    harmless = frozenset(cost.classes) - cost.poisonous
    hazards = Hazards(poisonous=cost.poisonous, harmless=harmless, source="costs")
    labels, decided, best = (
        outcome.items[name].to_list() for name in ("label", "decision", "best_class")
    )
    found = dangerous_answers(labels, decided, hazards, how)
    beside = dangerous_answers(labels, best, hazards, replace(how, contender=_BEST))
    # To the costs every class is poisonous or harmless: nothing is unknown.
    return replace(
        outcome,
        estimates=outcome.estimates + tuple(one for one in found if one.metric != UNKNOWN),
        baselines=tuple(one for one in beside if one.metric != UNKNOWN),
    )


def _realised_of_best(
    predictions: Predictions, cost: CostModel, best: IntArray
) -> FloatArray | None:
    """Return what answering the best class would have cost; None where that is no decision."""
    place = {name: column for column, name in enumerate(cost.decisions)}
    columns = [place.get(name) for name in predictions.label_space.classes]
    if any(column is None for column in columns):
        return None
    answers = np.array(columns, dtype=np.int64)[best]
    return cost.realised(predictions.labels.to_list(), answers)
