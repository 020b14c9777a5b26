"""The layers of a network from input to output, and a step size and decay for each."""

from typing import Any

import torch
from timm.models import group_parameters
from timm.optim import param_groups_layer_decay

from fieldmark.core.errors import StudyError

ParameterGroups = list[dict[str, Any]]


def layers_of(network: torch.nn.Module) -> tuple[tuple[str, ...], ...]:
    """Return the names of the parameters of each stage, from the input to the classifier.

    Stages are those that timm states for the network: a few coarse blocks, the stem first and the
    head last.

    Raises:
        StudyError: the network does not state its stages.

    Example:
        >>> import timm
        >>> stages = layers_of(timm.create_model("resnet18", num_classes=3))
        >>> len(stages), stages[-1]
        (6, ('fc.weight', 'fc.bias'))
    """
    matcher = getattr(network, "group_matcher", None)
    if matcher is None:
        raise StudyError(
            f"{type(network).__name__} does not state its stages, so that some of them cannot be"
            " frozen. Train it in full, or take a network of timm."
        )
    groups = group_parameters(network, matcher(coarse=True))
    return tuple(tuple(groups[key]) for key in sorted(groups))


def optimiser_groups(
    network: torch.nn.Module,
    *,
    learning_rate: float,
    weight_decay: float,
    layer_decay: float = 1.0,
) -> ParameterGroups:
    """Return the groups of parameters for an optimiser, with the step size of each.

    Biases and norms do not decay. All parameters are there, frozen ones too, so that unfreezing
    them later leaves the optimiser's state as it is.

    Args:
        network: the whole network with its classifier.
        learning_rate: step size of the last layers, above 0.
        weight_decay: of everything but biases and norms, at least 0.
        layer_decay: factor of the step size from each layer to the one before it, in (0, 1].

    Raises:
        StudyError: a number is out of range.

    Source:
        Clark et al. (2020), ELECTRA, and Bao et al. (2022), BEiT, for layer-wise decay.
    """
    if not learning_rate > 0 or weight_decay < 0 or not 0 < layer_decay <= 1:
        raise StudyError(
            "Expected a learning rate above 0, a weight decay of at least 0 and a layer decay in"
            f" (0, 1]; got {learning_rate}, {weight_decay} and {layer_decay}."
        )
    frozen = [parameter for parameter in network.parameters() if not parameter.requires_grad]
    for parameter in frozen:
        parameter.requires_grad_(requires_grad=True)
    try:
        groups = param_groups_layer_decay(
            network, weight_decay=weight_decay, layer_decay=layer_decay
        )
    finally:
        for parameter in frozen:
            parameter.requires_grad_(requires_grad=False)
    return [
        {
            "params": group["params"],
            "lr": learning_rate * group["lr_scale"],
            "weight_decay": group["weight_decay"],
        }
        for group in groups
    ]
