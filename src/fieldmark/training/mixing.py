"""Mixup and cutmix: batches of mixed pictures with mixed labels."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from fieldmark.core.errors import StudyError


@dataclass(frozen=True, slots=True, kw_only=True)
class MixingSettings:
    """How pictures of a batch are mixed.

    Attributes:
        mixup: shape of the Beta distribution of shares for blending whole pictures; 0 for never.
        cutmix: shape of the Beta distribution of shares for pasting a rectangle; 0 for never. With
            both, each batch takes one of them by lot.

    Raises:
        StudyError: a shape is below 0.
    """

    mixup: float = 0.0
    cutmix: float = 0.0

    def __post_init__(self) -> None:
        if min(self.mixup, self.cutmix) < 0:
            raise StudyError(
                f"Expected mixup and cutmix of at least 0; got {self.mixup} and {self.cutmix}."
            )

    @property
    def is_on(self) -> bool:
        """Whether anything is mixed."""
        return max(self.mixup, self.cutmix) > 0


def mix_batch(
    pixels: torch.Tensor,
    target: torch.Tensor,
    settings: MixingSettings,
    *,
    classes: int,
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mixed pictures and the shares of the classes in each.

    Every picture is mixed with the one at the mirrored place of the batch. A batch of one picture
    is mixed with itself.

    Args:
        pixels: float tensor (n, 3, height, width); not changed.
        target: int64 tensor (n,), positions of the classes.
        settings: what is mixed, and how much.
        classes: number of classes.
        rng: where the shares come from.

    Returns:
        float tensor (n, 3, height, width) and float32 tensor (n, classes), rows sum to 1.

    Source:
        Zhang et al. (2018), mixup; Yun et al. (2019), CutMix.

    Example:
        >>> pixels = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])
        >>> mixed, shares = mix_batch(pixels, torch.tensor([0, 1]), MixingSettings(mixup=1.0),
        ...     classes=2, rng=np.random.default_rng(0))
        >>> bool(torch.allclose(mixed[:, 0, 0, 0], shares[:, 1]))
        True
    """
    shares = functional.one_hot(target, classes).to(torch.float32)
    if not settings.is_on:
        return pixels, shares
    blends = settings.mixup > 0 and (settings.cutmix == 0 or rng.random() < 0.5)
    shape = settings.mixup if blends else settings.cutmix
    kept = float(rng.beta(shape, shape))
    if blends:
        mixed = kept * pixels + (1 - kept) * pixels.flip(0)
    else:
        mixed, kept = _pasted(pixels, kept, rng)
    return mixed, kept * shares + (1 - kept) * shares.flip(0)


def _pasted(
    pixels: torch.Tensor, kept: float, rng: np.random.Generator
) -> tuple[torch.Tensor, float]:
    """Paste a rectangle of the mirrored pictures; return the share that was really kept."""
    height, width = pixels.shape[2:]
    side = np.sqrt(1 - kept)
    tall, wide = round(height * side), round(width * side)
    top, left = (int(rng.integers(whole)) for whole in (height, width))
    rows = slice(max(0, top - tall // 2), min(height, top - tall // 2 + tall))
    columns = slice(max(0, left - wide // 2), min(width, left - wide // 2 + wide))
    mixed = pixels.clone()
    mixed[:, :, rows, columns] = pixels.flip(0)[:, :, rows, columns]
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    return mixed, 1 - area / (height * width)
