"""Which rule a policy asks for.

A further rule is a policy in `policy`, its threshold in a module of its own, and a row here.
"""

from fieldmark.core.errors import DecisionError
from fieldmark.decision.backoff_rules import BACK_OFF, BACK_OFF_FIXED, BACK_OFF_ON_AVERAGE
from fieldmark.decision.cost_rules import LEAST_COST
from fieldmark.decision.policy import (
    Backoff,
    ChowRule,
    CostMatrixRule,
    MinimumRisk,
    NeymanPearson,
    Policy,
    RejectBands,
    RiskControl,
)
from fieldmark.decision.rule import Rule
from fieldmark.decision.threshold_rules import CHOW, CONTROL_MISSED, NEYMAN_PEARSON, REJECT_BANDS

_RULES: dict[type[Policy], Rule] = {
    NeymanPearson: NEYMAN_PEARSON,
    RejectBands: REJECT_BANDS,
    ChowRule: CHOW,
    RiskControl: CONTROL_MISSED,
    Backoff: BACK_OFF,
    MinimumRisk: LEAST_COST,
    CostMatrixRule: LEAST_COST,
}


def rule_of(policy: Policy) -> Rule:
    """Return the rule that a policy asks for.

    Raises:
        DecisionError: the policy is of no rule.

    Example:
        >>> rule_of(NeymanPearson(positive=("pit",), target_recall=0.99)).keeps_a_promise
        True
    """
    if type(policy) not in _RULES:
        raise DecisionError(f"Expected the policy of a rule; got a {type(policy).__name__}.")
    if isinstance(policy, RiskControl) and policy.loss == "wrong-answer":
        return BACK_OFF_ON_AVERAGE
    if isinstance(policy, Backoff) and policy.threshold is not None:
        return BACK_OFF_FIXED
    return _RULES[type(policy)]
