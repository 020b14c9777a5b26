"""How early a warning comes when false alarms are held at a stated rate."""

import math

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.onset_prior import OTHER_GROUPS, constant_of_others, specimen_units
from fieldmark.evaluation.onset_quantities import Quantity, mean, share
from fieldmark.evaluation.resampling import Units
from fieldmark.predictions.trajectories import BoolArray, FloatArray, Trajectories


def alarm_limit(evidence: FloatArray, unaffected: BoolArray, *, rate: float) -> float:
    """Return the limit that a new unaffected specimen exceeds with a chance of at most ``rate``.

    An alarm is raised where the evidence is strictly above the limit. Of n unaffected specimens and
    a new one like them, each is equally likely to have the highest evidence of all, or the second
    highest, and so on; so the limit is the highest evidence at place floor(rate (n + 1)). The
    promise is about the average over such sets; ties raise no alarm.

    Args:
        evidence: float64 (n, n_times); NaN where there is none.
        unaffected: bool (n,), who can only be alarmed falsely.
        rate: allowed chance of a false alarm, above 0 and below 1.

    Returns:
        The limit; inf, which raises no alarm at all, with fewer than 1 / rate - 1 unaffected.

    Raises:
        PredictionsError: the rate is out of range, or there is nobody to be alarmed falsely.

    Source:
        The order statistic of split conformal prediction: Papadopoulos et al. (2002).

    Example:
        >>> alarm_limit(np.array([[0.1, 0.3], [0.2, 0.9], [0.8, 0.8]]),
        ...     np.array([True, True, False]), rate=0.67)
        0.3
    """
    if not 0 < rate < 1:
        raise PredictionsError(f"Expected a rate of false alarms between 0 and 1; got {rate}.")
    if not unaffected.any():
        raise PredictionsError(
            "Expected specimens that can only be alarmed falsely, to fit a threshold on; there is"
            " none. State which specimens are controls, or fit on a part that has some."
        )
    highest = np.sort(np.fmax.reduce(evidence[unaffected], axis=1, initial=-np.inf))[::-1]
    place = math.floor(rate * (len(highest) + 1) + 1e-9)
    return float(highest[place - 1]) if place else math.inf


def needed_controls(rate: float) -> int:
    """Return the least number of unaffected specimens that allow any alarm at a rate.

    Example:
        >>> needed_controls(0.05)
        19
    """
    return math.ceil(1 / rate - 1e-9) - 1


def fewest_unaffected(seen: Trajectories, fit_on: Trajectories | None) -> int:
    """Return how many unaffected specimens a threshold is fitted on, at the least."""
    if fit_on is not None:
        return int(fit_on.unaffected.sum())
    of_units = specimen_units(seen).sums(seen.unaffected)
    return int(of_units.sum() - of_units.max())


def alarm_days(seen: Trajectories, evidence: FloatArray, limits: FloatArray) -> FloatArray:
    """Return the first imaged day with evidence above the limit, float64 (n,); inf is never.

    Args:
        seen: the trajectories.
        evidence: float64 (n, n_times), of the days up to each time; NaN where not imaged.
        limits: float64 (n,), the limit of each specimen.
    """
    above = np.where(seen.imaged, evidence, -np.inf) > limits[:, None]
    found: FloatArray = np.where(above.any(axis=1), seen.times[above.argmax(axis=1)], np.inf)
    return found


def lead_quantities(
    seen: Trajectories,
    evidence: FloatArray,
    *,
    rate: float,
    units: Units,
    fitted: tuple[Trajectories, FloatArray] | None = None,
) -> list[Quantity]:
    """Return what is measured of alarms whose threshold was fitted on other specimens.

    Args:
        seen: the trajectories that are judged.
        evidence: float64 (n, n_times), of the days up to each time and no later one.
        rate: allowed share of false alarms per control, above 0 and below 1.
        units: which unit each specimen belongs to.
        fitted: a part that is not judged, with its evidence; None fits, for each group, on all
            other groups.

    Raises:
        PredictionsError: the part to fit on holds nobody who can only be alarmed falsely.
    """
    if fitted is None:
        source = OTHER_GROUPS
        limits = constant_of_others(
            seen, lambda _, rows: alarm_limit(evidence[rows], seen.unaffected[rows], rate=rate)
        )
    else:
        part, of_part = fitted
        source = f"'{part.split}'"
        limits = np.full(seen.n, alarm_limit(of_part, part.unaffected, rate=rate))
    alarm = alarm_days(seen, evidence, limits)
    note = f"threshold for {100 * rate:g} % false alarms from {source}, taken as known"
    raised = np.isfinite(alarm)
    lead = np.where(seen.begins, seen.onset_times, 0.0) - np.where(raised, alarm, 0.0)
    begins = seen.begins
    return [
        mean("lead_time", lead, among=begins & raised, units=units, note=note),
        share("warned_by_onset", raised & (lead >= 0), among=begins, units=units, note=note),
        share("alarmed_at_rate", raised, among=begins, units=units, note=note),
        share("false_alarms_at_rate", raised, among=seen.unaffected, units=units, note=note),
    ]
