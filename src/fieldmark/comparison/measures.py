"""How the difference between two contenders is measured and tested, metric by metric."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fieldmark.comparison.item_means import mean_difference
from fieldmark.comparison.judged_tables import OF_TABLES, item_metric
from fieldmark.comparison.mixtures import (
    Mixture,
    chance_statistics,
    item_mixture,
    item_statistic,
    table_mixture,
    table_statistics,
)
from fieldmark.comparison.paired_bootstrap import bootstrapped_difference
from fieldmark.comparison.paired_tests import PairedDifference, needed_units
from fieldmark.comparison.swaps import swapped_difference
from fieldmark.comparison.trial import Measured, Trial
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.averages import value_of
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.confidence_statistics import CALIBRATION_STATISTICS, MOST_POINTS
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.resampling import Statistic


def measure_difference(a: Sequence[Judged], b: Sequence[Judged], trial: Trial) -> Measured:
    """Return the difference between two contenders, each with the answers of one or more seeds.

    By default shares of independent items of one seed each are tested by McNemar's exact test;
    other means over items by sign flips of items or groups, on the mean over seeds of each item;
    metrics of the whole table, and means whose denominator differs between the two, by swapping the
    answers of items or groups. Calibration errors, which chance pushes upwards, the more the less
    sure a contender is, get a paired bootstrap that allows for it.

    Args:
        a: answers of the first contender, one for each seed.
        b: answers of the second, on the same items in the same order.
        trial: on what and how.

    Raises:
        NotComparableError: the metric is not defined for these answers, the test does not fit it,
            or there are too few units to bound the difference.
    """
    if trial.metric in OF_TABLES:
        return _bounded(_table_difference(a, b, trial), trial)
    columns = tuple([item_metric(one, trial.metric, trial.rank) for one in s] for s in (a, b))
    return measure_items(columns[0], columns[1], trial)


def measure_items(a: Sequence[ItemMetric], b: Sequence[ItemMetric], trial: Trial) -> Measured:
    """Return the difference between two contenders, each with per-item values of its seeds.

    Args:
        a: values of the first contender, one for each seed.
        b: values of the second, of the same items in the same order.
        trial: on what and how.

    Raises:
        NotComparableError: as `measure_difference`.
    """
    return _bounded(_item_difference(a, b, trial), trial)


def measured_values(a: Sequence[Judged], b: Sequence[Judged], trial: Trial) -> tuple[float, float]:
    """Return the metric of both contenders, each the mean over its seeds, without a test.

    Raises:
        NotComparableError: the metric is not defined for these answers.
    """
    return _values(statistics_of(a, b, trial), trial)


def statistics_of(
    a: Sequence[Judged], b: Sequence[Judged], trial: Trial, *, drawn: bool = False
) -> tuple[Statistic, Statistic]:
    """Return the metric of both contenders as statistics of the same units, each (1, draws).

    Args:
        a: answers of the first contender, one for each seed.
        b: answers of the second.
        trial: on what and how.
        drawn: whether they are for draws, in which risk-coverage curves of large tables have fewer
            operating points.

    Raises:
        NotComparableError: the metric is not defined for these answers.
    """
    if trial.metric in OF_TABLES:
        return table_statistics(
            a,
            b,
            trial.metric,
            rank=trial.rank,
            units=trial.units,
            most_points=MOST_POINTS if drawn else None,
        )
    columns = [[item_metric(one, trial.metric, trial.rank) for one in side] for side in (a, b)]
    return item_statistic(columns[0], trial.units), item_statistic(columns[1], trial.units)


def _bounded(measured: Measured, trial: Trial) -> Measured:
    if not math.isfinite(measured.paired.low) or not math.isfinite(measured.paired.high):
        raise NotComparableError(
            f"A difference of {trial.metric} cannot be bounded at level {trial.level:g} from"
            f" {trial.units.in_words}. Predict on more, or compare on accuracy."
        )
    return measured


def _table_difference(a: Sequence[Judged], b: Sequence[Judged], trial: Trial) -> Measured:
    is_error = trial.metric in CALIBRATION_STATISTICS
    if trial.test in ("mcnemar", "sign-flips"):
        raise trial.misfit(
            "is no mean over items", instead="paired-bootstrap" if is_error else "swaps"
        )
    if is_error and trial.test == "swaps":
        raise trial.misfit(
            "chance alone makes larger for the less sure of two calibrated contenders",
            instead="paired-bootstrap",
        )
    values = _values(statistics_of(a, b, trial), trial)
    if is_error or trial.test == "paired-bootstrap":
        chance = None
        if is_error:
            chance = chance_statistics(a, b, trial.metric, rank=trial.rank, units=trial.units)
        drawn = statistics_of(a, b, trial, drawn=True)
        paired = _bootstrapped(drawn, values, trial, chance=chance)
    else:
        mixture = table_mixture(a, b, trial.metric, rank=trial.rank, units=trial.units)
        paired = _swapped(mixture, values, trial)
    return _resampled(values, paired, a[0].leaf.n, trial)


def _item_difference(a: Sequence[ItemMetric], b: Sequence[ItemMetric], trial: Trial) -> Measured:
    same_items = _same_items((*a, *b))
    if not same_items:
        if trial.test in ("mcnemar", "sign-flips"):
            raise trial.misfit("counts other items for each contender", instead="swaps")
    elif trial.test not in ("swaps", "paired-bootstrap"):
        return mean_difference(a, b, trial)
    of_sides = item_statistic(a, trial.units), item_statistic(b, trial.units)
    values = _values(of_sides, trial)
    if trial.test == "paired-bootstrap":
        paired = _bootstrapped(of_sides, values, trial)
    else:
        paired = _swapped(item_mixture(a, b, trial.units), values, trial)
    measured = _resampled(values, paired, len(a[0].values), trial)
    return replace(measured, same_items=same_items)


def _same_items(columns: Sequence[ItemMetric]) -> bool:
    first = columns[0].counted
    return all(
        (one.counted is None and first is None)
        or (one.counted is not None and first is not None and np.array_equal(one.counted, first))
        for one in columns
    )


def _swapped(mixture: Mixture, values: tuple[float, float], trial: Trial) -> PairedDifference:
    return swapped_difference(
        mixture.metric,
        trial.units,
        tallies=mixture.tallies,
        counts=mixture.counts,
        difference=values[0] - values[1],
        resamples=trial.resamples,
        seed=trial.seed,
        level=trial.level,
        limit=trial.limit,
    )


def _bootstrapped(
    of_sides: tuple[Statistic, Statistic],
    values: tuple[float, float],
    trial: Trial,
    *,
    chance: tuple[Statistic, Statistic] | None = None,
) -> PairedDifference:
    return bootstrapped_difference(
        *of_sides,
        trial.units,
        difference=values[0] - values[1],
        resamples=trial.resamples,
        seed=trial.seed,
        level=trial.level,
        limit=trial.limit,
        chance=chance,
    )


def _resampled(
    values: tuple[float, float], paired: PairedDifference, n: int, trial: Trial
) -> Measured:
    return Measured(
        a_value=values[0],
        b_value=values[1],
        paired=paired,
        discordant=None,
        needed_n=needed_units(n, paired, level=trial.level),
    )


def _values(of_sides: tuple[Statistic, Statistic], trial: Trial) -> tuple[float, float]:
    a_value, b_value = (float(value_of(side, trial.units)[0]) for side in of_sides)
    if not (math.isfinite(a_value) and math.isfinite(b_value)):
        raise NotComparableError(
            f"{trial.metric} is not defined for one of the two: it has nothing to divide by."
            " Compare on accuracy."
        )
    return a_value, b_value
