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
    Units,
    bootstrap_interval,
    resampled,
    units_of,
)
from fieldmark.predictions.subsets import subset
from fieldmark.predictions.table import Predictions

_FOLDS = 5
#: A prior of a few weights needs no more scores than this to be weighed.
MOST_SCORES = 6_000_000


def enough_of(predictions: Predictions, *, seed: int = 0) -> Predictions:
    """Return the table, or, of a large one, whole groups with about six million scores.

    Args:
        predictions: of the part that a prior is weighed on.
        seed: of the draw.
    """
    most = max(1, MOST_SCORES // len(predictions.label_space))
    if predictions.n <= most:
        return predictions
    groups = None if predictions.groups is None else predictions.groups.to_numpy()
    units = units_of(groups, n=predictions.n)
    order = generator_for("metadata items", seed).permutation(units.count)
    sizes = np.bincount(units.codes, minlength=units.count)[order]
    chosen = np.zeros(units.count, dtype=np.bool_)
    chosen[order[np.cumsum(sizes) <= most]] = True
    return subset(predictions, chosen[units.codes]) if chosen.any() else predictions


def tuning_items(
    predictions: Predictions, calibrator: Calibrator, columns: Sequence[MetadataColumn]
) -> tuple[TuningItems, Units]:
    """Return the items to weigh a prior on, and the groups that stay whole.

    Items whose label is no class are left out.

    Args:
        predictions: of the part.
        calibrator: a temperature, fitted on it.
        columns: how the values are numbered.

    Raises:
        DecisionError: no item has a value of some column that training has, or there is one group.
    """
    positions = predictions.label_positions.astype(np.int64)
    rows = np.flatnonzero(positions < len(predictions.label_space))
    codes = np.stack([column.codes(predictions.items[column.name])[rows] for column in columns])
    for column, own in zip(columns, codes, strict=True):
        if (own == column.size).all():
            raise DecisionError(
                f"Expected values of '{column.name}' in '{predictions.header.split}' that training"
                f" has too; none of {len(rows):,} items has one. Check that they are written alike."
            )
    groups = None if predictions.groups is None else predictions.groups.to_numpy()[rows]
    units = units_of(groups, n=len(rows))
    if units.count < 2:
        raise DecisionError(
            f"Expected at least two items or groups to weigh a prior on; got {units.in_words}."
            " Take a larger part."
        )
    divisor = calibrator.temperature
    blocks = [log_softmax(block / divisor) for _, block in log_probability_blocks(predictions)]
    return TuningItems(np.concatenate(blocks)[rows], positions[rows], codes), units


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
