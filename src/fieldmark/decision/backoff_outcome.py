"""What came of answering at the deepest rank that reaches its threshold."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.decision.lineages import Lineages, answered_rank, answered_wrongly
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.outcome import Outcome, items_with
from fieldmark.decision.outcome_estimates import Measure, Reporting, estimates_of, share
from fieldmark.decision.rolled_up import CUSTOMARY
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.predictions.table import Predictions


def backoff_outcome(
    predictions: Predictions, evidence: Lineages, thresholds: FloatArray, how: Reporting
) -> Outcome:
    """Return what came of backing off: the share answered at each rank, and its error.

    Args:
        predictions: the part that is reported.
        evidence: its chains.
        thresholds: float array (ranks,), coarse to fine; inf for a rank that is not answered.
        how: what all numbers share.
    """
    rank = answered_rank(evidence.probability, thresholds)
    wrong = answered_wrongly(evidence.right, rank)
    measures = [*_overall(rank, wrong), *_by_rank(evidence, rank, wrong)]
    return Outcome(
        items=backoff_items(predictions, evidence, thresholds),
        estimates=estimates_of(measures, how),
    )


def backoff_items(
    predictions: Predictions, evidence: Lineages, thresholds: FloatArray
) -> pl.DataFrame:
    """Return the answer to each item: id, label, decision, rank, probability, wrong.

    Args:
        predictions: the part that is reported.
        evidence: its chains.
        thresholds: float array (ranks,), coarse to fine; inf for a rank that is not answered.
    """
    rank = answered_rank(evidence.probability, thresholds)
    wrong = answered_wrongly(evidence.right, rank)
    return items_with(predictions, _columns(evidence, rank, wrong))


def backoff_totals(
    evidence: Lineages, thresholds: FloatArray, how: Reporting
) -> tuple[Estimate, ...]:
    """Return the share answered at any rank, the error of the answered, and the wrong answers.

    Args:
        evidence: chains of the part that is reported.
        thresholds: float array (ranks,), coarse to fine; inf for a rank that is not answered.
        how: what all numbers share.
    """
    rank = answered_rank(evidence.probability, thresholds)
    return estimates_of(_overall(rank, answered_wrongly(evidence.right, rank)), how)


def always_the_finest(evidence: Lineages, how: Reporting) -> tuple[Estimate, ...]:
    """Return what would have come of always answering at the finest rank, whatever the scores.

    Args:
        evidence: chains of the part that is reported.
        how: what all numbers share.
    """
    rank = np.full(evidence.n, len(evidence.ranks) - 1)
    return _beside(evidence, rank, how, name=f"always the {evidence.ranks[-1]}")


def at_customary_threshold(surest: Lineages, how: Reporting) -> tuple[Estimate, ...]:
    """Return what would have come of the customary fixed threshold of 0.65, without a promise.

    Args:
        surest: the surest node of each rank, as ``rolled_up`` gives them.
        how: what all numbers share.
    """
    rank = answered_rank(surest.probability, np.full(len(surest.ranks), CUSTOMARY))
    return _beside(surest, rank, how, name=f"fixed threshold {CUSTOMARY:g}")


def _beside(
    evidence: Lineages, rank: IntArray, how: Reporting, *, name: str
) -> tuple[Estimate, ...]:
    wrong = answered_wrongly(evidence.right, rank)
    measures = [*_overall(rank, wrong), *_by_rank(evidence, rank, wrong)]
    return estimates_of(measures, replace(how, contender=name))


def rank_thresholds(points: Sequence[OperatingPoint], ranks: int) -> FloatArray:
    """Return the threshold of each rank: inf for one that is never answered.

    Args:
        points: one for all ranks, or one for each.
        ranks: number of ranks.
    """
    found = [np.inf if point.threshold is None else point.threshold for point in points]
    return np.full(ranks, found[0]) if len(found) == 1 else np.array(found)


def _overall(rank: IntArray, wrong: BoolArray) -> list[Measure]:
    everything, answered = np.ones(len(rank), dtype=np.bool_), rank >= 0
    words = f"all {count_of(len(rank), 'item')}"
    among = count_of(int(answered.sum()), "answered item")
    return [
        share("answered", answered, everything, denominator=words),
        share("error_of_answered", wrong, answered, denominator=among),
        share("wrong_answers", wrong, everything, denominator=words),
    ]


def _by_rank(evidence: Lineages, rank: IntArray, wrong: BoolArray) -> list[Measure]:
    everything = np.ones(len(rank), dtype=np.bool_)
    words = f"all {count_of(len(rank), 'item')}"
    measures = []
    for place, name in enumerate(evidence.ranks):
        at_least, here = rank >= place, rank == place
        to = f"{count_of(int(at_least.sum()), 'item')} answered at {name} or finer"
        at = f"{count_of(int(here.sum()), 'item')} answered at {name}"
        not_right = ~evidence.right[:, place]
        measures += [
            share("answered", at_least, everything, denominator=words, rank=name),
            share("error_of_answered", not_right, at_least, denominator=to, rank=name),
            share("answered_here", here, everything, denominator=words, rank=name),
            share("error_of_answered_here", wrong, here, denominator=at, rank=name),
        ]
    return measures


def _columns(evidence: Lineages, rank: IntArray, wrong: BoolArray) -> dict[str, pl.Series]:
    rows, place = np.arange(len(rank)), np.maximum(rank, 0)
    found = pl.DataFrame(
        {
            "decision": evidence.nodes[rows, place].tolist(),
            "rank": [evidence.ranks[one] for one in place],
            "probability": evidence.probability[rows, place],
            "wrong": wrong,
        }
    )
    answered = pl.Series(rank >= 0)
    return found.select(pl.when(answered).then(pl.all())).to_dict()
