"""How a hierarchical head is built and trained."""

from dataclasses import dataclass
from typing import Final

from fieldmark.core.errors import StudyError
from fieldmark.heads.class_weights import ClassWeights, check_class_weights
from fieldmark.heads.settings import check_number, check_whole
from fieldmark.heads.tree_objective import (
    RankWeights,
    TreeLossKind,
    TreeObjective,
    TreeStructure,
)

HIDDEN: Final = 128


@dataclass(frozen=True, slots=True)
class HierarchicalSettings:
    """How a hierarchical head is built and trained.

    Attributes:
        structure: as `TreeObjective` has it.
        loss: as `TreeObjective` has it.
        rank_weights: as `TreeObjective` has it.
        level_decay: as `TreeObjective` has it.
        sharpness: as `TreeObjective` has it.
        prior_strength: as `TreeObjective` has it.
        hidden: width of each block of the structure "fine-to-coarse", at least 1; None takes 128.
        epochs: passes over the training images, at least 1.
        learning_rate: of the first step; falls to 0 along a half cosine. Above 0.
        weight_decay: decoupled, relative to the learning rate. At least 0.
        batch_size: images in one step, at least 1.
        patience: epochs without a better monitor after which training stops; None goes on.
        class_weights: "none", or "balanced": each leaf counts the same.

    Raises:
        StudyError: a value is not one, is out of range, or has no effect with the others.

    Example:
        >>> HierarchicalSettings(structure="ranks", rank_weights="leaf-heavy").objective.structure
        'ranks'
    """

    structure: TreeStructure = "leaves"
    loss: TreeLossKind = "cross-entropy"
    rank_weights: RankWeights | None = None
    level_decay: float | None = None
    sharpness: float | None = None
    prior_strength: float | None = None
    hidden: int | None = None
    epochs: int = 100
    learning_rate: float = 1e-3
    weight_decay: float = 1.0
    batch_size: int = 32
    patience: int | None = None
    class_weights: ClassWeights = "none"

    def __post_init__(self) -> None:
        check_class_weights(self.class_weights)
        check_together(self.objective, hidden=self.hidden, class_weights=self.class_weights)
        check_whole("epochs", self.epochs)
        check_number("learning_rate", self.learning_rate)
        check_number("weight_decay", self.weight_decay, zero_allowed=True)
        check_whole("batch_size", self.batch_size)
        for name, value in (("patience", self.patience), ("hidden", self.hidden)):
            if value is not None:
                check_whole(name, value)

    @property
    def objective(self) -> TreeObjective:
        """Structure and loss."""
        return TreeObjective(
            structure=self.structure,
            loss=self.loss,
            rank_weights=self.rank_weights,
            level_decay=self.level_decay,
            sharpness=self.sharpness,
            prior_strength=self.prior_strength,
        )


def check_together(
    objective: TreeObjective, *, hidden: int | None, class_weights: ClassWeights
) -> None:
    """Refuse settings beside an objective that have no effect with it, or correct twice.

    Args:
        objective: structure and loss.
        hidden: width of the blocks; None where it is not given.
        class_weights: how classes are weighted beside it.

    Raises:
        StudyError: a width is given to a structure without hidden blocks, or rare classes are
            corrected by their prior and by weights.

    Example:
        >>> check_together(TreeObjective(), hidden=None, class_weights="balanced")
    """
    if hidden is not None and objective.structure != "fine-to-coarse":
        raise StudyError(
            f"`hidden` has no effect with the structure '{objective.structure}'. Leave it out, or "
            "write `structure: fine-to-coarse`."
        )
    if objective.loss == "logit-adjusted" and class_weights != "none":
        raise StudyError(
            "The loss 'logit-adjusted' corrects for rare classes already; class weights would "
            "correct twice. Take one of the two."
        )
