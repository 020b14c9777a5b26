"""Pass, review or alarm: what came of one or two thresholds on P(positive)."""

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.decision.costs import Costs
from fieldmark.decision.outcome import Outcome, items_with
from fieldmark.decision.outcome_estimates import Measure, Reporting, Term, estimates_of, share
from fieldmark.decision.positives import PositiveScores
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.resampling import FloatArray, Units
from fieldmark.predictions.table import Predictions


def threshold_outcome(
    predictions: Predictions,
    evidence: PositiveScores,
    thresholds: tuple[float, float],
    how: Reporting,
    *,
    costs: Costs | None = None,
    prevalence: float | None = None,
    lot_share: float = 1.0,
) -> Outcome:
    """Return what came of passing below one threshold and raising the alarm from the other.

    Args:
        predictions: the part that is reported.
        evidence: its scores and truth.
        thresholds: pass below the first, alarm from the second; between them items are reviewed.
        how: what all numbers share.
        costs: of mistakes; None leaves the cost out.
        prevalence: share of positives to weight by; None for that of the part.
        lot_share: share of a lot's positives that must be held for a lot without a miss.
    """
    low, high = thresholds
    passed, alarmed = evidence.score < low, evidence.score >= high
    measures = _shares(evidence.positive, passed, alarmed, is_band=low < high)
    reviewed = ~passed & ~alarmed if low < high else alarmed
    measures.append(_at_prevalence("review_load", reviewed, evidence.positive, prevalence))
    if evidence.lots.clustered:
        measures += _of_lots(
            evidence.positive, passed, alarmed, lots=evidence.lots, lot_share=lot_share
        )
    baselines: tuple[Estimate, ...] = ()
    if costs is not None:
        cost = 1000 * costs.of(evidence.positive, passed, alarmed)
        measures.append(_at_prevalence("cost_per_1000", cost, evidence.positive, prevalence))
        share_of_positives = float(evidence.positive.mean()) if prevalence is None else prevalence
        baselines = cost_baselines(costs, share_of_positives, how, n=predictions.n)
    decision = np.where(passed, "pass", np.where(alarmed, "alarm", "review"))
    columns = {
        "score": pl.Series(evidence.score),
        "positive": pl.Series(evidence.positive),
        "decision": pl.Series(decision),
    }
    return Outcome(
        items=items_with(predictions, columns),
        estimates=estimates_of(measures, how),
        baselines=baselines,
    )


def cost_baselines(
    costs: Costs, prevalence: float, how: Reporting, *, n: int
) -> tuple[Estimate, ...]:
    """Return the cost per 1,000 of doing the same with every item, which needs no model.

    Args:
        costs: of mistakes.
        prevalence: share of positives.
        how: what all numbers share.
        n: number of items that the prevalence was seen on.
    """
    always = {
        "always pass": prevalence * costs.miss,
        "always alarm": (1 - prevalence) * costs.false_alarm,
    }
    if costs.review is not None:
        always["always review"] = costs.review
    return tuple(
        Estimate(
            metric="cost_per_1000",
            value=1000 * cost,
            low=None,
            high=None,
            n=n,
            method="follows from the costs and the prevalence",
            split=how.split,
            classes=how.classes,
            denominator=f"1,000 items at a prevalence of {prevalence:.4g}",
            contender=name,
        )
        for name, cost in always.items()
    )


def _shares(
    positive: BoolArray, passed: BoolArray, alarmed: BoolArray, *, is_band: bool
) -> list[Measure]:
    positives, negatives = int(positive.sum()), int((~positive).sum())
    among = count_of(positives, "positive")
    found = [share("positive_recall", ~passed, positive, denominator=among)]
    if is_band:
        found.append(share("positives_alarmed", alarmed, positive, denominator=among))
    of_negatives = count_of(negatives, "negative")
    return [*found, share("false_alarm_rate", alarmed, ~positive, denominator=of_negatives)]


def _at_prevalence(
    metric: str,
    values: npt.NDArray[np.generic],
    positive: BoolArray,
    prevalence: float | None,
) -> Measure:
    if prevalence is None:
        everything = np.ones_like(positive)
        words = f"all {count_of(len(positive), 'item')}"
        return Measure(metric=metric, terms=(Term(values, everything),), denominator=words)
    return Measure(
        metric=metric,
        terms=(Term(values, positive, prevalence), Term(values, ~positive, 1 - prevalence)),
        denominator=f"items at a prevalence of {prevalence:g}",
    )


def _of_lots(
    positive: BoolArray, passed: BoolArray, alarmed: BoolArray, *, lots: Units, lot_share: float
) -> list[Measure]:
    missed, first = _lot_rates(positive & passed, positive, lots)
    alarms, first_clean = _lot_rates(alarmed & ~positive, ~positive, lots)
    allowed = 1 - lot_share + 1e-9
    with_positive = count_of(int(first.sum()), "lot with a positive", "lots with a positive")
    with_clean = count_of(int(first_clean.sum()), "lot with a negative", "lots with a negative")
    return [
        Measure(
            metric="lots_without_miss",
            terms=(Term(missed <= allowed, first),),
            denominator=with_positive,
            independent=True,
        ),
        Measure(
            metric="lots_without_false_alarm",
            terms=(Term(alarms <= allowed, first_clean),),
            denominator=with_clean,
            independent=True,
        ),
        Measure(
            metric="mean_miss_rate_of_lots",
            terms=(Term(missed, first),),
            denominator=with_positive,
        ),
    ]


def _lot_rates(wrong: BoolArray, mine: BoolArray, lots: Units) -> tuple[FloatArray, BoolArray]:
    """Return the share of wrong items in each item's lot, and one counted item of each lot."""
    counted = lots.sums(mine)
    rate = np.divide(lots.sums(wrong), counted, out=np.zeros(lots.count), where=counted > 0)
    first = np.zeros(len(mine), dtype=np.bool_)
    rows = np.flatnonzero(mine)
    first[rows[np.unique(lots.codes[rows], return_index=True)[1]]] = True
    return rate[lots.codes], first
