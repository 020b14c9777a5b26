"""Between the weights before and after fine-tuning."""

from collections.abc import Mapping

import torch

from fieldmark.core.checks import first_few
from fieldmark.core.errors import WeightsError


def interpolate(
    before: Mapping[str, torch.Tensor], after: Mapping[str, torch.Tensor], *, share: float
) -> dict[str, torch.Tensor]:
    """Return (1 - share) before + share after, value by value.

    Whole numbers, such as counters, are taken from ``after``.

    Args:
        before: tensors by name, of the network before fine-tuning.
        after: tensors of the same names and shapes, after it.
        share: 0 gives the network before, 1 the one after.

    Raises:
        WeightsError: names or shapes differ, or the share is outside [0, 1].

    Source:
        Wortsman et al. (2022), Robust fine-tuning of zero-shot models (WiSE-FT), equation 1.

    Example:
        >>> one, two = {"w": torch.zeros(2)}, {"w": torch.ones(2)}
        >>> interpolate(one, two, share=0.25)["w"].tolist()
        [0.25, 0.25]
    """
    if not 0 <= share <= 1:
        raise WeightsError(f"Expected a share from 0 (before) to 1 (after); got {share}.")
    differing = sorted(before.keys() ^ after.keys()) or [
        name for name in after if before[name].shape != after[name].shape
    ]
    if differing:
        raise WeightsError(
            f"Expected weights of one network before and after; {len(differing)} of"
            f" {len(after)} tensors differ in name or shape ({first_few(differing)})."
        )
    return {
        name: torch.lerp(before[name], value, share) if value.is_floating_point() else value.clone()
        for name, value in after.items()
    }
