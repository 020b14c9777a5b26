"""What the outputs of a hierarchical head say of nodes, leaves and ranks, in torch."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from fieldmark.heads.tree_layout import TreeLayout
from fieldmark.heads.tree_objective import OWN_HEADS, TreeStructure


class TreeReading(nn.Module):
    """What the outputs of a structure say of nodes, leaves and ranks.

    Attributes:
        structure: of the outputs.
        sizes: how many nodes each rank has.
        width: how many outputs an image has.

    Example:
        >>> layout = TreeLayout(("genus", "species"), np.array([[0, 0], [0, 1], [1, 2]]))
        >>> reading = TreeReading("siblings", layout)
        >>> reading.leaf_logits(torch.zeros(1, 5)).exp()
        tensor([[0.2500, 0.2500, 0.5000]])
    """

    paths: torch.Tensor
    families: torch.Tensor

    def __init__(self, structure: TreeStructure, layout: TreeLayout) -> None:
        super().__init__()
        self.structure: TreeStructure = structure
        self.sizes = layout.sizes
        self.width = layout.n_leaves if structure == "leaves" else layout.n_nodes
        families = np.unique(layout.parents, return_inverse=True)[1]
        self.register_buffer("paths", torch.tensor(layout.paths), persistent=False)
        self.register_buffer("families", torch.tensor(families), persistent=False)
        for rank in range(1, len(self.sizes)):
            above = torch.empty(self.sizes[rank], dtype=torch.int64)
            above[self.paths[:, rank]] = self.paths[:, rank - 1]
            self.register_buffer(f"above_{rank}", above, persistent=False)

    def log_terms(self, outputs: torch.Tensor) -> list[torch.Tensor]:
        """Return what the outputs say of each node, for each rank a float tensor (n, nodes).

        The logarithm of the node's probability ("leaves": the sum over the leaves below; "ranks"
        and "fine-to-coarse": in the softmax of its rank), or of its probability among the children
        of its parent ("siblings").
        """
        if self.structure == "leaves":
            return self._summed_up(functional.log_softmax(outputs.float(), dim=1))
        if self.structure == "siblings":
            whole = outputs.float()
            sums = _log_sums(whole, self.families, int(self.families.max()) + 1)
            return list((whole - sums[:, self.families]).split(self.sizes, dim=1))
        return [functional.log_softmax(part.float(), dim=1) for part in self._by_rank(outputs)]

    def leaf_logits(self, outputs: torch.Tensor) -> torch.Tensor:
        """Return logits of the leaves: float tensor (n, n_leaves).

        For "ranks" and "fine-to-coarse" the product of the heads along each path, so that the best
        leaf ends the best path of all heads together.
        """
        if self.structure == "leaves":
            return outputs
        terms = self.log_terms(outputs)
        along = terms[0]
        for rank in range(1, len(terms)):
            along = terms[rank] + along[:, self._above(rank)]
        return along

    def rank_logits(self, outputs: torch.Tensor) -> tuple[torch.Tensor, ...] | None:
        """Return the raw logits of each rank's own head; None where ranks have none."""
        return self._by_rank(outputs) if self.structure in OWN_HEADS else None

    def _by_rank(self, outputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(outputs.split(self.sizes, dim=1))

    def _summed_up(self, leaves: torch.Tensor) -> list[torch.Tensor]:
        terms = [leaves]
        for rank in range(len(self.sizes) - 1, 0, -1):
            terms.insert(0, _log_sums(terms[0], self._above(rank), self.sizes[rank - 1]))
        return terms

    def _above(self, rank: int) -> torch.Tensor:
        """Return the parent of each node of a rank, counted within the rank above."""
        return self.get_buffer(f"above_{rank}")


def _log_sums(values: torch.Tensor, groups: torch.Tensor, n_groups: int) -> torch.Tensor:
    """Return the log-sum-exp of the columns (n, k) of each group: (n, n_groups)."""
    where = groups.expand(len(values), -1)
    lowest = values.new_full((len(values), n_groups), -torch.inf)
    top = lowest.scatter_reduce(1, where, values.detach(), "amax")
    powers = (values - top[:, groups]).exp()
    return top + torch.zeros_like(top).index_add(1, groups, powers).log()
