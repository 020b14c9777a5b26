"""Values of an earlier training taken over, by prefix, with a report of what fitted."""

from collections.abc import Mapping

import torch

from fieldmark.backbones.loading import LoadReport, load_into


def load_by_prefix(
    network: torch.nn.Module,
    state: Mapping[str, torch.Tensor],
    *,
    prefix: str = "",
    minimum_coverage: float = 1.0,
) -> LoadReport:
    """Load the tensors whose names begin with a prefix, without it, and report what fitted.

    Tensors under other prefixes are left alone; what is left of the prefix must fit.

    Args:
        network: its values are replaced.
        state: tensors by name, as `fieldmark.backbones.weights.load_state` gives them.
        prefix: such as "backbone."; empty for all tensors.
        minimum_coverage: least share of the network's values that must be loaded, 0 to 1.

    Raises:
        WeightsError: nothing has the prefix, a shape differs, a tensor is unknown, or too little
            is covered; nothing is changed then.
    """
    chosen = {
        name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)
    }
    return load_into(network, chosen, minimum_coverage=minimum_coverage)
