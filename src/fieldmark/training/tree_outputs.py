"""What the outputs of a network stand for where its classes are the leaves of a tree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError
from fieldmark.heads.tree_layout import TreeLayout, layout_from_dict, layout_of
from fieldmark.heads.tree_objective import OWN_HEADS, TreeStructure
from fieldmark.heads.tree_scores import leaf_scores, split_by_rank
from fieldmark.training.data import FloatArray, TrainingImages
from fieldmark.training.settings import TrainingSettings

_ROWS: Final = 4096


@dataclass(frozen=True, eq=False, slots=True)
class TreeOutputs:
    """The structure of a network's outputs, and the tree that they lie on.

    Attributes:
        structure: "leaves", "ranks", "siblings" or "fine-to-coarse".
        layout: where the nodes stand.
        hidden: width of the block of each rank, where the structure has blocks.

    Example:
        >>> layout = TreeLayout(("genus", "species"), np.array([[0, 0], [0, 1], [1, 2]]))
        >>> outputs = TreeOutputs("ranks", layout)
        >>> raw = np.array([[0, 1, 0, 0, 0]], dtype=np.float32)
        >>> outputs.width, outputs.leaf_scores(raw).argmax()
        (5, np.int64(2))
        >>> {rank: scores.tolist() for rank, scores in outputs.rank_scores(raw).items()}
        {'genus': [[0.0, 1.0]], 'species': [[0.0, 0.0, 0.0]]}
    """

    structure: TreeStructure
    layout: TreeLayout
    hidden: int | None = None

    @property
    def width(self) -> int:
        """How many outputs there are."""
        return self.layout.n_leaves if self.structure == "leaves" else self.layout.n_nodes

    def leaf_scores(self, outputs: FloatArray) -> FloatArray:
        """Return logits over the leaves.

        Where every rank has a head of its own, the logit of a leaf is the sum of the
        log-probabilities along its path, so that the best leaf ends the best path of all heads.

        Args:
            outputs: float32 array (n, width); n may be 0.

        Returns:
            float32 array (n, n_leaves).
        """
        if self.structure == "leaves":
            return outputs
        found = np.empty((len(outputs), self.layout.n_leaves), dtype=np.float32)
        for start in range(0, len(outputs), _ROWS):
            rows = slice(start, start + _ROWS)
            found[rows] = leaf_scores(self.structure, self.layout, outputs[rows])
        return found

    def rank_scores(self, outputs: FloatArray) -> dict[str, FloatArray] | None:
        """Return the raw logits of each rank's own head; None where ranks have none.

        Args:
            outputs: float32 array (n, width).

        Returns:
            rank -> float32 array (n, nodes of the rank), coarse to fine.
        """
        if self.structure not in OWN_HEADS:
            return None
        parts = split_by_rank(self.layout, outputs)
        return dict(zip(self.layout.ranks, map(np.ascontiguousarray, parts), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return the structure as content that JSON can hold."""
        return {
            "structure": self.structure,
            "layout": self.layout.to_dict(),
            "hidden": self.hidden,
        }


def tree_outputs_from_dict(content: Mapping[str, Any]) -> TreeOutputs:
    """Return what ``TreeOutputs.to_dict`` wrote."""
    layout = layout_from_dict(content["layout"])
    return TreeOutputs(content["structure"], layout, content["hidden"])


def outputs_of(settings: TrainingSettings, images: TrainingImages) -> TreeOutputs | None:
    """Return what a network in training has to give; None for one logit a class without a tree.

    Raises:
        StudyError: a hierarchy is asked for, and the images have no taxonomy.
        TaxonomyError: the classes are not the leaves of the taxonomy, in their order.
    """
    objective = settings.hierarchy
    if objective is None:
        return None
    if images.taxonomy is None:
        raise StudyError(
            "A hierarchy needs the ranks above the classes; the"
            f" {count_of(len(images.label_space), 'class', 'classes')} of the training images have"
            " none. Name the columns of the ranks, coarse to fine, in `data.ranks`, or leave"
            " `hierarchy` out."
        )
    layout = layout_of(images.taxonomy, images.label_space)
    return TreeOutputs(objective.structure, layout, objective.blocks)
