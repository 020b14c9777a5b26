"""The section ``decisions`` of a study file: which rule shall decide, fitted for each contender."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from fieldmark.core.checks import unknown_choice
from fieldmark.decision.policy import (
    POLICIES,
    Backoff,
    ChowRule,
    CostMatrixRule,
    MinimumRisk,
    NeymanPearson,
    Policy,
    RejectBands,
    RiskControl,
)
from fieldmark.experiments.data import DataConfig
from fieldmark.experiments.protocol import ProtocolConfig
from fieldmark.experiments.section import refused

_FOLDS = ("group_kfold", "leave_one_group_out")


def _require_rule(content: Any) -> Any:
    """Refuse a decision without a rule, or with one that does not exist."""
    if isinstance(content, Policy):
        return content
    known = ", ".join(POLICIES)
    if not isinstance(content, dict) or "rule" not in content:
        raise refused(f"a decision needs the key 'rule', one of: {known}.")
    if str(content["rule"]) not in POLICIES:
        raise refused(unknown_choice("rule", str(content["rule"]), POLICIES), "rule")
    return content


def _rule_of(content: Any) -> str:
    return content.name if isinstance(content, Policy) else str(content["rule"])


DecisionPolicy = Annotated[
    Annotated[
        Annotated[NeymanPearson, Tag("neyman-pearson")]
        | Annotated[RejectBands, Tag("reject-bands")]
        | Annotated[ChowRule, Tag("chow")]
        | Annotated[RiskControl, Tag("risk-control")]
        | Annotated[Backoff, Tag("backoff")]
        | Annotated[MinimumRisk, Tag("minimum-risk")]
        | Annotated[CostMatrixRule, Tag("cost-matrix")],
        Discriminator(_rule_of),
    ],
    BeforeValidator(_require_rule),
    Field(description="A decision rule with its settings."),
]


def check_decisions(
    decisions: Mapping[str, Policy], data: DataConfig, protocol: ProtocolConfig
) -> None:
    """Refuse decisions that a study cannot fit on one part and report on another.

    Args:
        decisions: name -> policy.
        data: says whether there are ranks and folds.
        protocol: says what is selected and reported where.

    Raises:
        pydantic_core.PydanticCustomError: nothing is selected on a part of its own, the study has
            folds, or a rule needs ranks that the data has not.
    """
    if not decisions:
        return
    if protocol.selection is None:
        raise refused(
            "decisions are fitted on the part that selects, and the study names none; state "
            "protocol.selection, such as {metric: macro_f1, on: validation}.",
            "decisions",
        )
    if protocol.selects_on_report:
        raise refused(
            f"decisions would be fitted and reported on the same part '{protocol.report_on}', so "
            "that the report would say nothing about new images; select on another part.",
            "decisions",
        )
    if not isinstance(data.split, str) and data.split.kind in _FOLDS:
        raise refused(
            "over folds every image serves to fit and to report, so that no decision can be "
            "reported on images it has not seen; use one split, such as kind: holdout.",
            "decisions",
        )
    for name, policy in decisions.items():
        _check_ranks(name, policy, data)


def _check_ranks(name: str, policy: Policy, data: DataConfig) -> None:
    backs_off = isinstance(policy, Backoff | RiskControl) and not positive_classes(policy)
    by_distance = isinstance(policy, MinimumRisk) and policy.cost == "tree-distance"
    if (backs_off or by_distance) and not data.ranks:
        raise refused(
            f"the decision '{name}' needs a taxonomy; state data.ranks, coarse to fine.",
            "decisions",
            name,
        )
    for rank in getattr(policy, "ranks", None) or ():
        if rank not in data.ranks:
            raise refused(unknown_choice("rank", rank, data.ranks), "decisions", name, "ranks")


def positive_classes(policy: Policy) -> tuple[str, ...]:
    """Return the classes that a policy names: positives, poisonous ones, rows of a cost matrix.

    Example:
        >>> positive_classes(NeymanPearson(positive="pit", target_recall=0.99))
        ('pit',)
    """
    if isinstance(policy, CostMatrixRule):
        return tuple(policy.costs)
    if isinstance(policy, MinimumRisk):
        return () if policy.poison is None else policy.poison.classes or ()
    named: tuple[str, ...] | None = getattr(policy, "positive", None)
    return named or ()
