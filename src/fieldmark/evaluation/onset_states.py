"""How well a state is told on the days that were imaged: over all of them, and day by day."""

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.onset_decoding import DecodedOnsets
from fieldmark.evaluation.onset_quantities import Quantity, ratio, share
from fieldmark.evaluation.onset_ranking import auroc_statistic, both_states
from fieldmark.evaluation.resampling import IntArray, Units
from fieldmark.predictions.trajectories import BoolArray, FloatArray, Trajectories

STATE_THRESHOLD = 0.5


def state_quantities(seen: Trajectories, probability: FloatArray, units: Units) -> list[Quantity]:
    """Return what is measured of the state over all imaged specimen-days.

    Args:
        seen: the trajectories, for labels, masks and folds.
        probability: float64 (n, n_times), whose probabilities are judged; NaN where not imaged.
        units: which unit each specimen belongs to.
    """
    rows, columns = np.nonzero(seen.imaged)
    found = _decided("state", seen.imaged, seen.positive, probability, units)
    strata = {"pooled": np.zeros(len(rows), np.int64), "mean_of_days": columns}
    if seen.folds is not None:
        strata["mean_of_folds"] = _codes(seen.folds)[rows]
    return found + [
        _auroc(
            f"state_auroc_{how}",
            probability[rows, columns],
            positive=seen.positive[rows, columns],
            strata=of_items,
            codes=units.codes[rows],
        )
        for how, of_items in strata.items()
    ]


def day_quantities(
    seen: Trajectories, day: int, *, decoded: DecodedOnsets, units: Units
) -> list[Quantity]:
    """Return what is measured on one day, of the state and of what is known by then.

    Args:
        seen: the trajectories.
        day: place of the day among the times.
        decoded: what the rule says, seeing no later day.
        units: which unit each specimen belongs to.
    """
    here = np.zeros(seen.imaged.shape, bool)
    here[:, day] = seen.imaged[:, day]
    rows = np.flatnonzero(here[:, day])
    found = _decided("day", here, seen.positive, seen.probability, units)
    strata = {"pooled": np.zeros(seen.n, np.int64)}
    if seen.folds is not None:
        strata["mean_of_folds"] = _codes(seen.folds)
    found += [
        _auroc(
            f"day_auroc_{how}",
            seen.probability[rows, day],
            positive=seen.positive[rows, day],
            strata=of_specimens[rows],
            codes=units.codes[rows],
        )
        for how, of_specimens in strata.items()
    ]
    begun, been = decoded.begun[:, day], seen.onset_times <= seen.times[day]
    return [
        *found,
        share("known_by_day", begun, among=been, units=units),
        share("falsely_known_by_day", begun, among=seen.unaffected, units=units),
    ]


def _decided(
    prefix: str, imaged: BoolArray, positive: BoolArray, probability: FloatArray, units: Units
) -> list[Quantity]:
    said = imaged & (np.where(imaged, probability, 0.0) >= STATE_THRESHOLD)
    labelled = imaged & positive
    right = imaged & (said == positive)
    return [
        ratio(f"{prefix}_accuracy", right.sum(axis=1), imaged.sum(axis=1), units=units),
        ratio(
            f"{prefix}_f1",
            2 * (said & labelled).sum(axis=1),
            said.sum(axis=1) + labelled.sum(axis=1),
            units=units,
        ),
    ]


def _auroc(
    metric: str, scores: FloatArray, *, positive: BoolArray, strata: IntArray, codes: IntArray
) -> Quantity:
    if metric.endswith("pooled"):
        pairs = int(np.count_nonzero(positive)) * int(np.count_nonzero(~positive))
        denominator = f"{pairs:,} {METRICS[metric].denominator}"
    else:
        what = metric.rsplit("_", 1)[-1].removesuffix("s")
        of = count_of(len(np.unique(strata)), what)
        denominator = f"{both_states(positive, strata):,} of {of} with both states"
    return Quantity(
        metric=metric,
        statistic=auroc_statistic(scores, positive, strata=strata, codes=codes),
        n=len(scores),
        denominator=denominator,
    )


def _codes(folds: tuple[str, ...]) -> IntArray:
    return np.unique(np.array(folds, np.str_), return_inverse=True)[1].astype(np.int64)
