"""Batch norms whose statistics were folded into other weights, given statistics again."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import torch

from fieldmark.images.dataset import read_batches
from fieldmark.images.regions import Region
from fieldmark.training.networks import OpenNetwork, batch_norms
from fieldmark.training.prediction import forward

MOST_PICTURES: Final = 256
_Kind = TypeVar("_Kind", Path, Region)


@dataclasses.dataclass(slots=True)
class _Moments:
    count: int = 0
    total: torch.Tensor | float = 0.0
    squares: torch.Tensor | float = 0.0

    def see(self, given: torch.Tensor) -> None:
        """Add what a norm is given, (n, channels, ...), summed in float64."""
        flat = given.detach().double().transpose(0, 1).flatten(1)
        self.count += flat.shape[1]
        self.total = self.total + flat.sum(1)
        self.squares = self.squares + flat.square().sum(1)


def unfold_norms(
    opened: OpenNetwork, images: Sequence[Path], *, regions: Sequence[Region] | None = None
) -> OpenNetwork:
    """Return the network with norms that hold the statistics of images, and the same outputs.

    Weights and biases of the norms make up for the new statistics, so that in evaluation mode every
    output stays what it was, up to rounding; with batches that resemble the images, counting then
    starts where the weights are, and does not destroy them. Norms without a weight of their own
    stay as they are.

    Args:
        opened: changed in place; what it holds of the time before training follows.
        images: readable files, at least one; at most 256 of them, evenly spread, are looked at.
        regions: mask and box of each, where the contract asks for them; None for whole images.

    Raises:
        ImageError: an image cannot be read.
    """
    norms = [norm for norm in batch_norms(opened.module) if norm.affine]
    with torch.no_grad():
        for norm, seen in zip(norms, _seen(opened, norms, images, regions), strict=True):
            mean = seen.total / seen.count
            variance = (seen.squares / seen.count - mean.square()).clamp(min=0)
            _restate(norm, mean, variance)
    state = opened.module.state_dict()
    before = {name: state.get(name, value).clone() for name, value in opened.before.items()}
    return dataclasses.replace(opened, before=before)


def _restate(norm: Any, mean: torch.Tensor, variance: torch.Tensor) -> None:
    """Give a norm other statistics, and the weight and bias that keep its output."""
    slope = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    norm.bias += (slope * (mean - norm.running_mean.double())).to(norm.bias.dtype)
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)


def _seen(
    opened: OpenNetwork,
    norms: Sequence[Any],
    images: Sequence[Path],
    regions: Sequence[Region] | None,
) -> Iterator[Any]:
    """Return what each norm is given, over all images."""
    moments = [_Moments() for _ in norms]
    hooks = [
        norm.register_forward_pre_hook(lambda _, given, seen=seen: seen.see(given[0]))
        for norm, seen in zip(norms, moments, strict=True)
    ]
    opened.module.eval()
    try:
        own = None if regions is None else _spread(regions)
        for batch in read_batches(_spread(images), opened.contract, regions=own):
            forward(opened.module, batch.pixels)
    finally:
        for hook in hooks:
            hook.remove()
    return iter(moments)


def _spread(of_images: Sequence[_Kind]) -> list[_Kind]:
    step = -(-len(of_images) // MOST_PICTURES)
    return list(of_images[:: max(1, step)])
