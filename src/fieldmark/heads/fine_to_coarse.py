"""Heads of all ranks on shared inputs, where coarse ones read finer blocks but leave them alone."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from fieldmark.heads.tree_layout import TreeLayout


class FineToCoarse(nn.Module):
    """One hidden block for each rank; the head of a rank reads its own and all finer blocks.

    Gradients of a coarse head stop before the finer blocks, so that what tells the leaves apart is
    learnt from the leaves alone. ``weights`` holds the heads of all ranks below each other, over
    the blocks side by side; what a head does not read is 0 and stays so.

    Attributes:
        hidden_weights: float32 (n_ranks * hidden, width).
        hidden_bias: float32 (n_ranks * hidden,).
        weights: float32 (n_nodes, n_ranks * hidden).
        bias: float32 (n_nodes,).

    Source:
        Chang et al. (CVPR 2021), Your "Flamingo" is My "Bird": Fine-Grained, or Not.

    Example:
        >>> import numpy as np
        >>> layout = TreeLayout(("genus", "species"), np.array([[0, 0], [0, 1], [1, 2]]))
        >>> FineToCoarse(layout, width=4, hidden=8)(torch.zeros(7, 4)).shape
        torch.Size([7, 5])
    """

    def __init__(
        self,
        layout: TreeLayout,
        *,
        width: int,
        hidden: int,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.offsets = layout.offsets
        blocks = len(layout.ranks) * hidden
        first = torch.randn((blocks, width), generator=generator) * (2 / width) ** 0.5
        heads = torch.zeros((layout.n_nodes, blocks))
        for rank, rows in enumerate(self._rows()):
            shape = heads[rows, rank * hidden :].shape
            drawn = torch.randn(shape, generator=generator) * 0.1 * (2 / shape[1]) ** 0.5
            heads[rows, rank * hidden :] = drawn
        self.hidden_weights = nn.Parameter(first)
        self.hidden_bias = nn.Parameter(torch.zeros(blocks))
        self.weights = nn.Parameter(heads)
        self.bias = nn.Parameter(torch.zeros(layout.n_nodes))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return logits (n, n_nodes) of all ranks side by side, of inputs (n, width)."""
        blocks = functional.linear(inputs, self.hidden_weights, self.hidden_bias).relu()
        stopped = blocks.detach()
        logits = []
        for rank, rows in enumerate(self._rows()):
            own, finer = rank * self.hidden, (rank + 1) * self.hidden
            read = torch.cat([blocks[:, own:finer], stopped[:, finer:]], dim=1)
            logits.append(functional.linear(read, self.weights[rows, own:], self.bias[rows]))
        return torch.cat(logits, dim=1)

    def _rows(self) -> list[slice]:
        """Return where the nodes of each rank stand."""
        return [slice(*ends) for ends in pairwise(self.offsets)]
