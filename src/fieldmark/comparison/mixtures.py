"""Metrics of a contender, and of a mixture of two contenders' answers, as resampling takes them."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from fieldmark.comparison.judged_tables import answers_at
from fieldmark.comparison.paired_tests import ENUMERATED_UNITS
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers, BoolArray
from fieldmark.evaluation.averages import item_averages, mean_of
from fieldmark.evaluation.class_metrics import CLASS_METRICS, class_metrics
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.confidence_statistics import (
    CALIBRATION_STATISTICS,
    MOST_POINTS,
    SELECTIVE_STATISTICS,
    SelectiveStatistics,
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
        metric: takes tallies of a mixture, (tallies, draws), and gives its metric, (1, draws).
        tallies: sparse array (tallies, 2 x kinds), what one unit of each kind adds to each tally
            when the first and, behind those, when the second contender answers.
        counts: int64 (kinds,), how many units there are of each kind; None for one kind a unit.
    """

    metric: Statistic
    tallies: sparse.csc_array
    counts: IntArray | None = None


def item_statistic(side: Sequence[ItemMetric], units: Units) -> Statistic:
    """Return the mean over items of a metric, averaged over seeds, (1, draws)."""
    return mean_of([item_averages([(one.values, one.counted)], units) for one in side])


def item_mixture(a: Sequence[ItemMetric], b: Sequence[ItemMetric], units: Units) -> Mixture:
    """Return the mean over items of a mixture, each seed of one with a seed of the other."""
    doubled = _doubled(units)
    every = np.ones(len(units.codes), bool)
    of_seeds = []
    for one, other in _paired(a, b):
        values = np.concatenate([np.asarray(one.values), np.asarray(other.values)])
        inside = [every if column.counted is None else column.counted for column in (one, other)]
        of_seeds.append(_tallied_means((values, np.concatenate(inside)), doubled))
    return _mean_mixture(of_seeds)


def table_statistics(
    a: Sequence[Judged],
    b: Sequence[Judged],
    metric: str,
    *,
    rank: str | None,
    units: Units,
    most_points: int | None = None,
) -> tuple[Statistic, Statistic]:
    """Return a metric of the whole table for both contenders, averaged over seeds, (1, draws).

    Args:
        a: answers of each seed of the first contender.
        b: answers of the second.
        metric: one of `OF_TABLES`.
        rank: a rank above the leaves; None for the leaves.
        units: items, or groups that stay whole.
        most_points: about how many operating points are left where a metric orders answers by
            confidence, for draws; None for all.
    """
    of_a, of_b = (
        mean_of([_of_table(answers, metric, units, most_points) for answers in side])
        for side in _in_one_coding(a, b, rank)
    )
    return of_a, of_b


def chance_statistics(
    a: Sequence[Judged], b: Sequence[Judged], metric: str, *, rank: str | None, units: Units
) -> tuple[Statistic, Statistic]:
    """Return how far chance alone pushes a calibration error upwards, of both contenders."""
    place = len(CALIBRATION_STATISTICS) + CALIBRATION_STATISTICS.index(metric)
    of_a, of_b = (
        mean_of([_only(_calibration(answers_at(one, rank), metric, units), place) for one in s])
        for s in (a, b)
    )
    return of_a, of_b


def table_mixture(
    a: Sequence[Judged], b: Sequence[Judged], metric: str, *, rank: str | None, units: Units
) -> Mixture:
    """Return a metric of the whole table for a mixture, each seed of one with one of the other.

    Independent items with the same label and answers are interchangeable to a metric of counts, so
    they are taken together: the mixture then has one kind for each combination that occurs. Where
    a metric orders answers by confidence, neighbours in that order are tallied together, as in
    resamples: how far swaps reach hardly changes.
    """
    side_a, side_b = _in_one_coding(a, b, rank)
    counts = None
    if metric in CLASS_METRICS and not units.clustered and units.count > ENUMERATED_UNITS:
        kinds, counts = _kinds([side_a[0].truth, *(one.predicted for one in (*side_a, *side_b))])
        side_a, side_b = ([one.reordered(kinds) for one in side] for side in (side_a, side_b))
        units = Units(np.arange(len(counts)), len(counts), clustered=False)
    doubled = _doubled(units)
    of_seeds = [
        _tallied_table(_one_below_the_other(one, other), metric, doubled)
        for one, other in _paired(side_a, side_b)
    ]
    return _mean_mixture(of_seeds, counts)


def _kinds(codes: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """Return an item of each combination of codes that occurs, and how many items have it.

    They are in the order of the items, so that both orders of the contenders draw the same.
    """
    number, width = codes[0], 1
    for of_codes in codes[1:]:
        width = int(of_codes.max()) + 1
        number = np.unique(number * width + of_codes, return_inverse=True)[1]
    _, first, counts = np.unique(number, return_index=True, return_counts=True)
    order = np.argsort(first)
    return first[order], counts[order]


def _mean_mixture(
    of_seeds: Sequence[tuple[sparse.csc_array, Statistic]], counts: IntArray | None = None
) -> Mixture:
    """Return the mean over seeds of a metric, each with tallies of its own."""
    ends = np.cumsum([tallies.shape[0] for tallies, _ in of_seeds])[:-1]

    def mean(tallies: FloatArray) -> FloatArray:
        parts = zip(of_seeds, np.split(tallies, ends), strict=True)
        total: FloatArray = np.add.reduce([metric(part) for (_, metric), part in parts])
        return total / len(of_seeds)

    return Mixture(mean, sparse.vstack([tallies for tallies, _ in of_seeds], "csc"), counts)


def _tallied_means(
    column: tuple[npt.NDArray[np.generic], BoolArray], units: Units
) -> tuple[sparse.csc_array, Statistic]:
    averages = item_averages([column], units)
    return sparse.csc_array(np.concatenate([averages.flags, averages.values])), averages.of_sums


def _tallied_table(
    answers: Answers, metric: str, units: Units
) -> tuple[sparse.csc_array, Statistic]:
    if metric in CLASS_METRICS:
        of_classes = class_metrics([answers], units)
        return of_classes.lineages, _only(of_classes.of_items, CLASS_METRICS.index(metric))
    joined = _selective(answers, metric, units).joined(MOST_POINTS)

    def of_points(tallies: FloatArray) -> FloatArray:
        return joined.of_points(*np.split(tallies, 2))

    tallies = sparse.vstack([joined.items, joined.errors], "csc")
    return tallies, _only(of_points, SELECTIVE_STATISTICS.index(metric))


def _of_table(answers: Answers, metric: str, units: Units, most_points: int | None) -> Statistic:
    if metric in CLASS_METRICS:
        return _only(class_metrics([answers], units), CLASS_METRICS.index(metric))
    if metric in CALIBRATION_STATISTICS:
        return _only(_calibration(answers, metric, units), CALIBRATION_STATISTICS.index(metric))
    statistic = _selective(answers, metric, units)
    if most_points is not None:
        statistic = statistic.joined(most_points)
    return _only(statistic, SELECTIVE_STATISTICS.index(metric))


def _selective(answers: Answers, metric: str, units: Units) -> SelectiveStatistics:
    return selective_statistics(_confidence(answers, metric), ~answers.right, units)


def _calibration(answers: Answers, metric: str, units: Units) -> Statistic:
    return calibration_statistics(_confidence(answers, metric), answers.right, units)


def _confidence(answers: Answers, metric: str) -> FloatArray:
    if answers.confidence is None:
        raise NotComparableError(
            f"{metric} takes the confidence of the answers, and these scores have none. Compare on"
            " accuracy."
        )
    return answers.confidence


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
