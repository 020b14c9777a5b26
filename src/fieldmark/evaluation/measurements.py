"""What is computed of answers: the rows of a table, and the statistic that gives their values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.averages import item_averages, stacked
from fieldmark.evaluation.class_metrics import (
    ALL_CLASSES,
    CLASS_METRICS,
    PRESENT_CLASSES,
    WEIGHTED,
    class_metrics,
)
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.confidence_statistics import (
    CALIBRATION_STATISTICS,
    COVERAGE,
    MOST_POINTS,
    SELECTIVE_STATISTICS,
    calibration_statistics,
    selective_statistics,
)
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import Statistic, Units

_SHARES = {
    **dict.fromkeys((*PRESENT_CLASSES, *ALL_CLASSES, *WEIGHTED), 1.0),
    "risk_at_80_coverage": COVERAGE,
    "coverage_at_5_risk": 1.0,
}


class Measurable(Protocol):
    """Whatever metrics can be computed of: answers, or what a guess is expected to score."""

    @property
    def item_metrics(self) -> tuple[ItemMetric, ...]:
        """The metrics that are means over items."""

    @property
    def levels(self) -> tuple[Answers, ...]:
        """The answers at the leaves, then at the ranks above; none for an expectation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What an Estimate says of itself beside its numbers.

    Attributes:
        metric: identifier in the catalogue.
        rank: rank of the labels; None for the leaves.
        classes: number of candidates.
        denominator: what is divided by, in words.
        n: number of items that were evaluated.
        trials: for a metric that counts as a share of items, which part of the units it is over;
            None for a metric that is no share.
        successes: how many of the items have the property, for a plain share of all items.
        is_noise: whether the values are only how far chance alone pushes the metric upwards.
    """

    metric: str
    rank: str | None
    classes: int
    denominator: str
    n: int
    trials: float | None = None
    successes: int | None = None
    is_noise: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Statistics:
    """All metrics as one statistic, in the order of `rows_of`.

    Attributes:
        exact: for the data themselves.
        drawn: for resamples, in which risk-coverage curves have fewer operating points.
    """

    exact: Statistic
    drawn: Statistic


def statistics_of(measured: Measurable, units: Units) -> Statistics:
    """Return all metrics of answers or expectations as one statistic.

    Selective metrics are taken at the leaves, the others at every rank.

    Args:
        measured: the answers, or expectations.
        units: what is drawn: items or groups.
    """
    exact = _means(measured, units)
    drawn: list[Statistic] = []
    if measured.levels:
        exact.append(class_metrics(measured.levels, units))
    drawn += exact
    for answers in measured.levels:
        if answers.confidence is None:
            continue
        calibration = calibration_statistics(answers.confidence, answers.right, units)
        exact.append(calibration)
        drawn.append(calibration)
        if answers.rank is None:
            selective = selective_statistics(answers.confidence, ~answers.right, units)
            exact.append(selective)
            drawn.append(selective.joined(MOST_POINTS))
    return Statistics(stacked(exact), stacked(drawn))


def _means(measured: Measurable, units: Units) -> list[Statistic]:
    columns = [(metric.values, metric.counted) for metric in measured.item_metrics]
    return [item_averages(columns, units)] if columns else []


def rows_of(seeds: Sequence[Measurable]) -> list[Row]:
    """Return the rows of the table, in the order of the values that `statistics_of` gives.

    Args:
        seeds: of one contender, at least one; they are averaged.
    """
    rows = [_item_row(found) for found in zip(*(one.item_metrics for one in seeds), strict=True)]
    levels = seeds[0].levels
    rows += [row for answers in levels for row in _class_rows(answers)]
    for answers in levels:
        if answers.confidence is not None:
            errors = _rows(answers, CALIBRATION_STATISTICS)
            rows += [*errors, *(replace(row, is_noise=True) for row in errors)]
            if answers.rank is None:
                rows += _rows(answers, SELECTIVE_STATISTICS)
    return rows


def _item_row(of_seeds: Sequence[ItemMetric]) -> Row:
    first = of_seeds[0]
    is_same = len({metric.denominator for metric in of_seeds}) == 1
    single_share = first.is_share_of_all and len(of_seeds) == 1
    return Row(
        metric=first.metric,
        rank=first.rank,
        classes=first.classes,
        denominator=first.denominator if is_same else METRICS[first.metric].denominator,
        n=first.n if is_same else len(first.values),
        trials=1.0 if first.is_share_of_all else None,
        successes=int(np.count_nonzero(first.values)) if single_share else None,
    )


def _class_rows(answers: Answers) -> list[Row]:
    present = count_of(int(np.count_nonzero(np.bincount(answers.truth))), "class", "classes")
    candidates = count_of(answers.candidates, "candidate class", "candidate classes")
    words = {
        **dict.fromkeys(CLASS_METRICS, f"the {present} among the labels"),
        **dict.fromkeys(ALL_CLASSES, f"all {candidates}"),
        "matthews_correlation": f"all {count_of(answers.n, 'item')}",
    }
    return _rows(answers, CLASS_METRICS, words)


def _rows(
    answers: Answers, metrics: Sequence[str], denominators: dict[str, str] | None = None
) -> list[Row]:
    return [
        Row(
            metric=metric,
            rank=answers.rank,
            classes=answers.candidates,
            denominator=(denominators or {}).get(metric, METRICS[metric].denominator),
            n=answers.n,
            trials=_SHARES.get(metric),
        )
        for metric in metrics
    ]
