"""Precision, recall and F1 of every class, each with its interval."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from fieldmark.core.checks import count_of
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.answers import Answers, BoolArray, leaf_answers
from fieldmark.evaluation.estimates import Estimate, Interval, clopper_pearson, wilson
from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.resampling import (
    FloatArray,
    IntArray,
    Units,
    bootstrap_interval,
    resampled,
    units_of,
)
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions

_NOTHING = "nothing to divide"
_WHICH = {
    "class_recall": "of the class",
    "class_precision": "answered with the class",
    "class_f1": "of the class or answered with it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """What was measured of one class.

    Attributes:
        name: of the class.
        n: number of items of the class.
        answered: number of items that were answered with it.
        right: number of items of the class that were.
        recall: right / n; its value is None for a class without items.
        precision: right / answered; its value is None for a class that is never the answer.
        f1: 2 right / (n + answered); its value is None where both are 0.
    """

    name: str
    n: int
    answered: int
    right: int
    recall: Estimate
    precision: Estimate
    f1: Estimate


def per_class(
    predictions: Predictions, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> tuple[ClassResult, ...]:
    """Return the result of every class, in class order; labels that are no candidates come last.

    Shares of independent items have Wilson's interval. F1 is 2 J / (1 + J), where J is the share of
    right ones among the items that are of the class or answered with it, and has Wilson's interval
    of J, mapped likewise. With groups, whole groups are resampled; where no resample differs the
    interval is the exact one of as many trials as there are groups of the class.

    Args:
        predictions: the table.
        level: coverage of each interval, in (0, 1); with many classes some will miss the truth.
        resamples: number of draws of groups, at least 1.
        seed: of the draws.

    Raises:
        PredictionsError: a setting is out of range.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> table = Predictions(
        ...     PredictionsHeader(score_kind="probabilities", contender="probe"),
        ...     pl.DataFrame({"id": ["1", "2", "3"], "label": ["oak", "oak", "ash"]}),
        ...     LabelSpace(("oak", "ash")), np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]))
        >>> oak, ash = per_class(table)
        >>> oak.recall.value, oak.precision.value, round(ash.f1.value, 3), ash.answered
        (0.5, 1.0, 0.667, 2)
    """
    answers = leaf_answers(predictions, summarise(predictions))
    how = Resampling(
        units=units_of(predictions.groups, n=predictions.n),
        split=predictions.header.split,
        level=level,
        resamples=resamples,
        seed=seed,
    )
    right = _counts(answers, answers.truth, how.units, answers.right)
    labelled = _counts(answers, answers.truth, how.units)
    answered = _counts(answers, answers.predicted, how.units)
    wholes = {
        "class_recall": labelled,
        "class_precision": answered,
        "class_f1": labelled + answered - right,
    }
    estimates = {
        metric: _estimates(metric, right, whole, how, (answers.candidates, predictions))
        for metric, whole in wholes.items()
    }
    sizes = zip(
        *(part.sum(axis=1).astype(int) for part in (labelled, answered, right)), strict=True
    )
    return tuple(
        ClassResult(
            name=name,
            n=int(n),
            answered=int(given),
            right=int(hits),
            recall=estimates["class_recall"][code],
            precision=estimates["class_precision"][code],
            f1=estimates["class_f1"][code],
        )
        for code, (name, (n, given, hits)) in enumerate(zip(answers.classes, sizes, strict=True))
    )


def _counts(
    answers: Answers, codes: IntArray, units: Units, counted: BoolArray | None = None
) -> sparse.csr_array:
    """Return how many items of each unit have each code: sparse array (classes, units)."""
    rows = np.arange(answers.n) if counted is None else np.flatnonzero(counted)
    shape = (len(answers.classes), units.count)
    entries = (np.ones(len(rows)), (codes[rows], units.codes[rows]))
    return sparse.csr_array(sparse.coo_array(entries, shape=shape))


def _estimates(
    metric: str,
    right: sparse.csr_array,
    whole: sparse.csr_array,
    how: Resampling,
    of: tuple[int, Predictions],
) -> list[Estimate]:
    candidates, predictions = of
    hits, counts = (part.sum(axis=1).round().astype(int).tolist() for part in (right, whole))
    found = _intervals(right, whole, how)
    estimates = []
    for hit, count, (interval, method) in zip(hits, counts, found, strict=True):
        low, high = (None, None) if interval is None else (_mapped(metric, e) for e in interval)
        estimates.append(
            Estimate(
                metric=metric,
                value=_mapped(metric, hit / count) if count else None,
                low=low,
                high=high,
                level=how.level,
                n=count,
                method=method,
                split=how.split,
                classes=candidates,
                denominator=f"the {count_of(count, 'item')} {_WHICH[metric]}",
                contender=predictions.header.contender,
            )
        )
    return estimates


def _intervals(
    right: sparse.csr_array, whole: sparse.csr_array, how: Resampling
) -> Iterator[tuple[Interval | None, str]]:
    hits, counts = (part.sum(axis=1).round().astype(int).tolist() for part in (right, whole))
    if not how.units.clustered:
        for hit, count in zip(hits, counts, strict=True):
            interval = wilson(hit, count, level=how.level) if count else None
            yield interval, "Wilson" if count else _NOTHING
        return
    rng = generator_for("bootstrap", how.seed)
    draws = resampled(
        lambda weights: _ratio(right @ weights, whole @ weights),
        how.units,
        resamples=how.resamples,
        rng=rng,
    )
    groups = np.diff(whole.indptr).tolist()
    for row, (hit, count) in enumerate(zip(hits, counts, strict=True)):
        yield _clustered(hit / count, draws[row], groups[row], how) if count else (None, _NOTHING)


def _clustered(
    value: float, draws: FloatArray, groups: int, how: Resampling
) -> tuple[Interval, str]:
    interval = bootstrap_interval(value, draws, units=groups, level=how.level)
    if interval is not None and interval[0] < interval[1]:
        method = f"cluster bootstrap by group, {how.resamples:,} resamples, seed {how.seed}"
        return (max(interval[0], 0.0), min(interval[1], 1.0)), method
    low, high = clopper_pearson(round(value * groups), groups, level=how.level)
    return (min(low, value), max(high, value)), f"Clopper-Pearson over {count_of(groups, 'group')}"


def _mapped(metric: str, share: float) -> float:
    return 2 * share / (1 + share) if metric == "class_f1" else share


def _ratio(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    ratios: FloatArray = np.divide(numerators, np.where(denominators > 0, denominators, np.nan))
    return ratios
