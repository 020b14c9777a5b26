"""Whether a metadata prior gains: cross-fitted on the part that it is weighed on."""

from collections.abc import Sequence

import numpy as np

from fieldmark.core.errors import DecisionError
from fieldmark.core.randomness import generator_for
from fieldmark.decision.calibrators import Calibrator
from fieldmark.decision.log_scores import log_probability_blocks, log_softmax
from fieldmark.decision.metadata_columns import MetadataColumn
from fieldmark.decision.metadata_record import MetadataSettings
from fieldmark.decision.metadata_tuning import MetadataCounts, TuningItems, log_losses, tune
from fieldmark.evaluation.averages import item_averages
from fieldmark.evaluation.resampling import (
    FloatArray,
    IntArray,
    Units,
    bootstrap_interval,
    resampled,
    units_of,
)
from fieldmark.predictions.table import Predictions

_FOLDS = 5
#: A prior of a few weights needs no more scores than this to be weighed.
MOST_SCORES = 6_000_000


def tuning_items(
    predictions: Predictions,
    calibrator: Calibrator,
    columns: Sequence[MetadataColumn],
    *,
    seed: int,
) -> tuple[TuningItems, Units]:
    """Return the items to weigh a prior on, and the groups that stay whole.

    Items whose label is no class are left out. Of a large table, groups are drawn until about six
    million scores are there.

    Args:
        predictions: of the part.
        calibrator: a temperature, fitted on it.
        columns: how the values are numbered.
        seed: of the draw.

    Raises:
        DecisionError: no item has a value of some column that training has, or there is one group.
    """
    positions = predictions.label_positions.astype(np.int64)
    known = positions < len(predictions.label_space)
    groups = None if predictions.groups is None else predictions.groups.to_numpy()
    rows = np.flatnonzero(known)
    rows = _drawn(rows, groups, most=max(1, MOST_SCORES // len(predictions.label_space)), seed=seed)
    codes = np.stack([column.codes(predictions.items[column.name])[rows] for column in columns])
    for column, own in zip(columns, codes, strict=True):
        if (own == column.size).all():
            raise DecisionError(
                f"Expected values of '{column.name}' in '{predictions.header.split}' that training"
                f" has too; none of {len(rows):,} items has one. Check that they are written alike."
            )
    units = units_of(None if groups is None else groups[rows], n=len(rows))
    if units.count < 2:
        raise DecisionError(
            f"Expected at least two items or groups to weigh a prior on; got {units.in_words}."
            " Take a larger part."
        )
    logs = _calibrated_logs(predictions, calibrator.parameters["temperature"][0], rows)
    return TuningItems(logs, positions[rows], codes), units


def cross_fitted_gain(
    items: TuningItems,
    counts: MetadataCounts,
    units: Units,
    whole: tuple[Sequence[float], float],
    settings: MetadataSettings,
) -> tuple[float, float]:
    """Return by how much the log loss falls, and the one-sided lower bound of that.

    The prior of an item is weighed without the item's fold; folds keep groups whole.

    Args:
        items: what the prior is weighed on.
        counts: of the training items, the same for all folds.
        units: the groups.
        whole: weights and shrinkage of all items, where each fold starts.
        settings: level, draws and seed.
    """
    folds = min(_FOLDS, units.count)
    fold = generator_for("metadata folds", settings.seed).permutation(units.count)[units.codes]
    fold %= folds
    losses = np.empty(len(items.truth))
    for number in range(folds):
        held = np.flatnonzero(fold == number)
        found = tune(items.rows(np.flatnonzero(fold != number)), counts, whole)
        losses[held] = log_losses(items.rows(held), counts, *found)
    without = log_losses(items, counts, (0.0,) * len(counts.by_value), whole[1])
    differences = without - losses
    statistic = item_averages([(differences, None)], units)
    rng = generator_for("metadata gain", settings.seed)
    draws = resampled(statistic, units, resamples=settings.resamples, rng=rng)[0]
    gain = float(differences.mean())
    interval = bootstrap_interval(gain, draws, units=units.count, level=2 * settings.level - 1)
    return gain, gain if interval is None else interval[0]


def _drawn(rows: IntArray, groups: FloatArray | None, *, most: int, seed: int) -> IntArray:
    """Return at most about as many rows, of whole groups, in their order."""
    if len(rows) <= most:
        return rows
    units = units_of(None if groups is None else groups[rows], n=len(rows))
    order = generator_for("metadata items", seed).permutation(units.count)
    sizes = np.bincount(units.codes, minlength=units.count)[order]
    chosen = np.zeros(units.count, dtype=np.bool_)
    chosen[order[np.cumsum(sizes) <= most]] = True
    return rows[chosen[units.codes]]


def _calibrated_logs(predictions: Predictions, temperature: float, rows: IntArray) -> FloatArray:
    wanted = np.zeros(predictions.n, dtype=np.bool_)
    wanted[rows] = True
    found = [
        log_softmax(block[wanted[where]] / temperature)
        for where, block in log_probability_blocks(predictions)
        if wanted[where].any()
    ]
    return np.concatenate(found)
