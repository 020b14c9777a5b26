"""Evaluate: from predictions to everything that is reported of them."""

from collections.abc import Mapping, Sequence

from fieldmark.core.checks import field_differences, first_few
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.evaluation.answers import leaf_answers, rows_in_order_of
from fieldmark.evaluation.baselines import chance_estimates, majority_subject, skill_estimates
from fieldmark.evaluation.estimates import Estimate, require_level
from fieldmark.evaluation.gates import (
    Flag,
    answer_flags,
    for_seed,
    level_flags,
    score_flags,
    table_flags,
)
from fieldmark.evaluation.hierarchical import path_answers
from fieldmark.evaluation.measuring import Judged, Resampling, Subject, measure
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.record import Evaluation
from fieldmark.evaluation.resampling import IntArray, units_of
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions

__all__ = ["Evaluation", "evaluate_many", "evaluate_predictions", "judge"]


def evaluate_predictions(
    predictions: Predictions,
    *,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    training_labels: Mapping[str, int] | None = None,
) -> Evaluation:
    """Return everything that is reported of one table of predictions.

    Args:
        predictions: the table; with a taxonomy every rank is evaluated.
        resamples: number of bootstrap draws, at least 1.
        seed: of the draws.
        level: coverage that the intervals aim at, in (0, 1).
        training_labels: number of training items of each label, for the majority baseline. None
            takes them from the header, and where that has none, counts the evaluated labels.

    Raises:
        PredictionsError: a setting is out of range, or no training label is a class.

    Example:
        >>> import numpy as np, polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> names = [f"{i}" for i in range(40)]
        >>> items = pl.DataFrame({"id": names, "label": ["oak"] * 25 + ["ash"] * 15})
        >>> scores = np.where(np.arange(40)[:, None] < 24, [[0.9, 0.1]], [[0.2, 0.8]])
        >>> found = evaluate_predictions(Predictions(PredictionsHeader(
        ...     score_kind="probabilities", contender="probe"), items, LabelSpace(("oak", "ash")),
        ...     scores))
        >>> print(found.estimate("accuracy"))
        97.50 % (95 % interval 87.1 to 99.6, n = 40, Wilson)
        >>> print(found.estimate("accuracy_skill"))  # doctest: +NORMALIZE_WHITESPACE
        0.933 (95 % interval 0.656 to 0.988, n = 40, Wilson; against majority class of the
        evaluated labels (0.6250))
    """
    return evaluate_many(
        [predictions], resamples=resamples, seed=seed, level=level, training_labels=training_labels
    )


def evaluate_many(
    seeds: Sequence[Predictions],
    *,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    training_labels: Mapping[str, int] | None = None,
) -> Evaluation:
    """Return what is reported of one contender that was trained with several seeds.

    Every value is the mean over the seeds of the metric, and keeps the value of each seed; the
    interval resamples items (or groups) and averages the seeds inside each resample. It says how
    far another test set might move the mean of these seeds, not how far another seed might.

    Args:
        seeds: predictions of the same contender on the same items, one table for each seed.
        resamples: number of bootstrap draws, at least 1.
        seed: of the draws.
        level: coverage that the intervals aim at, in (0, 1).
        training_labels: as in `evaluate_predictions`.

    Raises:
        NotComparableError: the tables are not of one contender, split, label space and items.
        PredictionsError: there is no table, a setting is out of range, or no training label is a
            class.
    """
    require_level(level)
    first = _one_contender(seeds)
    names = tuple("?" if table.header.seed is None else str(table.header.seed) for table in seeds)
    judged = tuple(
        judge(table, rows=rows_in_order_of(first, table) if table is not first else None)
        for table in seeds
    )
    how = Resampling(
        units=units_of(first.groups, n=first.n),
        split=first.header.split,
        level=level,
        resamples=resamples,
        seed=seed,
    )
    majority = majority_subject(
        judged[0],
        taxonomy=first.taxonomy,
        training_labels=training_labels or first.header.training_label_counts,
    )
    found, of_majority = measure([Subject(first.header.contender, judged, names), majority], how)
    chance = chance_estimates(judged[0], split=how.split, level=level)
    flags = [
        *level_flags(found, chance=chance, majority=of_majority),
        *table_flags(first, how.units),
        *_run_flags(seeds, judged, names),
    ]
    return _evaluation(seeds, how, found, baselines=(*of_majority, *chance), flags=flags)


