"""The rules that act on P(positive): Neyman-Pearson, reject bands, Chow, control of the misses."""

from collections.abc import Sequence
from dataclasses import replace

from fieldmark.decision.costs import Costs, at_prevalence, chow
from fieldmark.decision.neyman_pearson import neyman_pearson, split_alarm
from fieldmark.decision.outcome import Outcome
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.decision.policy import ChowRule, NeymanPearson, RejectBands, RiskControl
from fieldmark.decision.policy_section import CostsSection
from fieldmark.decision.positives import PositiveScores, positive_scores
from fieldmark.decision.promise_check import PromiseCheck, check_promise
from fieldmark.decision.risk_control import control_missed
from fieldmark.decision.rule import Part, Points, Rule
from fieldmark.decision.threshold_outcome import threshold_outcome

ThresholdPolicy = NeymanPearson | RejectBands | ChowRule | RiskControl


def _fit_neyman_pearson(part: Part, policy: NeymanPearson) -> Points:
    point = neyman_pearson(
        _evidence(part, policy.positive),
        target=policy.target_recall,
        confidence=policy.confidence,
        lot_share=policy.lot_share,
    )
    return (replace(point, name="alarm from"),)


def _fit_bands(part: Part, policy: RejectBands) -> Points:
    evidence = _evidence(part, policy.positive)
    low = neyman_pearson(
        evidence,
        target=policy.target_recall,
        confidence=policy.confidence,
        lot_share=policy.lot_share,
    )
    high = neyman_pearson(
        evidence,
        target=policy.target_specificity,
        confidence=policy.confidence,
        lot_share=policy.lot_share,
        side="negatives",
    )
    alarm_from = split_alarm(low, high)[1]
    return replace(low, rule=policy.name), replace(high, rule=policy.name, threshold=alarm_from)


def _fit_chow(part: Part, policy: ChowRule) -> Points:
    evidence = _evidence(part, policy.positive)
    return chow(evidence, _costs(policy.costs), prevalence=policy.prevalence)


def _fit_missed(part: Part, policy: RiskControl) -> Points:
    point = control_missed(_evidence(part, policy.positive or ()), limit=policy.risk_limit)
    return (replace(point, name="alarm from"),)


def _report(part: Part, policy: ThresholdPolicy, points: Points, how: Reporting) -> Outcome:
    evidence = _evidence(part, policy.positive or ())
    if isinstance(policy, ChowRule):
        found = part.calibration_prevalence or 0.0
        moved = at_prevalence(evidence.score, found=found, stated=policy.prevalence)
        evidence = replace(evidence, score=moved)
    outcome = threshold_outcome(
        part.predictions,
        evidence,
        split_alarm(points[0], points[-1]),
        how,
        costs=None if policy.costs is None else _costs(policy.costs),
        prevalence=policy.prevalence,
        lot_share=policy.lot_share if isinstance(policy, NeymanPearson | RejectBands) else 1.0,
    )
    return replace(outcome, checks=_checks(outcome, points, by_lot=part.lots.clustered))


def _checks(outcome: Outcome, points: Points, *, by_lot: bool) -> tuple[PromiseCheck, ...]:
    """Return whether each promise held: of a recall, of no alarm, or of an expected miss rate."""
    checks = []
    for point in points:
        if point.limit is None:
            continue
        metric, limit, at_least = "positive_recall", point.limit, True
        if point.rule == "reject-bands" and point is points[-1]:
            metric, limit, at_least = "false_alarm_rate", 1 - point.limit, False
            if by_lot:
                metric, limit, at_least = "lots_without_false_alarm", point.limit, True
        elif point.rule == "risk-control":
            limit = 1 - point.limit
            if by_lot:
                metric, limit, at_least = "mean_miss_rate_of_lots", point.limit, False
        elif by_lot:
            metric = "lots_without_miss"
        checks.append(
            check_promise(
                outcome.estimates, metric, limit, at_least=at_least, confidence=point.confidence
            )
        )
    return tuple(checks)


def _evidence(part: Part, positive: Sequence[str]) -> PositiveScores:
    return positive_scores(part.predictions, positive, lots=part.lots)


def _costs(section: CostsSection) -> Costs:
    return Costs(miss=section.miss, false_alarm=section.false_alarm, review=section.review)


NEYMAN_PEARSON = Rule(_fit_neyman_pearson, _report, keeps_a_promise=True)
REJECT_BANDS = Rule(_fit_bands, _report, keeps_a_promise=True)
CHOW = Rule(_fit_chow, _report, keeps_a_promise=False)
CONTROL_MISSED = Rule(_fit_missed, _report, keeps_a_promise=True)
