"""The rules that back off to a coarser rank: by a promise, on average, from a fixed threshold."""

from dataclasses import replace

from fieldmark.core.errors import DecisionError
from fieldmark.decision.backoff import back_off, back_off_by_rank, back_off_on_average
from fieldmark.decision.backoff_outcome import (
    always_the_finest,
    at_customary_threshold,
    backoff_outcome,
    rank_thresholds,
)
from fieldmark.decision.lineages import lineages
from fieldmark.decision.outcome import Outcome
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.decision.policy import Backoff, RiskControl
from fieldmark.decision.promise_check import PromiseCheck, check_promise
from fieldmark.decision.rolled_up import fixed_threshold, rolled_up
from fieldmark.decision.rule import Part, Points, Rule


def _fit_sequence(part: Part, policy: Backoff) -> Points:
    evidence = lineages(part.predictions, lots=part.lots, ranks=policy.ranks)
    limit, confidence = _stated(policy.error_limit), policy.confidence
    if policy.among == "each-rank":
        return back_off_by_rank(evidence, limit=limit, confidence=confidence)
    return back_off(evidence, limit=limit, confidence=confidence, among=policy.among)


def _fit_fixed(part: Part, policy: Backoff) -> Points:
    evidence = rolled_up(part.predictions, lots=part.lots, ranks=policy.ranks)
    return fixed_threshold(evidence, _stated(policy.threshold))


def _fit_average(part: Part, policy: RiskControl) -> Points:
    evidence = lineages(part.predictions, lots=part.lots, ranks=policy.ranks)
    return back_off_on_average(evidence, limit=policy.risk_limit)


def _report_sequence(part: Part, policy: Backoff, points: Points, how: Reporting) -> Outcome:
    outcome, ranks = _report(part, policy, points, how)
    if policy.among == "each-rank":
        answered = [
            rank for rank, point in zip(ranks, points, strict=True) if point.threshold is not None
        ]
        checks = tuple(_check(outcome, "error_of_answered_here", policy, rank) for rank in answered)
        return replace(outcome, checks=checks)
    metric = "error_of_answered" if policy.among == "answered" else "wrong_answers"
    return replace(outcome, checks=(_check(outcome, metric, policy),))


def _report_fixed(part: Part, policy: Backoff, points: Points, how: Reporting) -> Outcome:
    chain, surest = (
        read(part.predictions, lots=part.lots, ranks=policy.ranks) for read in (lineages, rolled_up)
    )
    thresholds = rank_thresholds(points, len(surest.ranks))
    outcome = backoff_outcome(part.predictions, surest, thresholds, how)
    return replace(outcome, baselines=always_the_finest(chain, how))


def _report_average(part: Part, policy: RiskControl, points: Points, how: Reporting) -> Outcome:
    outcome, _ = _report(part, policy, points, how)
    return replace(outcome, checks=(_check(outcome, "wrong_answers", policy),))


def _report(
    part: Part, policy: Backoff | RiskControl, points: Points, how: Reporting
) -> tuple[Outcome, tuple[str, ...]]:
    chain, surest = (
        read(part.predictions, lots=part.lots, ranks=policy.ranks) for read in (lineages, rolled_up)
    )
    thresholds = rank_thresholds(points, len(chain.ranks))
    outcome = backoff_outcome(part.predictions, chain, thresholds, how)
    beside = (*always_the_finest(chain, how), *at_customary_threshold(surest, how))
    return replace(outcome, baselines=beside), chain.ranks


def _check(
    outcome: Outcome, metric: str, policy: Backoff | RiskControl, rank: str | None = None
) -> PromiseCheck:
    return check_promise(
        outcome.estimates,
        metric,
        _stated(policy.error_limit) if isinstance(policy, Backoff) else policy.risk_limit,
        at_least=False,
        rank=rank,
        confidence=policy.confidence if isinstance(policy, Backoff) else None,
    )


def _stated(value: float | None) -> float:
    """Return a setting that the policy has made sure of."""
    if value is None:
        raise DecisionError("Expected a policy with a limit or a threshold; it has neither.")
    return value


BACK_OFF = Rule(_fit_sequence, _report_sequence, keeps_a_promise=True)
BACK_OFF_FIXED = Rule(_fit_fixed, _report_fixed, keeps_a_promise=False)
BACK_OFF_ON_AVERAGE = Rule(_fit_average, _report_average, keeps_a_promise=True)
