"""What can be said of onsets without looking at a plant: the baselines of every onset table."""

from dataclasses import dataclass, replace

import numpy as np

from fieldmark.evaluation.onset_decoding import decode_onsets, evidence_of
from fieldmark.evaluation.onset_prior import (
    OTHER_GROUPS,
    Prevalence,
    constant_of_others,
    prevalence_by_day,
)
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.predictions.trajectories import BoolArray, FloatArray, Trajectories

# Among the others a positive group is missing its own positives: within a day, leaving it out
# turns equal scores into scores that point the wrong way.
_TORN_BY_LEAVING_OUT = frozenset({"state_auroc_mean_of_days"})


@dataclass(frozen=True, eq=False, slots=True)
class Contestant:
    """Who is judged: the contender or a trivial baseline.

    Attributes:
        name: goes into the Estimates as the contender.
        decoded: float64 (n,), decoded onsets; inf is "never".
        probability: float64 (n, n_times), NaN where not imaged; None of what says days alone.
        evidence: float64 (n, n_times), what an alarm is raised on; None of what says days alone.
        fitted_evidence: the same on the part that thresholds are fitted on; None without one.
        left_out: metrics that say nothing of it.
    """

    name: str
    decoded: FloatArray
    probability: FloatArray | None = None
    evidence: FloatArray | None = None
    fitted_evidence: FloatArray | None = None
    left_out: frozenset[str] = frozenset()


def best_constant_day(seen: Trajectories, rows: BoolArray) -> float:
    """Return the imaged day that, said for every specimen, has the least mean error.

    Args:
        seen: trajectories to choose on.
        rows: bool (n,), which of their specimens may be used.

    Returns:
        A time of ``seen``, the earliest of equally good ones; inf when none of them has an onset.
    """
    onset = seen.onset_times[rows & seen.begins]
    if not len(onset):
        return np.inf
    errors = np.abs(seen.times[:, None] - onset[None]).mean(axis=1)
    return float(seen.times[errors.argmin()])


def median_onset(seen: Trajectories, rows: BoolArray) -> float:
    """Return the median of the observed onsets, the mean of the middle two; inf without any."""
    onset = seen.onset_times[rows & seen.begins]
    return float(np.median(onset)) if len(onset) else np.inf


def trivial_contestants(
    seen: Trajectories,
    rule: OnsetRule,
    *,
    prevalence: Prevalence,
    fit_on: Trajectories | None = None,
) -> list[Contestant]:
    """Return the trivial baselines, none of which looks at an image of the specimen.

    A constant day and the median onset are said for every specimen; the day alone is the share of
    positive labels on each day, read by the rule; with stated controls, the same within controls
    and within the others. All come from ``fit_on`` or, for each group, from all other groups.

    Args:
        seen: the trajectories that are judged.
        rule: how an onset is read.
        prevalence: what change points and sums assume.
        fit_on: a part that is not reported on.

    Raises:
        PredictionsError: there is no part to fit on and no other group.
    """
    source = OTHER_GROUPS if fit_on is None else f"'{fit_on.split}'"
    constant = constant_of_others(seen, best_constant_day, fit_on=fit_on)
    median = constant_of_others(seen, median_onset, fit_on=fit_on)
    found = [
        Contestant(f"constant day of {source}", constant),
        Contestant(f"median onset of {source}", median),
    ]
    stated = seen.control is not None and (fit_on is None or fit_on.control is not None)
    for by_treatment in (False, True) if stated else (False,):
        name = f"{'treatment and day' if by_treatment else 'day only'} of {source}"
        probability = prevalence_by_day(seen, fit_on=fit_on, by_treatment=by_treatment)
        said = replace(seen, probability=probability)
        found.append(
            Contestant(
                name,
                decode_onsets(said, rule, prevalence.values).onset,
                probability,
                evidence_of(said, rule, prevalence.values),
                _on_fitted(fit_on, rule, prevalence, by_treatment=by_treatment),
                frozenset() if fit_on is not None else _TORN_BY_LEAVING_OUT,
            )
        )
    return found


def _on_fitted(
    fit_on: Trajectories | None, rule: OnsetRule, prevalence: Prevalence, *, by_treatment: bool
) -> FloatArray | None:
    if fit_on is None:
        return None
    probability = prevalence_by_day(fit_on, fit_on=fit_on, by_treatment=by_treatment)
    said = replace(fit_on, probability=probability)
    return evidence_of(said, rule, prevalence.values[0])
