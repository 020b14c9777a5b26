"""The exponential moving average of a network's values, kept beside it while it trains."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from fieldmark.core.errors import StudyError


class MovingAverage:
    """An average of the values of a network, buffers included, that follows it step by step.

    Args:
        network: whose values are averaged; not changed.
        decay: share of the average that stays at each step, in (0, 1).

    Raises:
        StudyError: the decay is no share.

    Source:
        Polyak and Juditsky (1992); the exponential form of torch.optim.swa_utils.
    """

    def __init__(self, network: torch.nn.Module, *, decay: float) -> None:
        if not 0 < decay < 1:
            raise StudyError(f"Expected a decay of the average in (0, 1); got {decay}.")
        average = get_ema_multi_avg_fn(decay)
        self._averaged = AveragedModel(network, multi_avg_fn=average, use_buffers=True)

    def follow(self, network: torch.nn.Module) -> None:
        """Take in the values of the network after a step."""
        self._averaged.update_parameters(network)

    @contextlib.contextmanager
    def in_place_of(self, network: torch.nn.Module) -> Iterator[None]:
        """Lend the averaged values to the network, and give it back its own afterwards."""
        own = {name: value.detach().clone() for name, value in network.state_dict().items()}
        network.load_state_dict(self.values())
        try:
            yield
        finally:
            network.load_state_dict(own)

    def values(self) -> dict[str, torch.Tensor]:
        """Return the averaged values by the names of the network."""
        values: dict[str, torch.Tensor] = self._averaged.module.state_dict()
        return values

    def state_dict(self) -> dict[str, Any]:
        """Return what resuming needs."""
        state: dict[str, Any] = self._averaged.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what ``state_dict`` gave."""
        self._averaged.load_state_dict(state)
