"""Metrics of a contender, and of a mixture of two contenders' answers, as resampling takes them."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from fieldmark.comparison.judged_tables import answers_at
from fieldmark.comparison.paired_tests import ENUMERATED_UNITS
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.averages import item_averages, mean_of
from fieldmark.evaluation.class_metrics import CLASS_METRICS, class_metrics
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.confidence_statistics import (
    CALIBRATION_STATISTICS,
    SELECTIVE_STATISTICS,
    calibration_statistics,
    selective_statistics,
)
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.resampling import FloatArray, IntArray, Statistic, Units

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False, slots=True)
class Mixture:
    """The metric of a table in which each unit is answered by one of two contenders.

    Attributes:
        metric: takes weights (2 x kinds, draws), those of the first contender's answers and below
            them of the second's, and gives the metric, (1, draws).
        counts: int64 (kinds,), how many units there are of each kind; None for one kind a unit.
    """

    metric: Statistic
    counts: IntArray | None = None


def item_statistic(side: Sequence[ItemMetric], units: Units) -> Statistic:
    """Return the mean over items of a metric, averaged over seeds, (1, draws)."""
    return mean_of([item_averages([(one.values, one.counted)], units) for one in side])


def item_mixture(a: Sequence[ItemMetric], b: Sequence[ItemMetric], units: Units) -> Mixture:
    """Return the mean over items of a mixture, each seed of one with a seed of the other."""
    doubled = _doubled(units)
    every = np.ones(len(units.codes), bool)
    statistics = []
    for one, other in _paired(a, b):
        values = np.concatenate([np.asarray(one.values), np.asarray(other.values)])
        inside = [every if column.counted is None else column.counted for column in (one, other)]
        statistics.append(item_averages([(values, np.concatenate(inside))], doubled))
    return Mixture(mean_of(statistics))


def table_statistics(
    a: Sequence[Judged], b: Sequence[Judged], metric: str, *, rank: str | None, units: Units
) -> tuple[Statistic, Statistic]:
    """Return a metric of the whole table for both contenders, averaged over seeds, (1, draws)."""
    of_a, of_b = (
        mean_of([_of_table(answers, metric, units) for answers in side])
        for side in _in_one_coding(a, b, rank)
    )
    return of_a, of_b


def chance_statistics(
    a: Sequence[Judged], b: Sequence[Judged], metric: str, *, rank: str | None, units: Units
) -> tuple[Statistic, Statistic]:
    """Return how far chance alone pushes a calibration error upwards, of both contenders."""
    place = len(CALIBRATION_STATISTICS) + CALIBRATION_STATISTICS.index(metric)
    of_a, of_b = (
        mean_of([_only(_of_confidence(answers_at(one, rank), metric, units), place) for one in s])
        for s in (a, b)
    )
    return of_a, of_b


def table_mixture(
    a: Sequence[Judged], b: Sequence[Judged], metric: str, *, rank: str | None, units: Units
) -> Mixture:
    """Return a metric of the whole table for a mixture, each seed of one with one of the other.

    Independent items with the same label and answers are interchangeable to a metric of counts, so
    they are taken together: the mixture then has one kind for each combination that occurs.
    """
    side_a, side_b = _in_one_coding(a, b, rank)
    counts = None
    if metric in CLASS_METRICS and not units.clustered and units.count > ENUMERATED_UNITS:
        rows = np.stack([side_a[0].truth, *(one.predicted for one in (*side_a, *side_b))])
        _, first, of_kinds = np.unique(rows, axis=1, return_index=True, return_counts=True)
        # In the order of the items, so that both orders of the contenders draw the same.
        order = np.argsort(first)
        kinds, counts = first[order], of_kinds[order]
        side_a, side_b = ([one.reordered(kinds) for one in side] for side in (side_a, side_b))
        units = Units(np.arange(len(counts)), len(counts), clustered=False)
    doubled = _doubled(units)
    statistics = [
        _of_table(_one_below_the_other(one, other), metric, doubled)
        for one, other in _paired(side_a, side_b)
    ]
    return Mixture(mean_of(statistics), counts)


def _of_table(answers: Answers, metric: str, units: Units) -> Statistic:
    if metric in CLASS_METRICS:
        return _only(class_metrics([answers], units), CLASS_METRICS.index(metric))
    named = SELECTIVE_STATISTICS if metric in SELECTIVE_STATISTICS else CALIBRATION_STATISTICS
    return _only(_of_confidence(answers, metric, units), named.index(metric))


def _of_confidence(answers: Answers, metric: str, units: Units) -> Statistic:
    if answers.confidence is None:
        raise NotComparableError(
            f"{metric} takes the confidence of the answers, and these scores have none. Compare on"
            " accuracy."
        )
    if metric in SELECTIVE_STATISTICS:
        return selective_statistics(answers.confidence, ~answers.right, units)
    return calibration_statistics(answers.confidence, answers.right, units)


def _only(statistic: Statistic, place: int) -> Statistic:
    def one(weights: FloatArray) -> FloatArray:
        return statistic(weights)[place : place + 1]

    return one


def _in_one_coding(
    a: Sequence[Judged], b: Sequence[Judged], rank: str | None
) -> tuple[list[Answers], list[Answers]]:
    """Return the answers of each seed in the codes of the first contender's classes."""
    sides = [[answers_at(judged, rank) for judged in side] for side in (a, b)]
    first = sides[0][0]
    code = {name: position for position, name in enumerate(first.classes)}
    of_a, of_b = ([_recoded(one, first, code) for one in side] for side in sides)
    return of_a, of_b


def _recoded(answers: Answers, first: Answers, code: dict[str, int]) -> Answers:
    if answers.classes == first.classes:
        return answers
    table = np.array([code[name] for name in answers.classes])
    return replace(
        answers, classes=first.classes, truth=first.truth, predicted=table[answers.predicted]
    )


def _one_below_the_other(one: Answers, other: Answers) -> Answers:
    pairs = one.confidence, other.confidence
    confidences = [confidence for confidence in pairs if confidence is not None]
    return Answers(
        rank=one.rank,
        classes=one.classes,
        candidates=one.candidates,
        truth=np.concatenate([one.truth, other.truth]),
        predicted=np.concatenate([one.predicted, other.predicted]),
        confidence=np.concatenate(confidences) if len(confidences) == 2 else None,
    )


def _paired(a: Sequence[_T], b: Sequence[_T]) -> list[tuple[_T, _T]]:
    seeds = math.lcm(len(a), len(b))
    return list(itertools.islice(zip(itertools.cycle(a), itertools.cycle(b)), seeds))


def _doubled(units: Units) -> Units:
    codes = np.concatenate([units.codes, units.codes + units.count])
    return Units(codes, 2 * units.count, clustered=True)
