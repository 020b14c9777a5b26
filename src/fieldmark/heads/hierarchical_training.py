"""How a hierarchical head is trained: one pass after another, by AdamW."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from fieldmark.core.randomness import seed_for
from fieldmark.embeddings.table import FloatArray
from fieldmark.heads.class_weights import weights_of_classes
from fieldmark.heads.hierarchical_settings import HIDDEN, HierarchicalSettings
from fieldmark.heads.minibatches import Network, train_passes
from fieldmark.heads.origin import PositionArray
from fieldmark.heads.trained_pass import TrainedPass
from fieldmark.heads.tree_layout import TreeLayout

_INITIAL_SPREAD: Final = 1e-3


def train_tree(
    inputs: FloatArray,
    targets: PositionArray,
    *,
    layout: TreeLayout,
    seed: int,
    settings: HierarchicalSettings,
) -> Iterator[TrainedPass]:
    """Yield the state after every epoch; who asks for no more ends the training.

    Args:
        inputs: float32 array (n_images, width), standardised; at least one row.
        targets: int64 array (n_images,), positions of leaves.
        layout: the tree.
        seed: of the weights and the order of the images; 0 or more.
        settings: structure, loss, and how to train.

    Returns:
        weights and bias, and those of the hidden blocks where there are some.

    Raises:
        StudyError: the rank weights do not fit the ranks, or the loss is no longer finite.
    """
    import torch

    generator = torch.Generator().manual_seed(seed_for("hierarchical head", seed))
    parameters, outputs = _network(inputs.shape[1], layout, settings, generator)
    network = Network(
        what="hierarchical head",
        parameters=list(parameters.values()),
        logits=outputs,
        n_classes=layout.n_leaves,
        generator=generator,
        loss=_loss(targets, layout, settings),
    )
    for done in train_passes(network, inputs, targets, settings=settings):
        arrays = {name: value.detach().numpy().copy() for name, value in parameters.items()}
        yield TrainedPass(done, arrays)


def _network(
    width: int, layout: TreeLayout, settings: HierarchicalSettings, generator: Any
) -> tuple[dict[str, Any], Any]:
    """Return the parameters by name, and what makes outputs of inputs."""
    import torch
    from torch.nn import functional

    from fieldmark.heads.fine_to_coarse import FineToCoarse

    if settings.structure == "fine-to-coarse":
        hidden = settings.hidden or HIDDEN
        blocks = FineToCoarse(layout, width=width, hidden=hidden, generator=generator)
        return dict(blocks.named_parameters()), blocks
    rows = layout.n_leaves if settings.structure == "leaves" else layout.n_nodes
    drawn = torch.randn((rows, width), generator=generator) * _INITIAL_SPREAD
    weights, bias = drawn.requires_grad_(), torch.zeros(rows).requires_grad_()
    parameters = {"weights": weights, "bias": bias}
    return parameters, lambda batch: functional.linear(batch, weights, bias)


def _loss(targets: PositionArray, layout: TreeLayout, settings: HierarchicalSettings) -> Any:
    from fieldmark.heads.tree_losses import tree_loss_of

    weights = None
    if settings.class_weights != "none":
        found = weights_of_classes(settings.class_weights, targets, layout.n_leaves)
        weights = found.tolist()
    counts = np.bincount(targets, minlength=layout.n_leaves)
    return tree_loss_of(settings.objective, layout, counts.tolist(), leaf_weights=weights)
