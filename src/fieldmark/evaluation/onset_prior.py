"""What the other specimens say of a specimen: prevalence, prevalence by day, and a constant day.

Each is taken from a part that is named, or, for each group, from all other groups, so that no
specimen helps to judge itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import Units, units_of
from fieldmark.predictions.trajectories import BoolArray, FloatArray, Trajectories

OTHER_GROUPS = "the other groups"


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The share of positive labels that the probabilities assume.

    Attributes:
        values: float64 (n,), for each specimen.
        source: where it comes from, in words.
    """

    values: FloatArray
    source: str


def specimen_units(seen: Trajectories) -> Units:
    """Return which unit each specimen belongs to: its group where groups are given, or itself."""
    return units_of(seen.groups, n=seen.n)


def prevalence_of(
    seen: Trajectories, *, stated: float | None = None, fit_on: Trajectories | None = None
) -> Prevalence:
    """Return the training prevalence, from the best source that there is.

    In this order: as stated; from the training labels in the header of the predictions; from the
    labels of ``fit_on``; from those of all other groups.

    Args:
        seen: the trajectories.
        stated: a share in (0, 1), or None.
        fit_on: a part that is not reported on, or None.

    Raises:
        PredictionsError: there is no other group, or the stated share is out of range.
    """
    if stated is not None and not 0 < stated < 1:
        raise PredictionsError(f"Expected a prevalence between 0 and 1; got {stated:g}.")
    if stated is None and seen.training_prevalence is not None:
        stated, source = seen.training_prevalence, "the training labels"
    else:
        source = "stated"
    if stated is not None:
        return Prevalence(np.full(seen.n, stated), source)
    if fit_on is not None:
        share = _share(np.array([fit_on.positive.sum()]), np.array([fit_on.imaged.sum()]))
        return Prevalence(np.repeat(share, seen.n), f"the labels of '{fit_on.split}'")
    units = _several_units(seen)
    positive, imaged = (
        _of_others(units.sums(cells.sum(axis=1))) for cells in (seen.positive, seen.imaged)
    )
    return Prevalence(_share(positive, imaged)[units.codes], f"the labels of {OTHER_GROUPS}")


def prevalence_by_day(
    seen: Trajectories, *, fit_on: Trajectories | None = None, by_treatment: bool = False
) -> FloatArray:
    """Return the share of positive labels on each day: a probability that knows the day alone.

    A day on which no other specimen was imaged takes the share of the last day before it on which
    one was, and before the first such day the share is 0.

    Args:
        seen: the trajectories whose specimens are asked about.
        fit_on: a part that is not reported on; None takes all other groups.
        by_treatment: among controls and among the others separately; needs stated controls.

    Returns:
        float64 (n, n_times); NaN on days without an image.

    Raises:
        PredictionsError: there is no other group, or controls are not stated.
    """
    source = fit_on or seen
    rows = np.ones((1, source.n), bool)
    strata = np.zeros(seen.n, np.int64)
    if by_treatment:
        own, others = _controls(seen), _controls(source)
        rows, strata = np.stack([~others, others]), own.astype(np.int64)
    found = np.empty(seen.imaged.shape)
    for stratum, among in enumerate(rows):
        asked = strata == stratum
        found[asked] = _by_day(seen, fit_on, among)[asked]
    return np.where(seen.imaged, found, np.nan)


def constant_of_others(
    seen: Trajectories,
    choose: Callable[[Trajectories, BoolArray], float],
    *,
    fit_on: Trajectories | None = None,
) -> FloatArray:
    """Return one number for each specimen that is chosen on specimens of other groups.

    Args:
        seen: the trajectories whose specimens are asked about.
        choose: is given trajectories and which of their specimens may be used, bool (n,).
        fit_on: a part that is not reported on; None takes, for each group, all other groups.

    Returns:
        float64 (n,).

    Raises:
        PredictionsError: there is no other group.
    """
    if fit_on is not None:
        return np.full(seen.n, choose(fit_on, np.ones(fit_on.n, bool)))
    units = _several_units(seen)
    values = [choose(seen, units.codes != unit) for unit in range(units.count)]
    return np.array(values, np.float64)[units.codes]


def _by_day(seen: Trajectories, fit_on: Trajectories | None, among: BoolArray) -> FloatArray:
    """Share of positive labels by specimen and time, from the others among those rows."""
    if fit_on is not None:
        positive, imaged = fit_on.positive[among].sum(axis=0), fit_on.imaged[among].sum(axis=0)
        place = np.searchsorted(fit_on.times, seen.times, side="right") - 1
        shares = _last_share(positive[None], imaged[None])[0]
        return np.tile(np.where(place >= 0, shares[place], 0.0), (seen.n, 1))
    units = _several_units(seen)
    positive, imaged = (
        _of_others(np.stack([units.sums(column) for column in (cells & among[:, None]).T], 1))
        for cells in (seen.positive, seen.imaged)
    )
    return _last_share(positive, imaged)[units.codes]


def _last_share(positive: FloatArray, imaged: FloatArray) -> FloatArray:
    known = imaged > 0
    share = np.divide(positive, imaged, out=np.zeros(imaged.shape), where=known)
    latest = np.maximum.accumulate(np.where(known, np.arange(imaged.shape[1]), -1), axis=1)
    found: FloatArray = np.where(
        latest >= 0, np.take_along_axis(share, latest.clip(0), axis=1), 0.0
    )
    return found


def _share(positive: FloatArray, imaged: FloatArray) -> FloatArray:
    """Half a specimen-day is added to each state, so that the share is never 0 or 1."""
    return (positive + 0.5) / (imaged + 1.0)


def _of_others(sums: FloatArray) -> FloatArray:
    found: FloatArray = sums.sum(axis=0) - sums
    return found


def _several_units(seen: Trajectories) -> Units:
    units = specimen_units(seen)
    if units.count < 2:
        raise PredictionsError(
            "Expected at least two groups, since each is judged with what the others say; got 1."
            " Name a part to fit on."
        )
    return units


def _controls(seen: Trajectories) -> BoolArray:
    if seen.control is None:
        raise PredictionsError(
            "Expected to know which specimens are controls; it is not stated. Name the column and"
            " the value of controls."
        )
    return np.array(seen.control)
