"""What a rule says of each specimen: its onset, and by which day that is known.

Evidence is gathered day by day and sees no later one; only the change point is read from all days
seen, and what was known by a day is then its reading of the days up to it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from fieldmark.evaluation.onset_change_point import (
    TOLERANCE,
    change_points,
    log_likelihood_ratios,
    never_log_odds,
)
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.predictions.trajectories import BoolArray, FloatArray, Trajectories


@dataclass(frozen=True, eq=False, slots=True)
class DecodedOnsets:
    """What a rule says.

    Attributes:
        onset: float64 (n,), the day on which the state is said to begin, from all days seen; always
            an imaged day of the specimen; inf is "never".
        begun: bool (n, n_times), whether the rule, seeing the days up to each time and no later
            one, says that the state has begun.
        known: float64 (n,), the first time at which it says so; inf is "never".
    """

    onset: FloatArray
    begun: BoolArray
    known: FloatArray


def evidence_of(seen: Trajectories, rule: OnsetRule, prevalence: npt.ArrayLike = 0.5) -> FloatArray:
    """Return the evidence that a state has begun, from the days up to each time and no later one.

    Args:
        seen: the trajectories.
        rule: what counts as evidence; its threshold is not used.
        prevalence: share of positive labels that the probabilities assume, a number or (n,); used
            by "change-point" and "cusum".

    Returns:
        float64 (n, n_times): a probability for "first-crossing", "consecutive" (the least of the
        last ``run``; 0 before there are as many) and the median of "change-point"; a sum of logits
        otherwise. NaN on days without an image.
    """
    return _walk(seen, rule, prevalence)[0]


def decode_onsets(
    seen: Trajectories, rule: OnsetRule, prevalence: npt.ArrayLike = 0.5
) -> DecodedOnsets:
    """Return what the rule says of each specimen.

    Args:
        seen: the trajectories; cut them with `seen_until` to decode from fewer days.
        rule: how an onset is read.
        prevalence: share of positive labels that the probabilities assume, a number or (n,); used
            by "change-point" and "cusum".

    Example:
        >>> from fieldmark.predictions.trajectories import Trajectories
        >>> seen = Trajectories(contender="probe", split="test", specimens=("p",),
        ...     times=np.arange(1.0, 6.0), probability=np.array([[0.1, 0.8, np.nan, 0.3, 0.9]]),
        ...     imaged=np.array([[True, True, False, True, True]]),
        ...     positive=np.array([[False, False, False, False, True]]), onset=(5.0,),
        ...     items_digest="", header_digest="")
        >>> decode_onsets(seen, OnsetRule("first-crossing")).onset.tolist()
        [2.0]
        >>> decode_onsets(seen, OnsetRule("consecutive", run=2)).onset.tolist()
        [inf]
    """
    evidence, start = _walk(seen, rule, prevalence)
    given = np.where(seen.imaged, evidence, -np.inf)
    if rule.kind == "change-point":
        reached = given > 0 if _is_argmax(rule) else given >= rule.limit - TOLERANCE
        begun = _carried_forward(reached, seen.imaged)
        onset = change_points(
            seen,
            prevalence,
            kappa=rule.kappa,
            never=rule.never,
            level=None if _is_argmax(rule) else rule.limit,
        )
    else:
        begun = np.logical_or.accumulate(given >= rule.limit, axis=1)
        onset = _at_first(start, begun)
    return DecodedOnsets(onset, begun, _at_first(np.broadcast_to(seen.times, begun.shape), begun))


def _is_argmax(rule: OnsetRule) -> bool:
    return rule.kind == "change-point" and rule.reading == "argmax"


def _walk(
    seen: Trajectories, rule: OnsetRule, prevalence: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return the evidence, and the day from which it was gathered, both (n, n_times)."""
    if rule.kind == "first-crossing":
        days = np.broadcast_to(seen.times, seen.imaged.shape)
        return seen.probability.copy(), np.where(seen.imaged, days, np.nan)
    if rule.kind == "consecutive":
        return _least_of_run(seen, rule.run)
    ratios = rule.kappa * log_likelihood_ratios(seen, prevalence)
    if rule.kind == "cusum" or _is_argmax(rule):
        return _cumulative_sum(seen, ratios)
    posterior = _posterior_by_now(seen, ratios, rule.never)
    return posterior, posterior


def _least_of_run(seen: Trajectories, run: int) -> tuple[FloatArray, FloatArray]:
    """The last ``run`` imaged days of each specimen are kept in a ring, oldest first."""
    last = np.zeros((seen.n, run))
    days = np.full((seen.n, run), np.nan)
    evidence = np.full(seen.imaged.shape, np.nan)
    start = np.full(seen.imaged.shape, np.nan)
    for column, day in enumerate(seen.times):
        here = seen.imaged[:, column]
        last[here] = np.column_stack([last[here, 1:], seen.probability[here, column]])
        days[here] = np.column_stack([days[here, 1:], np.full(np.count_nonzero(here), day)])
        evidence[here, column] = last[here].min(axis=1)
        start[here, column] = days[here, 0]
    return evidence, start


def _cumulative_sum(seen: Trajectories, ratios: FloatArray) -> tuple[FloatArray, FloatArray]:
    total = np.zeros(len(ratios))
    since = np.full(len(ratios), np.nan)
    evidence, start = np.full(ratios.shape, np.nan), np.full(ratios.shape, np.nan)
    for column, day in enumerate(seen.times):
        here = seen.imaged[:, column]
        since[here & (total <= 0)] = day
        total[here] = np.maximum(0.0, total[here] + ratios[here, column])
        evidence[here, column] = total[here]
        start[here, column] = since[here]
    return evidence, start


def _posterior_by_now(seen: Trajectories, ratios: FloatArray, never: float | None) -> FloatArray:
    """The recursion of Shiryaev (1963) and Roberts (1966): R_t = (1 + R_(t-1)) exp(l_t)."""
    log_sum = np.full(len(ratios), -np.inf)
    found = np.full(ratios.shape, np.nan)
    for column, days in enumerate(np.cumsum(seen.imaged, axis=1).T):
        here = seen.imaged[:, column]
        log_sum[here] = np.logaddexp(log_sum[here], 0.0) + ratios[here, column]
        found[here, column] = expit(log_sum[here] - never_log_odds(days[here], never))
    return found


def _carried_forward(reached: BoolArray, imaged: BoolArray) -> BoolArray:
    latest = np.maximum.accumulate(np.where(imaged, np.arange(imaged.shape[1]), -1), axis=1)
    found: BoolArray = np.take_along_axis(reached, latest.clip(0), axis=1) & (latest >= 0)
    return found


def _at_first(values: FloatArray, begun: BoolArray) -> FloatArray:
    first = np.take_along_axis(values, begun.argmax(axis=1)[:, None], axis=1)[:, 0]
    found: FloatArray = np.where(begun.any(axis=1), first, np.inf)
    return found