def judge(predictions: Predictions, *, rows: IntArray | None = None) -> Judged:
    """Return the answers of a table at the leaves and, with a taxonomy, at the ranks above.

    Args:
        predictions: the table.
        rows: int64 array, the rows to take, in that order; None for all as they stand.
    """
    summary = summarise(predictions)
    leaf = leaf_answers(predictions, summary)
    taxonomy = predictions.taxonomy
    path = None if taxonomy is None else path_answers(predictions, taxonomy, summary.predicted)
    return Judged(leaf, path) if rows is None else Judged(leaf, path).reordered(rows)


def _one_contender(seeds: Sequence[Predictions]) -> Predictions:
    if not seeds:
        raise PredictionsError("Expected at least one table of predictions; got none.")
    first = seeds[0]
    for table in seeds[1:]:
        differences = field_differences(_identity(first), _identity(table))
        if differences:
            raise NotComparableError(
                "Expected several seeds of one contender on one split; they differ in"
                f" {'; '.join(differences)}. Evaluate each by itself, then compare."
            )
    numbers = [table.header.seed for table in seeds]
    repeated = sorted({n for n in numbers if n is not None and numbers.count(n) > 1})
    if repeated:
        raise NotComparableError(
            f"Expected every seed once; seed {first_few(repeated)} came more than once. Leave the"
            " copies out, since they would count twice."
        )
    return first


def _identity(table: Predictions) -> dict[str, object]:
    return {
        "contender": table.header.contender,
        "split": table.header.split,
        "score kind": table.header.score_kind.value,
        "classes (digest)": table.label_space.set_digest[:12],
        "taxonomy (digest)": table.taxonomy.digest[:12] if table.taxonomy else None,
    }


def _run_flags(
    seeds: Sequence[Predictions], judged: Sequence[Judged], names: Sequence[str]
) -> list[Flag]:
    flags: list[Flag] = []
    for table, answers, name in zip(seeds, judged, names, strict=True):
        found = (*answer_flags(answers.leaf), *score_flags(table))
        flags += for_seed(found, name) if len(seeds) > 1 else found
    return flags


def _evaluation(
    seeds: Sequence[Predictions],
    how: Resampling,
    estimates: Sequence[Estimate],
    *,
    baselines: Sequence[Estimate],
    flags: Sequence[Flag],
) -> Evaluation:
    first = seeds[0]
    ranks = (None, *(first.taxonomy.ranks if first.taxonomy else ()))
    return Evaluation(
        contender=first.header.contender,
        split=first.header.split,
        split_digest=first.header.split_digest,
        seeds=tuple(table.header.seed for table in seeds),
        n=first.n,
        excluded=max(table.header.excluded for table in seeds),
        unknown_labels=first.unknown_label_count,
        classes=len(first.label_space),
        groups=how.units.count if how.units.clustered else None,
        score_kind=first.header.score_kind.value,
        items_digest=first.items_digest,
        label_space_digest=first.label_space.set_digest,
        resamples=how.resamples,
        resampling_seed=how.seed,
        estimates=_in_order((*estimates, *skill_estimates(estimates, baselines)), ranks),
        baselines=_in_order(baselines, ranks),
        warnings=tuple(flags),
    )


def _in_order(estimates: Sequence[Estimate], ranks: Sequence[str | None]) -> tuple[Estimate, ...]:
    catalogue = list(METRICS)
    return tuple(sorted(estimates, key=lambda e: (ranks.index(e.rank), catalogue.index(e.metric))))
