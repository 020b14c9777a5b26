"""What a network really saw in training, and whether a prediction sees the like."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import ImageError

_BEYOND: Final = 0.05
_NARROWER: Final = 0.6
_CONTRAST: Final = 2.0
_SHIFT: Final = 1.0
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
    """

    pictures: int
    low: float
    high: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

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
    return PixelStatistics(len(batch), low, high, _three(mean), _three(std))


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
    means, stds = (np.array(rows) for rows in zip(*((p.mean, p.std) for p in parts), strict=True))
    mean = np.average(means, axis=0, weights=weights)
    square = np.average(stds**2 + (means - mean) ** 2, axis=0, weights=weights)
    return PixelStatistics(
        pictures=sum(part.pictures for part in parts),
        low=min(part.low for part in parts),
        high=max(part.high for part in parts),
        mean=_three(mean),
        std=_three(np.sqrt(square)),
    )


def check_statistics(recorded: PixelStatistics, seen: PixelStatistics) -> tuple[str, ...]:
    """Return one sentence for each way in which pictures differ from those of the training.

    Range: values beyond the recorded range by more than 5 % of its width, or less than 60 % of that
    width. Per channel: a mean off by more than one recorded std, a std off by more than a factor of
    2. Whatever a few pictures may differ in by their motif (all but values beyond the range) is
    said of 8 pictures or more only.

    Args:
        recorded: of the training.
        seen: of what is to be predicted.

    Returns:
        sentences; none when nothing differs.

    Example:
        >>> bright = PixelStatistics(9, -2.0, 2.6, (0.0,) * 3, (1.0,) * 3)
        >>> raw = PixelStatistics(9, 0.0, 255.0, (110.0,) * 3, (60.0,) * 3)
        >>> check_statistics(bright, raw)[0]
        'Pixels reach from 0 to 255, in training from -2 to 2.6: another value range, mean or std.'
    """
    width = recorded.high - recorded.low
    allowed = _BEYOND * width
    ranges = (
        f"Pixels reach from {seen.low:.3g} to {seen.high:.3g}, in training from "
        f"{recorded.low:.3g} to {recorded.high:.3g}: "
    )
    beyond = seen.low < recorded.low - allowed or seen.high > recorded.high + allowed
    found = [f"{ranges}another value range, mean or std."] if beyond else []
    if seen.pictures < _FEW_PICTURES:
        return tuple(found)
    if not beyond and seen.high - seen.low < _NARROWER * width:
        found.append(f"{ranges}another value range, mean or std, or very flat pictures.")
    return (*found, *_channel_differences(recorded, seen))


def _channel_differences(recorded: PixelStatistics, seen: PixelStatistics) -> list[str]:
    over = f"over {count_of(seen.pictures, 'picture')}"
    found = []
    for at, name in enumerate(_CHANNELS):
        mean, std = recorded.mean[at], recorded.std[at]
        if abs(seen.mean[at] - mean) > _SHIFT * std:
            found.append(
                f"The mean of {name} is {seen.mean[at]:.3g} {over}, in training {mean:.3g}: other "
                "statistics of the contract, or other light."
            )
        if not std / _CONTRAST <= seen.std[at] <= std * _CONTRAST:
            found.append(
                f"The std of {name} is {seen.std[at]:.3g} {over}, in training {std:.3g}: other "
                "statistics of the contract, or another contrast."
            )
    return found


def _three(values: Any) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third
