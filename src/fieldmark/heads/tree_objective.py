"""What a hierarchical head has to offer at each rank, and which loss is minimised."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import StudyError

TreeStructure = Literal["leaves", "ranks", "siblings", "fine-to-coarse"]
TreeLossKind = Literal["cross-entropy", "logit-adjusted", "ancestors", "hxe", "soft-labels"]
RankWeights: TypeAlias = Literal["equal", "leaf-heavy"] | Mapping[str, float]

STRUCTURES: Final[tuple[TreeStructure, ...]] = get_args(TreeStructure)
LOSSES: Final[tuple[TreeLossKind, ...]] = get_args(TreeLossKind)
OWN_HEADS: Final[tuple[TreeStructure, ...]] = ("ranks", "fine-to-coarse")
PRESETS: Final = ("equal", "leaf-heavy")
LEVEL_DECAY: Final = 0.1
SHARPNESS: Final = 10.0
PRIOR_STRENGTH: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeObjective:
    """Structure and loss; what has no effect with the two is not given.

    Attributes:
        structure: "leaves", one logit for each leaf, summed up to the ranks; "ranks", an
            independent softmax at each rank; "siblings", a softmax among the children of each
            parent; "fine-to-coarse", a hidden block at each rank, where coarser heads read the
            finer blocks too but do not change them.
        loss: "cross-entropy"; with the structure "leaves" also "logit-adjusted", which adds the
            prior of the classes while training; "ancestors", of the leaf and all names above it;
            "hxe", the hierarchical cross-entropy; "soft-labels", which spreads each label over
            near leaves.
        rank_weights: how much each rank counts where the loss is a sum over ranks: "equal", the
            plain sum; "leaf-heavy", each rank twice the one above; or weights by rank, at least 0.
            They are scaled to sum 1. None takes "equal". The multi-task model that this follows
            does not state its weights; a heavier leaf is the first remedy that its notes name.
        level_decay: of "hxe", at least 0: the weight of an edge falls by exp(-level_decay) with
            every rank down, so that more of it favours coarse ranks, as in the released code;
            0 is a multiple of the cross-entropy. None takes 0.1.
        sharpness: of "soft-labels", at least 0: the label of a leaf falls by exp(-sharpness) over
            the greatest distance in the tree; much of it is the cross-entropy. None takes 10.
        prior_strength: of "logit-adjusted", at least 0: exponent of the prior; 1 aims at the
            balanced error. None takes 1.

    Raises:
        StudyError: a choice or number is not one, or a setting has no effect with the others.

    Source:
        Bertinetto et al. (CVPR 2020), Making better mistakes; Chang et al. (CVPR 2021), Your
        "Flamingo" is My "Bird"; Menon et al. (ICLR 2021), Long-tail learning via logit adjustment.

    Example:
        >>> TreeObjective(loss="hxe", level_decay=0.5).level_decay
        0.5
        >>> TreeObjective(structure="ranks", loss="hxe")
        Traceback (most recent call last):
        fieldmark.core.errors.StudyError: The loss 'hxe' needs the structure 'leaves'; got the
        structure 'ranks'. Leave `loss` out, or write `structure: leaves`.
    """

    structure: TreeStructure = "leaves"
    loss: TreeLossKind = "cross-entropy"
    rank_weights: RankWeights | None = None
    level_decay: float | None = None
    sharpness: float | None = None
    prior_strength: float | None = None

    def __post_init__(self) -> None:
        if self.structure not in STRUCTURES:
            raise StudyError(unknown_choice("structure", str(self.structure), STRUCTURES))
        if self.loss not in LOSSES:
            raise StudyError(unknown_choice("loss", str(self.loss), LOSSES))
        if self.structure != "leaves" and self.loss != "cross-entropy":
            raise StudyError(
                f"The loss '{self.loss}' needs the structure 'leaves'; got the structure "
                f"'{self.structure}'. Leave `loss` out, or write `structure: leaves`."
            )
        for name, loss in _OWN_NUMBERS.items():
            _check_number(name, getattr(self, name), loss, self.loss)
        if self.rank_weights is not None:
            _check_rank_weights(self.rank_weights, self)

    @property
    def sums_over_ranks(self) -> bool:
        """Whether the loss is a sum over ranks that may count differently."""
        return self.structure in OWN_HEADS or self.loss == "ancestors"


def shares_of_ranks(weights: RankWeights | None, ranks: tuple[str, ...]) -> tuple[float, ...]:
    """Return how much each rank counts, summing to 1.

    Args:
        weights: a preset, weights by rank, or None for "equal".
        ranks: coarse to fine.

    Raises:
        StudyError: a rank has no weight, or a weight belongs to no rank.

    Example:
        >>> shares_of_ranks("leaf-heavy", ("genus", "species"))
        (0.3333333333333333, 0.6666666666666666)
        >>> shares_of_ranks({"genus": 0, "species": 2}, ("genus", "species"))
        (0.0, 1.0)
    """
    if weights is None or weights == "equal":
        given: list[float] = [1.0] * len(ranks)
    elif isinstance(weights, str):
        given = [2.0**place for place in range(len(ranks))]
    else:
        strange = sorted(set(weights) - set(ranks))
        if strange:
            raise StudyError(unknown_choice("rank in `rank_weights`", strange[0], ranks))
        missing = [rank for rank in ranks if rank not in weights]
        if missing:
            raise StudyError(
                f"Expected a weight for each rank in `rank_weights`; {first_few(missing)} of "
                f"{len(ranks)} ranks has none. Write 0 for a rank that shall not count."
            )
        given = [float(weights[rank]) for rank in ranks]
    return tuple(weight / sum(given) for weight in given)


_OWN_NUMBERS: Final[Mapping[str, TreeLossKind]] = {
    "level_decay": "hxe",
    "sharpness": "soft-labels",
    "prior_strength": "logit-adjusted",
}


def _check_number(name: str, value: object, loss: str, chosen: str) -> None:
    if value is None:
        return
    if chosen != loss:
        raise StudyError(
            f"`{name}` has no effect with the loss '{chosen}'. Leave it out, or write "
            f"`loss: {loss}`."
        )
    if not _is_number(value):
        raise StudyError(f"`{name}` must be a finite number of at least 0; got {value!r}.")


def _check_rank_weights(weights: object, chosen: TreeObjective) -> None:
    if not chosen.sums_over_ranks:
        raise StudyError(
            f"`rank_weights` has no effect with the structure '{chosen.structure}' and the loss "
            f"'{chosen.loss}'. Leave it out, or write `structure: ranks` or `loss: ancestors`."
        )
    if isinstance(weights, str):
        if weights not in PRESETS:
            raise StudyError(unknown_choice("preset of `rank_weights`", weights, PRESETS))
        return
    values = list(weights.values()) if isinstance(weights, Mapping) else []
    if not values or not all(_is_number(value) for value in values) or sum(values) == 0:
        raise StudyError(
            "`rank_weights` must be 'equal', 'leaf-heavy', or a finite number of at least 0 for "
            f"each rank, one of them above 0; got {weights!r}."
        )


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator]
