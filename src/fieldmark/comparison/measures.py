"""How the difference between two contenders is measured and tested, metric by metric."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval, needed_items
from fieldmark.comparison.paired_tests import (
    PairedDifference,
    needed_units,
    paired_difference,
    swapped_difference,
)
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers, leaf_answers
from fieldmark.evaluation.averages import CLASS_AVERAGES, class_averages, mean_of
from fieldmark.evaluation.classification import item_metrics
from fieldmark.evaluation.hierarchical import path_answers
from fieldmark.evaluation.resampling import FloatArray, Statistic, Units
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions

COMPARABLE = ("accuracy", "top_5_accuracy", "balanced_accuracy", "macro_f1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Two contenders on one metric.

    Attributes:
        a_value: metric of the first, the mean over its seeds.
        b_value: metric of the second.
        paired: their difference, with interval and p-value.
        discordant: how many items only the first, and only the second, has right; None where
            several seeds are averaged or the metric is no share of items.
        needed_n: number of items that would show a difference of this size with 80 % power; None
            when the difference is 0.
    """

    a_value: float
    b_value: float
    paired: PairedDifference
    discordant: tuple[int, int] | None
    needed_n: int | None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Trial:
    """How a difference is tested.

    Attributes:
        metric: one of `COMPARABLE`.
        units: items, or groups that stay whole.
        level: coverage of the interval; the test is at 1 - level.
        resamples: number of draws.
        seed: of the draws.
    """

    metric: str
    units: Units
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0


def require_comparable(metric: str) -> None:
    """Raise unless contenders can be compared on the metric.

    Raises:
        NotComparableError: they cannot; the message lists what there is.
    """
    if metric not in COMPARABLE:
        raise NotComparableError(unknown_choice("metric to compare on", metric, COMPARABLE))


def answers_at(predictions: Predictions, rank: str | None) -> tuple[Answers, Answers]:
    """Return the answers at the leaves, and at a rank (None and the finest are the leaves).

    Raises:
        NotComparableError: there is no taxonomy, or it has no such rank.
    """
    summary, taxonomy = summarise(predictions), predictions.taxonomy
    leaf = leaf_answers(predictions, summary)
    if rank is None:
        return leaf, leaf
    if taxonomy is None:
        raise NotComparableError(
            f"Expected a taxonomy to compare at rank '{rank}'; the predictions of"
            f" {predictions.header.contender} have none. Import them with --taxonomy."
        )
    if rank not in taxonomy.ranks:
        raise NotComparableError(unknown_choice("rank", rank, taxonomy.ranks))
    levels = (*path_answers(predictions, taxonomy, summary.predicted).ranks, leaf)
    return leaf, levels[taxonomy.ranks.index(rank)]


def measure_difference(a: Sequence[Answers], b: Sequence[Answers], trial: Trial) -> Measured:
    """Return the difference between two contenders, each with the answers of one or more seeds.

    Class averages are tested by swapping the answers of items or groups; shares of independent
    items of one seed each by McNemar's exact test; other shares by sign flips of items or groups,
    on the mean over seeds of each item.

    Args:
        a: answers of the first contender, one for each seed.
        b: answers of the second, on the same items in the same order.
        trial: on what and how.

    Raises:
        NotComparableError: the metric is not defined for these answers.
    """
    if trial.metric in CLASS_AVERAGES:
        return _class_average_difference(a, b, trial)
    of_a, of_b = (_item_values(side, trial.metric) for side in (a, b))
    discordant = None
    if len(a) == len(b) == 1:
        discordant = int(np.sum(of_a > of_b)), int(np.sum(of_a < of_b))
    if discordant is not None and not trial.units.clustered:
        return _mcnemar(of_a, of_b, discordant, trial)
    paired = paired_difference(
        of_a, of_b, trial.units, resamples=trial.resamples, seed=trial.seed, level=trial.level
    )
    return Measured(
        a_value=float(of_a.mean()),
        b_value=float(of_b.mean()),
        paired=paired,
        discordant=discordant,
        needed_n=needed_units(len(of_a), paired, level=trial.level),
    )


def _mcnemar(
    of_a: FloatArray, of_b: FloatArray, discordant: tuple[int, int], trial: Trial
) -> Measured:
    (only_a, only_b), n = discordant, len(of_a)
    low, high = mcnemar_interval(only_a, only_b, n, level=trial.level)
    difference, share = (only_a - only_b) / n, (only_a + only_b) / n
    paired = PairedDifference(
        difference=difference,
        low=low,
        high=high,
        p_value=mcnemar_exact(only_a, only_b),
        standard_error=float(np.sqrt(max(0.0, share - difference**2) / n)),
        test="exact McNemar",
    )
    return Measured(
        a_value=float(of_a.mean()),
        b_value=float(of_b.mean()),
        paired=paired,
        discordant=discordant,
        needed_n=needed_items(share, difference, level=trial.level),
    )


def _class_average_difference(a: Sequence[Answers], b: Sequence[Answers], trial: Trial) -> Measured:
    units = trial.units
    seeds = math.lcm(len(a), len(b))
    mixtures = [
        _mixture(one, other, units)
        for one, other in itertools.islice(zip(itertools.cycle(a), itertools.cycle(b)), seeds)
    ]
    place = CLASS_AVERAGES.index(trial.metric)
    averaged = mean_of(mixtures)

    def metric(weights: FloatArray) -> FloatArray:
        return averaged(weights)[place : place + 1]

    whole, none = np.ones((units.count, 1)), np.zeros((units.count, 1))
    paired = swapped_difference(
        metric, units, resamples=trial.resamples, seed=trial.seed, level=trial.level
    )
    return Measured(
        a_value=float(metric(np.concatenate([whole, none]))[0, 0]),
        b_value=float(metric(np.concatenate([none, whole]))[0, 0]),
        paired=paired,
        discordant=None,
        needed_n=needed_units(a[0].n, paired, level=trial.level),
    )


def _mixture(one: Answers, other: Answers, units: Units) -> Statistic:
    """Return the class averages of a mixture: first the units of one, then those of the other."""
    codes = np.concatenate([units.codes, units.codes + units.count])
    doubled = Units(codes, 2 * units.count, clustered=True)
    code = {name: position for position, name in enumerate(one.classes)}
    translated = np.array([code.setdefault(name, len(code)) for name in other.classes])
    return class_averages(
        np.concatenate([one.truth, translated[other.truth]]),
        np.concatenate([one.predicted, translated[other.predicted]]),
        doubled,
    )


def _item_values(side: Sequence[Answers], metric: str) -> FloatArray:
    columns = [
        np.asarray(found.values, np.float64)
        for answers in side
        for found in item_metrics(answers)
        if found.metric == metric
    ]
    if len(columns) < len(side):
        raise NotComparableError(
            f"{metric} is not defined over {side[0].candidates} classes with these scores. Compare"
            " on accuracy."
        )
    total: FloatArray = np.add.reduce(columns)
    return total / len(columns)
