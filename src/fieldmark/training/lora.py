"""Low-rank adapters beside the weights of a frozen network, and their merging into it."""

from dataclasses import dataclass

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer

from fieldmark.core.checks import first_few
from fieldmark.core.errors import StudyError

_ADAPTER = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraSettings:
    """How large the adapters are.

    Attributes:
        rank: number of directions of each adapter, at least 1.
        scale: the adapter's product is multiplied by scale / rank.
        dropout: share of its input that is dropped while training, in [0, 1).

    Raises:
        StudyError: a number is out of range.
    """

    rank: int = 8
    scale: int = 16
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.rank < 1 or not self.scale >= 1 or not 0 <= self.dropout < 1:
            raise StudyError(
                "Expected a rank from 1, a scale from 1 and dropout in [0, 1) for LoRA; got"
                f" {self.rank}, {self.scale} and {self.dropout}."
            )


def add_adapters(
    network: torch.nn.Module, settings: LoraSettings, *, classifier: str
) -> tuple[str, ...]:
    """Put an adapter beside every linear layer but the classifier's, and hold all else still.

    Only the adapters and the classifier move. The network gives the same answers as before, since
    adapters start at zero.

    Args:
        network: changed in place.
        settings: how large the adapters are.
        classifier: name of the classifier's module, which is trained as it is.

    Returns:
        Names of the layers that got an adapter.

    Raises:
        StudyError: the network has no linear layer besides its classifier.

    Source:
        Hu et al. (2022), LoRA: low-rank adaptation of large language models; peft implements it.
    """
    targets = [
        name
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Linear)
        and name != classifier
        and not name.startswith(f"{classifier}.")
    ]
    if not targets:
        raise StudyError(
            f"{type(network).__name__} has no linear layer besides its classifier to adapt. Take a"
            " transformer, or train its last stages."
        )
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.scale,
        lora_dropout=settings.dropout,
        target_modules=targets,
    )
    inject_adapter_in_model(config, network, adapter_name=_ADAPTER)
    for name, parameter in network.named_parameters():
        is_classifier = name == classifier or name.startswith(f"{classifier}.")
        parameter.requires_grad_(requires_grad=is_classifier or "lora_" in name)
    return tuple(targets)


def merge_adapters(network: torch.nn.Module) -> None:
    """Add every adapter to the weights beside it and take it away, changed in place.

    Afterwards the network has the layers that it had at first.

    Raises:
        StudyError: there is no adapter.
    """
    adapted = [
        (name, module) for name, module in network.named_modules() if isinstance(module, LoraLayer)
    ]
    if not adapted:
        known = first_few([name for name, _ in network.named_children()])
        raise StudyError(f"Expected a network with adapters to merge; found none in {known}.")
    for name, module in adapted:
        module.merge()
        parent = network.get_submodule(name.rpartition(".")[0])
        setattr(parent, name.rpartition(".")[2], module.get_base_layer())
