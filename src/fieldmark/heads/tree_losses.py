"""Hierarchical losses, each the mean over the images of a batch.

Every loss here is linear in the label, as a sum over the ranks of its path or over the leaves near
it, so that it can be taken of shares of leaves as well, where images or labels are mixed.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from fieldmark.core.errors import StudyError
from fieldmark.heads.tree_layout import TreeLayout
from fieldmark.heads.tree_objective import (
    LEVEL_DECAY,
    PRIOR_STRENGTH,
    SHARPNESS,
    TreeObjective,
    shares_of_ranks,
)
from fieldmark.heads.tree_reading import TreeReading


class TreeLoss(nn.Module):
    """The mean loss of a batch. Make one with `tree_loss_of`."""

    log_prior: torch.Tensor
    leaf_weights: torch.Tensor
    soft_labels: torch.Tensor | None

    def __init__(
        self,
        objective: TreeObjective,
        layout: TreeLayout,
        *,
        log_prior: torch.Tensor,
        leaf_weights: torch.Tensor,
    ) -> None:
        super().__init__()
        self.objective = objective
        self.reading = TreeReading(objective.structure, layout)
        self.factors = _factors(objective, layout.ranks)
        soft = None
        if objective.loss == "soft-labels":
            given = objective.sharpness
            soft = _soft_labels(layout, SHARPNESS if given is None else given)
        self.register_buffer("log_prior", log_prior, persistent=False)
        self.register_buffer("leaf_weights", leaf_weights, persistent=False)
        self.register_buffer("soft_labels", soft, persistent=False)

    def forward(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss, a scalar.

        Args:
            outputs: float tensor (n, width of the structure).
            target: int64 (n,) positions of leaves, or float (n, n_leaves) shares that sum to 1.
        """
        if self.objective.loss == "logit-adjusted":
            given = self.objective.prior_strength
            outputs = outputs + (PRIOR_STRENGTH if given is None else given) * self.log_prior
        if target.ndim == 2:
            return self._of_shares(outputs, target.float() * self.leaf_weights)
        weights = self.leaf_weights[target]
        if self.soft_labels is not None:
            leaves = self.soft_labels[target] * functional.log_softmax(outputs.float(), dim=1)
            return -(weights * leaves.sum(dim=1)).sum() / weights.sum()
        path = self.reading.paths[target]
        found = [
            factor * terms.gather(1, path[:, rank : rank + 1])[:, 0]
            for rank, factor, terms in self._terms(outputs)
        ]
        return -(weights * torch.stack(found).sum(dim=0)).sum() / weights.sum()

    def _of_shares(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """Return the loss for weighted shares (n, n_leaves)."""
        if self.soft_labels is not None:
            log_probabilities = functional.log_softmax(outputs.float(), dim=1)
            return -(shares @ self.soft_labels * log_probabilities).sum() / shares.sum()
        total = outputs.new_zeros((), dtype=torch.float32)
        for rank, factor, terms in self._terms(outputs):
            of_nodes = torch.zeros_like(terms).index_add(1, self.reading.paths[:, rank], shares)
            total = total - factor * (of_nodes * terms).sum()
        return total / shares.sum()

    def _terms(self, outputs: torch.Tensor) -> list[tuple[int, float, torch.Tensor]]:
        """Return the ranks that count, their factor, and what the outputs say of their nodes."""
        last = len(self.factors) - 1
        if self.objective.structure == "leaves" and not any(self.factors[:-1]):
            return [(last, self.factors[-1], functional.log_softmax(outputs.float(), dim=1))]
        terms = zip(self.factors, self.reading.log_terms(outputs), strict=True)
        return [(rank, factor, term) for rank, (factor, term) in enumerate(terms) if factor]


def tree_loss_of(
    objective: TreeObjective,
    layout: TreeLayout,
    leaf_counts: Sequence[int],
    *,
    leaf_weights: Sequence[float] | None = None,
) -> TreeLoss:
    """Return the loss of an objective for leaves with these numbers of training images.

    Args:
        objective: structure and loss.
        layout: the tree.
        leaf_counts: number of training images of each leaf. For "logit-adjusted" a leaf without
            any counts as if it had one: a prior of zero would take it out of the softmax, and
            nothing would then keep its score down.
        leaf_weights: how much an image of each leaf counts; None lets each count the same.

    Raises:
        StudyError: the rank weights do not fit the ranks, or the prior is corrected twice.

    Example:
        >>> layout = TreeLayout(("genus", "species"), np.array([[0, 0], [0, 1], [1, 2]]))
        >>> loss = tree_loss_of(TreeObjective(structure="siblings"), layout, (4, 4, 4))
        >>> round(float(loss(torch.zeros(1, 5), torch.tensor([2]))), 4)
        0.6931
    """
    if objective.loss == "logit-adjusted" and leaf_weights is not None:
        raise StudyError(
            "The loss 'logit-adjusted' corrects for rare classes already; class weights would "
            "correct twice. Take one of the two."
        )
    counts = torch.tensor(list(leaf_counts), dtype=torch.float64).clamp(min=1)
    weights = [1.0] * layout.n_leaves if leaf_weights is None else list(leaf_weights)
    return TreeLoss(
        objective,
        layout,
        log_prior=torch.log(counts / counts.sum()).float(),
        leaf_weights=torch.tensor(weights, dtype=torch.float32),
    )


def _factors(objective: TreeObjective, ranks: tuple[str, ...]) -> tuple[float, ...]:
    """Return what each rank's term is multiplied by.

    The terms of "hxe" are differences between a node and its parent, so they fold into the nodes.
    """
    if objective.structure == "siblings":
        return (1.0,) * len(ranks)
    if objective.sums_over_ranks:
        return shares_of_ranks(objective.rank_weights, ranks)
    if objective.loss == "hxe":
        decay = LEVEL_DECAY if objective.level_decay is None else objective.level_decay
        falling = np.exp(-decay * np.arange(len(ranks)))
        edges = [*(falling / falling.sum()).tolist(), 0.0]
        return tuple(own - below for own, below in pairwise(edges))
    return (0.0,) * (len(ranks) - 1) + (1.0,)


def _soft_labels(layout: TreeLayout, sharpness: float) -> torch.Tensor:
    """Return the label of each leaf, spread over all: float32 (n_leaves, n_leaves)."""
    heights = np.zeros((layout.n_leaves, layout.n_leaves), dtype=np.int16)
    for column in layout.paths.T:
        heights += column[:, None] != column
    distances = torch.from_numpy(heights).float() / max(1, int(heights.max()))
    return torch.softmax(-sharpness * distances, dim=1)
