"""What a network really saw in training, and whether a prediction sees the like."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from fieldmark.core.errors import ImageError

_NARROWER: Final = 0.6
_CONTRAST: Final = 2.5
_FAR: Final = 3.0
_FAR_FOR_FEW: Final = 5.0
_LEAST_SPREAD: Final = 0.2
_FEW_PICTURES: Final = 8
_CHANNELS: Final = ("red", "green", "blue")


@dataclass(frozen=True, slots=True)
class PixelStatistics:
    """Range and channel statistics of prepared pictures, after mean and std.

    Attributes:
        pictures: how many were measured, at least 1.
        low: the smallest value.
        high: the largest value.
        mean: per channel.
        std: per channel, over all pixels of all pictures.
        spread: per channel, standard deviation of the mean from picture to picture.
    """

    pictures: int
    low: float
    high: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    spread: tuple[float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return every field under its name, ready for JSON: the tuples as lists."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "PixelStatistics":
        """Return the statistics that `to_dict` gave."""
        return cls(
            pictures=int(content["pictures"]),
            low=float(content["low"]),
            high=float(content["high"]),
            mean=_three(content["mean"]),
            std=_three(content["std"]),
            spread=_three(content["spread"]),
        )


def measured(batch: np.ndarray[Any, np.dtype[np.float32]]) -> PixelStatistics:
    """Return range and channel statistics of a batch.

    Args:
        batch: float array (n, 3, height, width), as the network takes it; n at least 1.

    Raises:
        ImageError: the batch is empty, has another shape, or holds NaN or infinity.

    Example:
        >>> measured(np.ones((2, 3, 4, 4), dtype=np.float32)).mean
        (1.0, 1.0, 1.0)
    """
    if batch.ndim != 4 or batch.shape[1] != 3 or not batch.size:
        raise ImageError(
            f"Expected prepared pictures (n, 3, height, width), at least one; found {batch.shape}."
        )
    low, high = float(batch.min()), float(batch.max())
    if not np.isfinite([low, high]).all():
        raise ImageError(
            f"Expected finite pixels; found values from {low:g} to {high:g}: check value_range, "
            "mean and std of the contract."
        )
    mean = batch.mean(axis=(0, 2, 3), dtype=np.float64)
    std = batch.std(axis=(0, 2, 3), dtype=np.float64)
    spread = batch.mean(axis=(2, 3), dtype=np.float64).std(axis=0)
    return PixelStatistics(len(batch), low, high, _three(mean), _three(std), _three(spread))


def pooled(parts: Sequence[PixelStatistics]) -> PixelStatistics:
    """Return the statistics of several batches of pictures of one size as of a single batch.

    Raises:
        ImageError: there is no batch.

    Example:
        >>> low, high = (np.full((1, 3, 1, 1), value, dtype=np.float32) for value in (0, 2))
        >>> pooled([measured(low), measured(high)]).std
        (1.0, 1.0, 1.0)
    """
    if not parts:
        raise ImageError("Expected the statistics of at least one batch; found none.")
    weights = np.array([part.pictures for part in parts], dtype=np.float64)
    means, stds, spreads = (
        np.array([getattr(part, name) for part in parts]) for name in ("mean", "std", "spread")
    )
    mean = np.average(means, axis=0, weights=weights)
    between = (means - mean) ** 2
    square = np.average(stds**2 + between, axis=0, weights=weights)
    apart = np.average(spreads**2 + between, axis=0, weights=weights)
    return PixelStatistics(
        pictures=sum(part.pictures for part in parts),
        low=min(part.low for part in parts),
        high=max(part.high for part in parts),
        mean=_three(mean),
        std=_three(np.sqrt(square)),
        spread=_three(np.sqrt(apart)),
    )


def drift_of(recorded: PixelStatistics, seen: PixelStatistics) -> str | None:
    """Return one sentence where pictures are far from those of the training; None where not.

    A training standard deviation is that of a picture's mean from picture to picture, in one
    channel, and at least a fifth of that of the pixels: photos of one bench under one lamp hardly
    differ. Up to 7 pictures are far at 5 of them, more pictures together at 3. Of 8 pictures or
    more it is told, too, when their pixels span less than 60 % of the range of the training, or
    their contrast is off by a factor of 2.5.

    Args:
        recorded: of the training.
        seen: of what is to be predicted.

    Example:
        >>> known = PixelStatistics(300, -2.1, 2.6, (0.0,) * 3, (1.0,) * 3, (0.4,) * 3)
        >>> dark = PixelStatistics(1, -2.1, -1.0, (-2.0, 0.0, 0.0), (0.2,) * 3, (0.0,) * 3)
        >>> drift_of(known, dark)[:78]
        'The picture is unlike those of training: red is darker by 5.0 training standar'
    """
    many = seen.pictures >= _FEW_PICTURES
    distances = [_distance(recorded, seen, at) for at in range(3)]
    at = int(np.argmax(np.abs(distances)))
    contrasts = [new / old for new, old in zip(seen.std, recorded.std, strict=True) if old > 0]
    off = max(contrasts, key=lambda ratio: max(ratio, 1 / ratio if ratio else np.inf), default=1.0)
    if abs(distances[at]) >= (_FAR if many else _FAR_FOR_FEW):
        how = "darker" if distances[at] < 0 else "brighter"
        told = (
            f"{_CHANNELS[at]} is {how} by {abs(distances[at]):,.1f} training standard deviations "
            f"(mean {seen.mean[at]:.3g}, in training {recorded.mean[at]:.3g})"
        )
    elif many and seen.high - seen.low < _NARROWER * (recorded.high - recorded.low):
        told = (
            f"their pixels reach from {seen.low:.3g} to {seen.high:.3g}, in training from "
            f"{recorded.low:.3g} to {recorded.high:.3g}"
        )
    elif many and not 1 / _CONTRAST <= off <= _CONTRAST:
        told = f"their contrast is {off:.2g} of that of training"
    else:
        return None
    who = "picture is" if seen.pictures == 1 else f"{seen.pictures:,} pictures are"
    return (
        f"The {who} unlike those of training: {told}. Look for other light, another camera or "
        "another preparation before trusting the answers."
    )


def _distance(recorded: PixelStatistics, seen: PixelStatistics, at: int) -> float:
    unit = max(recorded.spread[at], _LEAST_SPREAD * recorded.std[at])
    return (seen.mean[at] - recorded.mean[at]) / unit if unit else 0.0


def _three(values: Any) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third
