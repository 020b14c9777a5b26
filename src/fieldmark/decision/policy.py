"""Policies: which decision rule, with which settings; what a policy file may say."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, Strict, model_validator

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import DecisionError
from fieldmark.decision.calibrator_kinds import CalibratorKind
from fieldmark.decision.policy_section import (
    Cost,
    CostsSection,
    Name,
    Names,
    PoisonSection,
    PolicySection,
    Share,
    SharePerLot,
    refused,
)


class Policy(PolicySection):
    """What every policy may state."""

    calibrator: CalibratorKind | None = Field(
        default=None, description="How scores become probabilities before the rule acts on them."
    )
    lots: Name | None = Field(
        default="group",
        description="Column of items that belong together; null for independent items.",
    )

    @property
    def name(self) -> str:
        """Name of the rule."""
        return str(get_args(type(self).model_fields["rule"].annotation)[0])


class PositivePolicy(Policy):
    """What a policy about positive classes may state."""

    positive: Names = Field(description="The class, or classes, that must not be missed.")
    costs: CostsSection | None = Field(default=None, description="What mistakes cost.")
    prevalence: Share | None = Field(
        default=None, description="Share of positives where the decision will be used."
    )


class NeymanPearson(PositivePolicy):
    """One threshold that keeps a recall with a stated confidence."""

    in_words: ClassVar[str] = "the rule neyman-pearson"

    rule: Literal["neyman-pearson"] = Field(default="neyman-pearson", description="The rule.")
    target_recall: Share = Field(description="Share of positives that must raise the alarm.")
    confidence: Share = Field(default=0.95, description="Confidence of the promise.")
    lot_share: SharePerLot = Field(
        default=1.0, description="Share of a lot's positives that must raise the alarm."
    )


class RejectBands(PositivePolicy):
    """Two thresholds, pass and alarm, each with its promise; between them somebody looks."""

    in_words: ClassVar[str] = "the rule reject-bands"

    rule: Literal["reject-bands"] = Field(default="reject-bands", description="The rule.")
    target_recall: Share = Field(description="Share of positives that must not be let pass.")
    target_specificity: Share = Field(
        description="Share of negatives that must raise no alarm; they may be sent to review."
    )
    confidence: Share = Field(default=0.95, description="Confidence of each of both promises.")
    lot_share: SharePerLot = Field(
        default=1.0, description="Share of a lot's items that must be kept so."
    )


class ChowRule(PositivePolicy):
    """The two thresholds that follow from the costs of a miss, a false alarm and a review."""

    in_words: ClassVar[str] = "the rule chow"

    rule: Literal["chow"] = Field(default="chow", description="The rule.")
    costs: CostsSection = Field(description="What mistakes cost.")
    calibrator: CalibratorKind | None = Field(
        default="temperature", description="The rule needs calibrated probabilities."
    )


class RiskControl(Policy):
    """A threshold whose loss stays below a limit on average, without a confidence."""

    in_words: ClassVar[str] = "the rule risk-control"

    rule: Literal["risk-control"] = Field(default="risk-control", description="The rule.")
    risk_limit: Share = Field(description="Limit of the expected loss.")
    loss: Literal["missed-positive", "wrong-answer"] = Field(
        description="missed-positive, with positive classes; or wrong-answer, with a taxonomy."
    )
    positive: Names | None = Field(default=None, description="For the loss missed-positive.")
    ranks: Names | None = Field(default=None, description="For wrong-answer: ranks to answer at.")
    costs: CostsSection | None = Field(default=None, description="What mistakes cost.")
    prevalence: Share | None = Field(
        default=None, description="Share of positives where the decision will be used."
    )

    @model_validator(mode="after")
    def _check_loss(self) -> "RiskControl":
        if (self.loss == "missed-positive") != (self.positive is not None):
            raise refused(
                "loss: missed-positive goes with the key 'positive', and wrong-answer without it."
            )
        return self


class Backoff(Policy):
    """Answer at the deepest rank whose error keeps a limit; or one that is as sure as is stated."""

    in_words: ClassVar[str] = "the rule backoff"

    rule: Literal["backoff"] = Field(default="backoff", description="The rule.")
    error_limit: Share | None = Field(
        default=None, description="Limit of the share of wrong nodes; or 'threshold' instead."
    )
    threshold: Share | None = Field(
        default=None,
        description="A fixed threshold, such as 0.65, without a promise: the answer is the finest"
        " node whose summed probability reaches it.",
    )
    confidence: Share = Field(default=0.95, description="Confidence of the promise.")
    among: Literal["answered", "all", "each-rank"] = Field(
        default="answered",
        description=(
            "The limit holds among all answered items, among all items, or among the items"
            " answered at each rank."
        ),
    )
    ranks: Names | None = Field(default=None, description="Ranks to answer at; null for all.")

    @model_validator(mode="after")
    def _check_limit(self) -> "Backoff":
        if (self.error_limit is None) == (self.threshold is None):
            given = "neither is" if self.threshold is None else "both are"
            raise refused(
                "the rule backoff needs either 'error_limit' (a promise) or 'threshold' (fixed, "
                f"without a promise); {given} given."
            )
        for key in ("confidence", "among"):
            usual = type(self).model_fields[key].default
            if self.threshold is not None and getattr(self, key) != usual:
                raise refused(
                    f"'{key}' belongs to a promise, and a fixed threshold makes none; leave it "
                    "out, or state 'error_limit' instead of 'threshold'."
                )
        return self


class MinimumRisk(Policy):
    """Answer the class whose expected cost is least: by tree distance, or by poison."""

    in_words: ClassVar[str] = "the rule minimum-risk"

    rule: Literal["minimum-risk"] = Field(default="minimum-risk", description="The rule.")
    cost: Literal["tree-distance", "poison"] = Field(description="tree-distance or poison.")
    poison: PoisonSection | None = Field(default=None, description="For the cost poison.")
    calibrator: CalibratorKind | None = Field(
        default="temperature", description="The rule needs calibrated probabilities."
    )

    @model_validator(mode="after")
    def _check_poison(self) -> "MinimumRisk":
        if (self.cost == "poison") != (self.poison is not None):
            raise refused("cost: poison goes with the section 'poison', tree-distance without it.")
        return self


class CostMatrixRule(Policy):
    """Take the decision whose expected cost is least by a written matrix."""

    in_words: ClassVar[str] = "the rule cost-matrix"

    rule: Literal["cost-matrix"] = Field(default="cost-matrix", description="The rule.")
    costs: dict[Name, dict[Name, Annotated[float, Strict(), Field(ge=0)]]] = Field(
        min_length=1, description="For each class the cost of each decision."
    )
    wrong: Cost | None = Field(
        default=None, description="Cost of the pairs that are not written; null asks for all."
    )
    calibrator: CalibratorKind | None = Field(
        default="temperature", description="The rule needs calibrated probabilities."
    )


#: The policy of each rule, by its name.
POLICIES: dict[str, type[Policy]] = {
    "neyman-pearson": NeymanPearson,
    "reject-bands": RejectBands,
    "chow": ChowRule,
    "risk-control": RiskControl,
    "backoff": Backoff,
    "minimum-risk": MinimumRisk,
    "cost-matrix": CostMatrixRule,
}


def policy_class(content: Any, *, name: str = "the policy") -> type[Policy]:
    """Return which policy the content of a policy file describes.

    Args:
        content: what the file says; a mapping with the key ``rule``.
        name: what messages call the file.

    Raises:
        DecisionError: the content is no mapping, names no rule, or one that does not exist.

    Example:
        >>> policy_class({"rule": "chow"}).__name__
        'ChowRule'
    """
    rules = ", ".join(POLICIES)
    if not isinstance(content, Mapping) or "rule" not in content:
        raise DecisionError(f"{name} needs the key 'rule', one of: {rules}.")
    rule = content["rule"]
    if not isinstance(rule, str) or rule not in POLICIES:
        raise DecisionError(f"{name}: {unknown_choice('rule', str(rule), POLICIES)}")
    return POLICIES[rule]
