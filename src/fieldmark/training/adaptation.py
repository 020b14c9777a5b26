"""What of a network may move: nothing but the classifier, its last stages, or all of it."""

from collections.abc import Mapping

import torch

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.training.parameter_groups import layers_of

SCOPES = ("frozen", "last-stages:K", "full")
_LAST = "last-stages:"


def set_trainable(network: torch.nn.Module, scope: str) -> tuple[str, ...]:
    """Let the parameters of a scope move and hold the others; return the names of those that move.

    Norms of held stages keep their statistics: call `hold_statistics` after every ``train()``.

    Args:
        network: the whole network with its classifier; changed in place.
        scope: "frozen" lets the classifier move, "last-stages:2" also the two stages before it,
            "full" everything.

    Raises:
        StudyError: the scope is none, or there are not that many stages.

    Example:
        >>> import timm
        >>> set_trainable(timm.create_model("resnet18", num_classes=3), "frozen")
        ('fc.weight', 'fc.bias')
    """
    moving = set(_names(network, scope))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(requires_grad=name in moving)
    return tuple(name for name, _ in network.named_parameters() if name in moving)


def hold_statistics(network: torch.nn.Module) -> None:
    """Put modules whose own parameters are all held into evaluation mode, changed in place.

    Otherwise a frozen batch norm would go on counting, and the network that is judged would not be
    the one that was frozen.
    """
    for module in network.modules():
        own = list(module.parameters(recurse=False))
        if own and not any(parameter.requires_grad for parameter in own):
            module.eval()


def scope_at(plan: Mapping[int, str], epoch: int) -> str:
    """Return the scope of an epoch in a plan of staged unfreezing.

    Args:
        plan: first epoch -> scope; epoch 0 must be there.
        epoch: from 0.

    Raises:
        StudyError: the plan does not say how it begins.

    Example:
        >>> scope_at({0: "frozen", 3: "last-stages:1", 6: "full"}, 4)
        'last-stages:1'
    """
    if 0 not in plan:
        raise StudyError(
            f"Expected a plan of unfreezing that begins at epoch 0; it begins at"
            f" {min(plan, default='nothing')}. Say what moves from the start."
        )
    return plan[max(first for first in plan if first <= epoch)]


def _names(network: torch.nn.Module, scope: str) -> list[str]:
    if scope == "full":
        return [name for name, _ in network.named_parameters()]
    stages = layers_of(network)
    count = 1
    if scope.startswith(_LAST) and scope.removeprefix(_LAST).isdigit():
        count += int(scope.removeprefix(_LAST))
    elif scope != "frozen":
        raise StudyError(unknown_choice("scope of training", scope, SCOPES))
    if count > len(stages):
        raise StudyError(
            f"Expected at most {len(stages) - 1} stages before the classifier; got '{scope}'."
            " Take 'full'."
        )
    return [name for stage in stages[-count:] for name in stage]
