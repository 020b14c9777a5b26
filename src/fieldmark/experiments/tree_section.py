"""What a section says whose head learns the ranks above its classes, as ``heads`` has it."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.experiments.section import Number, Section, Text, Whole, refused

NotNegative = Annotated[Number, Field(ge=0)]
Count = Annotated[Whole, Field(ge=1)]

RankWeights = Annotated[
    Annotated[Literal["equal", "leaf-heavy"], Tag("preset")]
    | Annotated[dict[Text, NotNegative], Tag("by_rank")],
    Discriminator(lambda content: "preset" if isinstance(content, str) else "by_rank"),
]

_NEEDED_BY = {
    "level_decay": "hxe",
    "sharpness": "soft-labels",
    "prior_strength": "logit-adjusted",
}


class TreeSection(Section):
    """Structure and loss over a taxonomy; what has no effect with the two is refused.

    Example:
        >>> TreeSection(structure="ranks", rank_weights="leaf-heavy").loss
        'cross-entropy'
        >>> TreeSection(loss="hxe", sharpness=4)
        Traceback (most recent call last):
        pydantic_core._pydantic_core.ValidationError: 1 validation error for TreeSection
          sharpness has no effect with the loss 'hxe'; leave it out, or write loss: soft-labels. ...
    """

    structure: Annotated[
        Literal["leaves", "ranks", "siblings", "fine-to-coarse"],
        Field(
            description="'leaves' has a logit for each leaf, summed up to the ranks; 'ranks' a "
            "softmax for each rank by itself; 'siblings' a softmax among the children of each "
            "parent; 'fine-to-coarse' a block for each rank, which coarser ranks read too."
        ),
    ] = "leaves"
    loss: Annotated[
        Literal["cross-entropy", "logit-adjusted", "ancestors", "hxe", "soft-labels"],
        Field(
            description="With leaves: 'logit-adjusted' adds the prior of the classes while "
            "training, 'ancestors' the losses of all names above the label, 'hxe' is the "
            "hierarchical cross-entropy, 'soft-labels' spreads each label over near leaves."
        ),
    ] = "cross-entropy"
    rank_weights: Annotated[
        RankWeights | None,
        Field(
            description="How much each rank counts with ranks, fine-to-coarse or ancestors: "
            "'equal', 'leaf-heavy' (each twice the one above), or a number for each rank; "
            "without it, equal. Heads on frozen embeddings share nothing between ranks, so there "
            "it matters with ancestors alone."
        ),
    ] = None
    level_decay: Annotated[
        NotNegative | None,
        Field(description="Of hxe: more of it favours coarse ranks; without it, 0.1."),
    ] = None
    sharpness: Annotated[
        NotNegative | None,
        Field(description="Of soft-labels: more of it keeps to the label; without it, 10."),
    ] = None
    prior_strength: Annotated[
        NotNegative | None,
        Field(description="Of logit-adjusted: the exponent of the prior; without it, 1."),
    ] = None
    hidden: Annotated[
        Count | None,
        Field(description="The width of each block of fine-to-coarse; without it, 128."),
    ] = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.structure != "leaves" and self.loss != "cross-entropy":
            raise refused(
                f"the loss '{self.loss}' needs the structure 'leaves', not '{self.structure}'; "
                "leave loss out, or write structure: leaves.",
                "loss",
            )
        for name, loss in _NEEDED_BY.items():
            if getattr(self, name) is not None and self.loss != loss:
                raise refused(
                    f"{name} has no effect with the loss '{self.loss}'; leave it out, or write "
                    f"loss: {loss}.",
                    name,
                )
        if self.hidden is not None and self.structure != "fine-to-coarse":
            raise refused(
                f"hidden has no effect with the structure '{self.structure}'; leave it out, or "
                "write structure: fine-to-coarse.",
                "hidden",
            )
        self._check_rank_weights()
        return self

    def _check_rank_weights(self) -> None:
        weights = self.rank_weights
        sums = self.structure in ("ranks", "fine-to-coarse") or self.loss == "ancestors"
        if weights is not None and not sums:
            raise refused(
                f"rank_weights has no effect with the structure '{self.structure}' and the loss "
                f"'{self.loss}'; leave it out, or write structure: ranks or loss: ancestors.",
                "rank_weights",
            )
        if isinstance(weights, dict) and not any(weights.values()):
            raise refused(
                f"rank_weights must give one rank a number above 0, not {weights}.", "rank_weights"
            )


def rank_problem(section: TreeSection, ranks: Sequence[str]) -> tuple[str, str] | None:
    """Return the key and the sentence of what does not fit the ranks of the data, or None.

    Args:
        section: structure and loss.
        ranks: columns of the taxonomy, coarse to fine; empty where there is none.

    Example:
        >>> rank_problem(TreeSection(structure="ranks", rank_weights={"genus": 1.0}), ["species"])
        ('rank_weights', "Unknown rank 'genus'. There are: species.")
        >>> rank_problem(TreeSection(), ["species"]) is None
        True
    """
    if not ranks:
        return "kind", (
            "a hierarchical head needs the ranks above the labels; name the columns of the "
            "taxonomy in data.ranks in place of data.label, or take the kind 'linear'."
        )
    if not isinstance(section.rank_weights, dict):
        return None
    strange = [rank for rank in section.rank_weights if rank not in ranks]
    if strange:
        return "rank_weights", unknown_choice("rank", strange[0], ranks)
    missing = [rank for rank in ranks if rank not in section.rank_weights]
    if missing:
        return "rank_weights", (
            f"rank_weights needs a number for each rank, and {first_few(missing)} has none; write "
            "0 for a rank that shall not count."
        )
    return None
