"""From answers to Estimates: every metric of every rank, resampled with the same draws."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.averages import (
    CLASS_AVERAGES,
    class_averages,
    item_averages,
    mean_of,
    stacked,
    value_of,
)
from fieldmark.evaluation.classification import ItemMetric, item_metrics, path_metrics
from fieldmark.evaluation.estimates import Estimate, Interval, clopper_pearson, wilson
from fieldmark.evaluation.hierarchical import PathAnswers
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import (
    FloatArray,
    IntArray,
    Statistic,
    Units,
    bootstrap_interval,
    resampled,
)


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """The answers of one seed: at the leaves, and at the ranks above where there is a taxonomy."""

    leaf: Answers
    path: PathAnswers | None = None

    @property
    def levels(self) -> tuple[Answers, ...]:
        """The answers at the leaves, then at the ranks above, coarse to fine."""
        return (self.leaf, *(self.path.ranks if self.path else ()))

    def reordered(self, rows: IntArray) -> "Judged":
        """Return the answers of the items in ``rows``, in that order."""
        if self.path is None:
            return Judged(self.leaf.reordered(rows))
        torn = self.path.contradictory
        ranks = tuple(answers.reordered(rows) for answers in self.path.ranks)
        path = PathAnswers(ranks, None if torn is None else torn[rows])
        return Judged(self.leaf.reordered(rows), path)

    @property
    def item_metrics(self) -> tuple[ItemMetric, ...]:
        """The means over items of all levels."""
        found = [metric for answers in self.levels for metric in item_metrics(answers)]
        return (*found, *(path_metrics(self.leaf, self.path) if self.path else ()))


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """Who is measured: a contender or a trivial baseline, with the answers of each of its seeds.

    Attributes:
        name: goes into the Estimates as the contender.
        seeds: answers on the same items in the same order, one for each seed; at least one.
        seed_names: the seeds in words.
    """

    name: str
    seeds: tuple[Judged, ...]
    seed_names: tuple[str, ...] = ("0",)

    @property
    def in_words(self) -> str:
        """What is averaged, as the end of a method: "" for one seed."""
        several = f", mean of {len(self.seeds)} seeds ({', '.join(self.seed_names)})"
        return several if len(self.seeds) > 1 else ""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Resampling:
    """How intervals are made, and what all numbers of a table share.

    Attributes:
        units: what is drawn: items or groups.
        split: part of the split that the items come from.
        level: coverage aimed at, in (0, 1).
        resamples: number of draws, at least 1.
        seed: of the draws.
    """

    units: Units
    split: str
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    metric: str
    rank: str | None
    classes: int
    denominator: str
    n: int
    is_proportion: bool
    successes: int | None = None


def measure(subjects: Sequence[Subject], how: Resampling) -> list[tuple[Estimate, ...]]:
    """Return every metric of each subject; over several seeds, the mean of the metric.

    A share of independent items gets Wilson's interval; all else a bootstrap over items or whole
    groups with the same draws for all subjects, in which seeds are averaged inside each resample.

    Args:
        subjects: who is measured, all on the same items in the same order.
        how: what is drawn, and how often.

    Raises:
        PredictionsError: the number of resamples is below 1, or the level is no coverage.
    """
    by_seed = [[_statistic(judged, how.units) for judged in one.seeds] for one in subjects]
    rng = generator_for("bootstrap", how.seed)
    whole = stacked([mean_of(statistics) for statistics in by_seed])
    draws = iter(resampled(whole, how.units, resamples=how.resamples, rng=rng))
    return [
        tuple(
            _estimate(row, values, next(draws), subject=subject, how=how)
            for row, values in zip(
                _rows(subject),
                np.stack([value_of(statistic, how.units) for statistic in statistics], axis=1),
                strict=True,
            )
        )
        for subject, statistics in zip(subjects, by_seed, strict=True)
    ]


def _statistic(judged: Judged, units: Units) -> Statistic:
    columns = [(metric.values, metric.counted) for metric in judged.item_metrics]
    averages = [
        class_averages(answers.truth, answers.predicted, units) for answers in judged.levels
    ]
    return stacked([item_averages(columns, units), *averages])


def _rows(subject: Subject) -> list[_Row]:
    rows = [
        _item_row(found) for found in zip(*(j.item_metrics for j in subject.seeds), strict=True)
    ]
    for answers in subject.seeds[0].levels:
        present = len(np.unique(answers.truth))
        words = f"the {count_of(present, 'class', 'classes')} among the labels"
        rows += [
            _Row(
                metric=metric,
                rank=answers.rank,
                classes=answers.candidates,
                denominator=words,
                n=answers.n,
                is_proportion=True,
            )
            for metric in CLASS_AVERAGES
        ]
    return rows


def _item_row(of_seeds: Sequence[ItemMetric]) -> _Row:
    first = of_seeds[0]
    is_same = len({metric.denominator for metric in of_seeds}) == 1
    single_share = first.is_share_of_all and len(of_seeds) == 1
    return _Row(
        metric=first.metric,
        rank=first.rank,
        classes=first.classes,
        denominator=first.denominator if is_same else METRICS[first.metric].denominator,
        n=first.n if is_same else len(first.values),
        is_proportion=first.is_share_of_all,
        successes=int(np.count_nonzero(first.values)) if single_share else None,
    )


def _estimate(
    row: _Row, values: FloatArray, draws: FloatArray, *, subject: Subject, how: Resampling
) -> Estimate:
    mean = float(values.mean())
    defined = math.isfinite(mean)
    interval, method = _interval(row, mean, draws, how) if defined else (None, "nothing to divide")
    low, high = interval or (None, None)
    return Estimate(
        metric=row.metric,
        value=mean if defined else None,
        low=low,
        high=high,
        level=how.level,
        n=row.n,
        method=method + subject.in_words,
        split=how.split,
        classes=row.classes,
        rank=row.rank,
        denominator=row.denominator,
        contender=subject.name,
        seed_values=tuple(values.tolist()) if defined and len(values) > 1 else (),
    )


def _interval(
    row: _Row, value: float, draws: FloatArray, how: Resampling
) -> tuple[Interval | None, str]:
    units = how.units
    if row.successes is not None and not units.clustered:
        return wilson(row.successes, row.n, level=how.level), "Wilson"
    interval = bootstrap_interval(value, draws, units=units.count, level=how.level)
    if interval is not None and interval[0] < interval[1]:
        kind = f"cluster bootstrap by group ({units.in_words})" if units.clustered else "bootstrap"
        return _within(row, interval), f"{kind}, {how.resamples:,} resamples, seed {how.seed}"
    if not row.is_proportion:
        return None, f"no interval: no variation over {units.in_words}"
    low, high = clopper_pearson(round(value * units.count), units.count, level=how.level)
    method = f"Clopper-Pearson over {units.in_words}, since no resample differs"
    return (min(low, value), max(high, value)), method


def _within(row: _Row, interval: Interval) -> Interval:
    if METRICS[row.metric].scale == "number":
        return interval
    return max(interval[0], 0.0), min(interval[1], 1.0)
