"""What is minimised: a loss over the classes, or over the tree above them."""

import torch

from fieldmark.heads.tree_losses import TreeLoss, tree_loss_of
from fieldmark.training.data import TrainingImages
from fieldmark.training.losses import loss_of, smoothed_shares, weights_of
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.tree_outputs import outputs_of


class SmoothedTreeLoss(torch.nn.Module):
    """A loss over a tree whose labels are smoothed over the leaves first."""

    def __init__(self, loss: TreeLoss, *, leaves: int, smoothing: float) -> None:
        super().__init__()
        self.loss = loss
        self._leaves, self._smoothing = leaves, smoothing

    def forward(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss, a scalar.

        Args:
            outputs: float tensor (n, width of the structure).
            target: int64 (n,) positions of leaves, or float (n, leaves) shares that sum to 1.
        """
        shares = smoothed_shares(target, classes=self._leaves, smoothing=self._smoothing)
        found: torch.Tensor = self.loss(outputs, shares)
        return found


def objective_of(settings: TrainingSettings, images: TrainingImages) -> torch.nn.Module:
    """Return the loss of a training: outputs of the network and targets in, a scalar out.

    Args:
        settings: loss and hierarchy.
        images: what is learnt from, with its taxonomy where there is a hierarchy.

    Raises:
        StudyError: a class without training images is weighted, or a hierarchy does not fit.
        TaxonomyError: the classes are not the leaves of the taxonomy.
    """
    outputs, loss = outputs_of(settings, images), settings.loss
    if outputs is None or settings.hierarchy is None:
        return loss_of(loss, images.class_counts)
    weights = None
    if loss.class_weights != "none":
        weights = weights_of(loss.class_weights, images.class_counts).tolist()
    found = tree_loss_of(
        settings.hierarchy, outputs.layout, images.class_counts, leaf_weights=weights
    )
    if loss.label_smoothing == 0:
        return found
    leaves = len(images.label_space)
    return SmoothedTreeLoss(found, leaves=leaves, smoothing=loss.label_smoothing)


def guessing_loss(settings: TrainingSettings, images: TrainingImages) -> float | None:
    """Return the loss over a tree of outputs that are all 0, where every leaf is as frequent.

    None where that is the logarithm of the number of classes: without a hierarchy, and with
    adjusted logits, which answers that are equal for all classes leave behind.
    """
    outputs = outputs_of(settings, images)
    if outputs is None or settings.hierarchy is None or settings.hierarchy.loss == "logit-adjusted":
        return None
    leaves = len(images.label_space)
    unweighted = tree_loss_of(settings.hierarchy, outputs.layout, [1] * leaves)
    target = torch.full((1, leaves), 1 / leaves)
    return float(unweighted(torch.zeros((1, outputs.width)), target))
