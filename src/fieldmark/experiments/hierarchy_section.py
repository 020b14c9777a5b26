"""What fine-tuning lowers: the section ``loss``, and the section ``hierarchy`` beside it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from fieldmark.experiments.section import Number, Section, Whole
from fieldmark.experiments.tree_section import TreeSection, rank_problem

NotNegative = Annotated[Number, Field(ge=0)]
Count = Annotated[Whole, Field(ge=1)]


class LossConfig(Section):
    """Which loss is minimised."""

    kind: Annotated[
        Literal["cross-entropy", "focal", "logit-adjusted"], Field(description="The loss.")
    ] = "cross-entropy"
    label_smoothing: Annotated[
        Number, Field(ge=0, lt=1, description="The share of each label that is spread.")
    ] = 0.0
    class_weights: Annotated[
        Literal["none", "balanced", "effective-number"],
        Field(description="How classes are weighted."),
    ] = "none"
    focus: Annotated[NotNegative, Field(description="The exponent of the focal loss.")] = 2.0
    prior_strength: Annotated[
        NotNegative, Field(description="The exponent of the prior in the logit-adjusted loss.")
    ] = 1.0


class HierarchyConfig(TreeSection):
    """What the classifier offers at each rank of the taxonomy, and the loss that is lowered."""


def loss_problem(hierarchy: HierarchyConfig, loss: LossConfig) -> tuple[str, str] | None:
    """Return the key of the loss and the sentence of what does not go with a hierarchy, or None.

    Example:
        >>> loss_problem(HierarchyConfig(structure="ranks"), LossConfig(kind="focal"))[0]
        'kind'
        >>> loss_problem(HierarchyConfig(), LossConfig(label_smoothing=0.1)) is None
        True
    """
    for key in ("kind", "focus", "prior_strength"):
        if getattr(loss, key) != getattr(LossConfig(), key):
            return key, (
                f"loss.{key} has no place beside a hierarchy, which states its own loss "
                f"('{hierarchy.loss}'); of loss, label_smoothing and class_weights alone go "
                "together with it."
            )
    if hierarchy.loss == "logit-adjusted" and loss.class_weights != "none":
        return "class_weights", (
            "logit-adjusted corrects for rare classes already; class weights would correct twice. "
            "Take one of the two."
        )
    if hierarchy.loss == "soft-labels" and loss.label_smoothing > 0:
        return "label_smoothing", (
            "soft-labels spreads each label over near leaves already; label_smoothing would spread "
            "it twice. Take one of the two."
        )
    return None


def hierarchy_problem(
    hierarchy: HierarchyConfig, ranks: Sequence[str]
) -> tuple[tuple[str, ...], str] | None:
    """Return the keys and the sentence of what of a hierarchy does not fit the data, or None.

    Args:
        hierarchy: of a training.
        ranks: columns of the taxonomy, coarse to fine; empty where there is none.

    Example:
        >>> hierarchy_problem(HierarchyConfig(structure="ranks"), ("genus", "species")) is None
        True
        >>> hierarchy_problem(HierarchyConfig(structure="ranks"), ())[0]
        ('hierarchy',)
    """
    if not ranks:
        return ("hierarchy",), (
            "a hierarchy needs the ranks above the labels; name the columns of the taxonomy in "
            "data.ranks in place of data.label, or leave hierarchy out."
        )
    found = rank_problem(hierarchy, ranks)
    return None if found is None else (("hierarchy", found[0]), found[1])
