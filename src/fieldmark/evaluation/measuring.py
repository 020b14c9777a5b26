"""From answers to Estimates: every metric of every rank, resampled with the same draws."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.averages import mean_of, stacked, value_of
from fieldmark.evaluation.classification import ItemMetric, item_metrics, path_metrics
from fieldmark.evaluation.estimates import Estimate, Interval, wilson
from fieldmark.evaluation.hierarchical import PathAnswers
from fieldmark.evaluation.intervals import lowered_by_noise, resampled_interval
from fieldmark.evaluation.measurements import Measurable, Row, rows_of, statistics_of
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units, resampled
from fieldmark.evaluation.tree_distance import tree_item_metrics
from fieldmark.manifest.taxonomy import Taxonomy


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """The answers of one seed: at the leaves, and at the ranks above where there is a taxonomy.

    Attributes:
        leaf: the answers over the label space of the predictions.
        path: the answers at the ranks above the leaves.
        taxonomy: the tree that the ranks come from.
        further: metrics that cannot be told from the answers alone, on the same items.
    """

    leaf: Answers
    path: PathAnswers | None = None
    taxonomy: Taxonomy | None = None
    further: tuple[ItemMetric, ...] = ()

    @property
    def levels(self) -> tuple[Answers, ...]:
        """The answers at the leaves, then at the ranks above, coarse to fine."""
        return (self.leaf, *(self.path.ranks if self.path else ()))

    def reordered(self, rows: IntArray) -> "Judged":
        """Return the answers of the items in ``rows``, in that order."""
        further = tuple(metric.reordered(rows) for metric in self.further)
        if self.path is None:
            return Judged(self.leaf.reordered(rows), None, self.taxonomy, further)
        torn = self.path.contradictory
        ranks = tuple(answers.reordered(rows) for answers in self.path.ranks)
        path = PathAnswers(ranks, None if torn is None else torn[rows])
        return Judged(self.leaf.reordered(rows), path, self.taxonomy, further)

    @property
    def item_metrics(self) -> tuple[ItemMetric, ...]:
        """The means over items of all levels."""
        found = [metric for answers in self.levels for metric in item_metrics(answers)]
        of_path = path_metrics(self.leaf, self.path) if self.path else ()
        of_tree = tree_item_metrics(self.leaf, self.taxonomy) if self.taxonomy else ()
        return (*found, *of_path, *of_tree, *self.further)


@dataclass(frozen=True, eq=False, slots=True)
class Expected:
    """What a guess is expected to score on each item, where it is no single answer.

    Attributes:
        item_metrics: means over items of expected values.
        levels: none, since nothing is answered.
    """

    item_metrics: tuple[ItemMetric, ...]
    levels: tuple[Answers, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """Who is measured: a contender or a trivial baseline, with the answers of each of its seeds.

    Attributes:
        name: goes into the Estimates as the contender.
        seeds: answers (or expectations) on the same items in the same order, one for each seed; at
            least one.
        seed_names: the seeds in words.
    """

    name: str
    seeds: tuple[Measurable, ...]
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
    by_seed = [[statistics_of(one, how.units) for one in subject.seeds] for subject in subjects]
    drawn = stacked([mean_of([one.drawn for one in statistics]) for statistics in by_seed])
    rng = generator_for("bootstrap", how.seed)
    draws = iter(resampled(drawn, how.units, resamples=how.resamples, rng=rng))
    found = []
    for subject, statistics in zip(subjects, by_seed, strict=True):
        rows = rows_of(subject.seeds)
        values = np.stack([value_of(one.exact, how.units) for one in statistics], axis=1)
        of_rows = [next(draws) for _ in rows]
        found.append(_estimates(subject, how, rows=rows, values=values, draws=of_rows))
    return found


def _estimates(
    subject: Subject,
    how: Resampling,
    *,
    rows: Sequence[Row],
    values: FloatArray,
    draws: Sequence[FloatArray],
) -> tuple[Estimate, ...]:
    noise = {
        (row.metric, row.rank): of_row
        for row, of_row in zip(rows, draws, strict=True)
        if row.is_noise
    }
    found = []
    for row, of_seeds, of_row in zip(rows, values, draws, strict=True):
        if row.is_noise:
            continue
        chance = noise.get((row.metric, row.rank))
        interval = _interval(row, float(of_seeds.mean()), draws=of_row, noise=chance, how=how)
        found.append(_estimate(row, of_seeds, interval=interval, subject=subject, how=how))
    return tuple(found)


def _estimate(
    row: Row,
    values: FloatArray,
    *,
    interval: tuple[Interval | None, str],
    subject: Subject,
    how: Resampling,
) -> Estimate:
    mean = float(values.mean())
    defined = math.isfinite(mean)
    ends, method = interval
    low, high = ends or (None, None)
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
    row: Row, value: float, *, draws: FloatArray, noise: FloatArray | None, how: Resampling
) -> tuple[Interval | None, str]:
    if not math.isfinite(value):
        return None, "nothing to divide"
    if row.successes is not None and not how.units.clustered:
        return wilson(row.successes, row.n, level=how.level), "Wilson"
    interval, method = resampled_interval(
        value, draws, how.units, level=how.level, trials=row.trials
    )
    if "bootstrap" in method:
        method = f"{method}, {how.resamples:,} resamples, seed {how.seed}"
    if noise is not None and interval is not None:
        interval = lowered_by_noise(interval, value, noise, how.units, level=how.level)
        method = f"{method}, lower end less the gaps of chance"
    return _within(row, interval), method


def _within(row: Row, interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    smallest, largest = _range_of(row.metric)
    return max(interval[0], smallest), min(interval[1], largest)


def _range_of(metric: str) -> Interval:
    definition = METRICS[metric]
    if definition.scale == "share":
        return 0.0, 1.0
    if metric == "matthews_correlation":
        return -1.0, 1.0
    return (0.0 if definition.direction == "lower" else -math.inf), math.inf
