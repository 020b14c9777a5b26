"""What a classifier offers at each rank, and what of a loss goes together with it."""

import dataclasses

from fieldmark.core.errors import StudyError
from fieldmark.heads.hierarchical_settings import HIDDEN, check_together
from fieldmark.heads.tree_objective import TreeObjective
from fieldmark.training.losses import LossSettings
from fieldmark.training.setting_checks import check_count


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HierarchySettings(TreeObjective):
    """Structure and loss of a classifier over a tree of classes, as heads have them.

    Attributes:
        hidden: width of the block of each rank of the structure "fine-to-coarse", at least 1; None
            takes 128.

    Raises:
        StudyError: as `TreeObjective`, or the width is none, or has no effect.

    Example:
        >>> HierarchySettings(structure="fine-to-coarse").blocks
        128
        >>> HierarchySettings(structure="ranks", rank_weights="leaf-heavy").blocks is None
        True
    """

    hidden: int | None = None

    def __post_init__(self) -> None:
        TreeObjective.__post_init__(self)
        check_together(self, hidden=self.hidden, class_weights="none")
        if self.hidden is not None:
            check_count("hierarchy.hidden", self.hidden, least=1)

    @property
    def blocks(self) -> int | None:
        """Width of the block of each rank; None where the structure has none."""
        if self.structure != "fine-to-coarse":
            return None
        return HIDDEN if self.hidden is None else self.hidden


def check_loss_beside(objective: TreeObjective, loss: LossSettings) -> None:
    """Refuse what of a loss cannot go together with a hierarchy.

    Raises:
        StudyError: the loss is another one, or labels or rare classes would be treated twice.
    """
    plain = LossSettings()
    for name in ("kind", "focus", "prior_strength"):
        if getattr(loss, name) != getattr(plain, name):
            raise StudyError(
                f"`loss.{name}` ({getattr(loss, name)}) has no place beside a hierarchy, which"
                f" states its own loss ('{objective.loss}'). Of `loss`, label_smoothing and"
                " class_weights alone go together with it."
            )
    is_weighted = loss.class_weights != "none"
    check_together(objective, hidden=None, class_weights="balanced" if is_weighted else "none")
    if objective.loss == "soft-labels" and loss.label_smoothing > 0:
        raise StudyError(
            "Soft labels spread each label over near leaves already; label smoothing would spread"
            " it twice. Take one of the two."
        )
