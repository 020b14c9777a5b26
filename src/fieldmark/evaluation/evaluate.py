"""Evaluate: from predictions to everything that is reported of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from fieldmark.evaluation.answers import Answers, rows_in_order_of
from fieldmark.evaluation.baselines import majority_subject, skill_estimates
from fieldmark.evaluation.calibration_error import reliability
from fieldmark.evaluation.confusion_counts import top_confused_pairs
from fieldmark.evaluation.entropy import entropy_metrics
from fieldmark.evaluation.estimates import Estimate, require_level
from fieldmark.evaluation.gates import Flag, answer_flags, for_seed, label_flags, level_flags
from fieldmark.evaluation.guesses import chance_estimates, prior_subject
from fieldmark.evaluation.hierarchical import answers_of
from fieldmark.evaluation.measuring import Judged, Resampling, Subject, measure
from fieldmark.evaluation.metadata_baselines import counts_of_labels, known_items, metadata_subjects
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.record import Evaluation
from fieldmark.evaluation.resampling import IntArray, units_of
from fieldmark.evaluation.seeds import first_of_one_contender
from fieldmark.evaluation.table_gates import score_flags, table_flags
from fieldmark.predictions.table import Predictions

__all__ = ["Evaluation", "evaluate_many", "evaluate_predictions", "judge"]


def evaluate_predictions(
    predictions: Predictions,
    *,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    training_labels: Mapping[str, int] | None = None,
    training_items: pl.DataFrame | None = None,
    metadata: Sequence[str] = (),
) -> Evaluation:
    """Return everything that is reported of one table of predictions.

    Args:
        predictions: the table; with a taxonomy every rank is evaluated.
        resamples: number of bootstrap draws, at least 1.
        seed: of the draws.
        level: coverage that the intervals aim at, in (0, 1).
        training_labels: number of training items of each label, for the majority and the prior.
            None counts those of ``training_items``, takes them from the header, or, where neither
            is there, counts the evaluated labels.
        training_items: what baselines that never look at the image learn from: a column label,
            and group, latitude, longitude and those in ``metadata`` where there are any. None lets
            them learn from the evaluated items of other groups.
        metadata: columns of the items, such as "habitat"; each gives a baseline that answers from
            it alone.

    Raises:
        PredictionsError: a setting is out of range, no training label is a class, or a column is
            missing.

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
        [predictions],
        resamples=resamples,
        seed=seed,
        level=level,
        training_labels=training_labels,
        training_items=training_items,
        metadata=metadata,
    )


def evaluate_many(
    seeds: Sequence[Predictions],
    *,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    training_labels: Mapping[str, int] | None = None,
    training_items: pl.DataFrame | None = None,
    metadata: Sequence[str] = (),
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
        training_items: as in `evaluate_predictions`.
        metadata: as in `evaluate_predictions`.

    Raises:
        NotComparableError: the tables are not of one contender, split, label space and items.
        PredictionsError: there is no table, a setting is out of range, no training label is a
            class, or a column is missing.
    """
    require_level(level)
    first = first_of_one_contender(seeds)
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
    known = known_items(first.items, training_items, how.units)
    if training_labels is None and training_items is not None:
        training_labels = counts_of_labels(training_items)
    baselines = [
        *_guessing(judged[0], first, training_labels or first.header.training_label_counts),
        *metadata_subjects(judged[0], known, metadata=metadata, taxonomy=first.taxonomy),
    ]
    found = _measured(seeds, judged, baselines=baselines, how=how)
    return _with_details(found, judged[0].leaf, metadata)


def judge(predictions: Predictions, *, rows: IntArray | None = None) -> Judged:
    """Return the answers of a table at the leaves and, with a taxonomy, at the ranks above.

    Args:
        predictions: the table.
        rows: int64 array, the rows to take, in that order; None for all as they stand.
    """
    leaf, path = answers_of(predictions)
    judged = Judged(leaf, path, predictions.taxonomy, entropy_metrics(predictions))
    return judged if rows is None else judged.reordered(rows)


def _guessing(
    judged: Judged, first: Predictions, training_labels: Mapping[str, int] | None
) -> list[Subject]:
    taxonomy = first.taxonomy
    return [
        build(judged, taxonomy=taxonomy, training_labels=training_labels)
        for build in (majority_subject, prior_subject)
    ]


def _measured(
    seeds: Sequence[Predictions],
    judged: tuple[Judged, ...],
    *,
    baselines: Sequence[Subject],
    how: Resampling,
) -> Evaluation:
    names = tuple("?" if table.header.seed is None else str(table.header.seed) for table in seeds)
    contender = Subject(seeds[0].header.contender, judged, names)
    own, *others = measure([contender, *baselines], how)
    chance = chance_estimates(judged[0], split=how.split, level=how.level)
    flags = [
        *level_flags(own, chance=chance, majority=others[0]),
        *label_flags(judged[0].levels),
        *table_flags(seeds[0], how.units),
        *_run_flags(judged, names),
    ]
    of_baselines = [estimate for found in (*others, chance) for estimate in found]
    return _evaluation(seeds, how, own, baselines=of_baselines, flags=flags)


def _run_flags(judged: Sequence[Judged], names: Sequence[str]) -> list[Flag]:
    flags: list[Flag] = []
    for answers, name in zip(judged, names, strict=True):
        found = (*answer_flags(answers.leaf), *score_flags(answers.further))
        flags += for_seed(found, name) if len(judged) > 1 else found
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


def _with_details(evaluation: Evaluation, leaf: Answers, metadata: Sequence[str]) -> Evaluation:
    return replace(
        evaluation,
        metadata=tuple(metadata),
        reliability=() if leaf.confidence is None else reliability(leaf.confidence, leaf.right),
        confusions=top_confused_pairs(leaf),
    )


def _in_order(estimates: Sequence[Estimate], ranks: Sequence[str | None]) -> tuple[Estimate, ...]:
    catalogue = list(METRICS)
    return tuple(sorted(estimates, key=lambda e: (ranks.index(e.rank), catalogue.index(e.metric))))
