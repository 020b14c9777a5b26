"""What is learnt over the ranks of a taxonomy: structure and loss, as heads have them."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.experiments.section import Number, Section, Text, Whole, refused

NotNegative = Annotated[Number, Field(ge=0)]
_OWN_LOSS: Final = {
    "level_decay": "hxe",
    "sharpness": "soft-labels",
    "prior_strength": "logit-adjusted",
}


class HierarchyConfig(Section):
    """What a classifier offers at each rank of the taxonomy, and the loss that training lowers.

    Example:
        >>> HierarchyConfig(structure="ranks", rank_weights="leaf-heavy").loss
        'cross-entropy'
    """

    structure: Annotated[
        Literal["leaves", "ranks", "siblings", "fine-to-coarse"],
        Field(
            description="One softmax over the leaves, summed up to the ranks; an independent one at"
            " each rank; one among the children of each parent; or a hidden block for each rank,"
            " where coarser heads read the finer blocks but do not change them."
        ),
    ] = "leaves"
    loss: Annotated[
        Literal["cross-entropy", "logit-adjusted", "ancestors", "hxe", "soft-labels"],
        Field(
            description="The loss. With the structure leaves also logit-adjusted, ancestors (of the"
            " leaf and all names above it), hxe (hierarchical cross-entropy) and soft-labels (which"
            " spreads each label over near leaves)."
        ),
    ] = "cross-entropy"
    rank_weights: Annotated[
        Literal["equal", "leaf-heavy"] | dict[Text, NotNegative] | None,
        Field(
            description="How much each rank counts where the loss is a sum over ranks: equal,"
            " leaf-heavy (each twice the one above), or a weight for each rank; null is equal."
        ),
    ] = None
    level_decay: Annotated[
        NotNegative | None,
        Field(description="Of hxe: how much less each rank counts than the one above; null: 0.1."),
    ] = None
    sharpness: Annotated[
        NotNegative | None,
        Field(description="Of soft-labels: how fast labels fall with distance; null: 10."),
    ] = None
    prior_strength: Annotated[
        NotNegative | None,
        Field(description="Of logit-adjusted: the exponent of the prior; null: 1."),
    ] = None
    hidden: Annotated[
        Annotated[Whole, Field(ge=1)] | None,
        Field(description="The width of each block of fine-to-coarse; null: 128."),
    ] = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.structure != "leaves" and self.loss != "cross-entropy":
            raise refused(
                f"the loss '{self.loss}' needs the structure 'leaves'; got '{self.structure}'. "
                "Leave loss out, or write structure: leaves.",
                "loss",
            )
        for name, loss in _OWN_LOSS.items():
            if getattr(self, name) is not None and self.loss != loss:
                raise refused(
                    f"{name} has no effect with the loss '{self.loss}'; leave it out, or write "
                    f"loss: {loss}.",
                    name,
                )
        if self.rank_weights is not None and not self._sums_over_ranks:
            raise refused(
                f"rank_weights has no effect with the structure '{self.structure}' and the loss "
                f"'{self.loss}'; leave it out, or write structure: ranks or loss: ancestors.",
                "rank_weights",
            )
        if isinstance(self.rank_weights, dict) and not any(self.rank_weights.values()):
            raise refused("rank_weights needs a weight above 0 for some rank.", "rank_weights")
        if self.hidden is not None and self.structure != "fine-to-coarse":
            raise refused(
                f"hidden has no effect with the structure '{self.structure}'; leave it out, or "
                "write structure: fine-to-coarse.",
                "hidden",
            )
        return self

    @property
    def _sums_over_ranks(self) -> bool:
        return self.structure in ("ranks", "fine-to-coarse") or self.loss == "ancestors"


def rank_problem(hierarchy: HierarchyConfig, ranks: Sequence[str]) -> str | None:
    """Return why a hierarchy does not fit the ranks of a study, in a sentence; None where it does.

    Example:
        >>> rank_problem(HierarchyConfig(), ("genus", "species")) is None
        True
    """
    if not ranks:
        return (
            "a hierarchy needs the ranks above the classes; name their columns, coarse to fine, in "
            "data.ranks in place of data.label, or leave the hierarchy out."
        )
    weights = hierarchy.rank_weights
    if not isinstance(weights, dict):
        return None
    for name in weights:
        if name not in ranks:
            return unknown_choice("rank in rank_weights", name, ranks)
    missing = [rank for rank in ranks if rank not in weights]
    if missing:
        return (
            f"rank_weights needs a weight for each of the {len(ranks)} ranks; {first_few(missing)} "
            "have none. Write 0 for a rank that shall not count."
        )
    return None
