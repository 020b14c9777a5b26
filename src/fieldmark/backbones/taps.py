"""Where vectors are taken from a network: any number of taps from one pass."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

_POWER: Final = 3.0
_LEAST: Final = 1e-6


class TappedNetwork(nn.Module):  # type: ignore[misc]
    """A network that gives its taps instead of its output; `tapped` makes one.

    Attributes:
        module: the network.
        taps: which taps ``forward`` gives, in that order.
    """

    def __init__(self, module: nn.Module, taps: Sequence[str], *, norm: nn.Module | None) -> None:
        super().__init__()
        self.module = module
        self.taps = tuple(taps)
        self._seen: tuple[Tensor, Tensor] | None = None
        self._hook = norm.register_forward_hook(self._see) if norm is not None else None

    def close(self) -> None:
        """Take the hook off the network."""
        if self._hook is not None:
            self._hook.remove()

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return one tensor (n, width) per tap.

        Args:
            pictures: float tensor (n, 3, side, side).
        """
        ways = self.ways(pictures)
        return tuple(ways[tap]() for tap in self.taps)

    def ways(self, pictures: Tensor) -> dict[str, Callable[[], Tensor]]:
        """Run the network once; return how each tap that it has is computed from that."""
        raise NotImplementedError

    def _see(self, _module: nn.Module, given: tuple[Tensor, ...], found: Tensor) -> None:
        self._seen = (given[0], found)


class TimmTaps(TappedNetwork):
    """The taps of a network of timm."""

    def __init__(self, module: nn.Module, taps: Sequence[str]) -> None:
        norm = dict(module.named_children()).get("norm")
        has_token = "cls_token" in dict(module.named_parameters(recurse=False))
        super().__init__(module, taps, norm=norm if has_token else None)
        self._has_token = has_token
        self._is_normed = norm is not None and not isinstance(norm, nn.Identity)
        # timm says these where they differ from the rule, and not at all elsewhere.
        self._prefix = int(getattr(module, "num_prefix_tokens", int(self._has_token)))
        self._is_last = getattr(module, "output_fmt", "NCHW") == "NHWC"

    def ways(self, pictures: Tensor) -> dict[str, Callable[[], Tensor]]:
        """Run the network once; return how each tap that it has is computed from that."""
        network: Any = self.module
        features = network.forward_features(pictures)
        ways: dict[str, Callable[[], Tensor]] = {
            "pooled": lambda: network.forward_head(features, pre_logits=True)
        }
        places = self._places(features)
        if places is not None:
            ways["patch-mean"] = lambda: places.mean(dim=1)
            ways["gem"] = lambda: generalised_mean(places)
        if self._has_token and features.ndim == 3:
            if self._is_normed:
                ways["class-token"] = lambda: features[:, 0]
            seen = self._seen
            if seen is not None and seen[0].ndim == 3:
                ways["class-token-before-norm"] = lambda: seen[0][:, 0]
        return ways

    def _places(self, features: Tensor) -> Tensor | None:
        """Return the features as (n, places, width); None when there are no places."""
        if not isinstance(features, Tensor) or features.ndim not in (3, 4):
            return None
        if features.ndim == 3:
            return features[:, self._prefix :]
        return features.flatten(1, 2) if self._is_last else features.flatten(2).transpose(1, 2)


class OpenClipTaps(TappedNetwork):
    """The taps of a tower of open_clip."""

    def __init__(self, module: nn.Module, taps: Sequence[str]) -> None:
        super().__init__(module, taps, norm=dict(module.named_children()).get("ln_post"))
        named = dict(module.named_parameters(recurse=False))
        self._projection = named.get("proj")
        self._parts = dict(module.named_children())

    def ways(self, pictures: Tensor) -> dict[str, Callable[[], Tensor]]:
        """Run the tower once; return how each tap that it has is computed from that."""
        if {"trunk", "head"} <= self._parts.keys():
            trunk = self._parts["trunk"](pictures)
            return {
                "before-projection": lambda: trunk,
                "projection": lambda: self._parts["head"](trunk),
            }
        if self._hook is None:
            whole = self.module(pictures)
            return {"projection": lambda: whole}
        pooled = self._unprojected(pictures)
        ways: dict[str, Callable[[], Tensor]] = {"before-projection": lambda: pooled}
        projection, seen = self._projection, self._seen
        if projection is not None:
            ways["projection"] = lambda: pooled @ projection
        if seen is not None and seen[1].ndim == 3 and "attn_pool" not in self._parts:
            before, after = seen
            ways["class-token"] = lambda: after[:, 0]
            ways["class-token-before-norm"] = lambda: before[:, 0]
            ways["patch-mean"] = lambda: after[:, 1:].mean(dim=1)
            ways["gem"] = lambda: generalised_mean(after[:, 1:])
        return ways

    def _unprojected(self, pictures: Tensor) -> Tensor:
        tower: Any = self.module
        tower.proj = None
        try:
            found = tower(pictures)
        finally:
            tower.proj = self._projection
        return found[0] if isinstance(found, tuple) else found


def tapped(family: str, module: nn.Module, taps: Sequence[str]) -> TappedNetwork:
    """Return a network that gives these taps; nothing is checked yet.

    Args:
        family: "timm" or "open_clip".
        module: the network, in evaluation mode; it is shared, and gets a hook.
        taps: names of `TAPS`.
    """
    return TimmTaps(module, taps) if family == "timm" else OpenClipTaps(module, taps)


def widths_of(family: str, module: nn.Module, side: int) -> dict[str, int]:
    """Return the taps that a network has, with the length of their vectors; runs one picture.

    Args:
        family: "timm" or "open_clip".
        module: the network, in evaluation mode.
        side: of the picture, in pixels.

    Raises:
        AssertionError, RuntimeError: the network takes no pictures of that size.
    """
    network = tapped(family, module, ())
    try:
        with torch.inference_mode():
            ways = network.ways(torch.zeros(1, 3, side, side))
            return {tap: int(way().shape[1]) for tap, way in ways.items()}
    finally:
        network.close()


def generalised_mean(places: Tensor) -> Tensor:
    """Return the mean of power 3 over the places; values below 1e-6 count as 1e-6.

    Args:
        places: float tensor (n, places, width).

    Returns:
        float tensor (n, width).

    Source:
        Radenovic, Tolias, Chum 2018, "Fine-tuning CNN image retrieval with no human annotation".

    Example:
        >>> round(generalised_mean(torch.tensor([[[1.0], [2.0]]])).item(), 4)
        1.651
    """
    return places.clamp(min=_LEAST).pow(_POWER).mean(dim=1).pow(1 / _POWER)
