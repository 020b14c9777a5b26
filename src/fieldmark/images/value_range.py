"""The range that a pipeline really gives, measured instead of believed."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.preprocessing import PreprocessSpec

_TOLERANCE: Final = 1e-3
_BEYOND: Final = 0.05
_LEVELS: Final = 255
_LOWEST_LEVELS: Final = 1.5
_OFF_LEVEL: Final = 0.05

Pipeline = Callable[[Image.Image], np.ndarray[Any, np.dtype[np.float32]]]


def measured_range(pipeline: Pipeline, spec: PreprocessSpec) -> tuple[float, float]:
    """Return what black and white become in a pipeline, before mean and std.

    Args:
        pipeline: takes an RGB picture, returns a float array (3, crop_size, crop_size).
        spec: the contract whose mean and std are undone.

    Returns:
        the value of black and the value of white, averaged over the channels.

    Example:
        >>> from fieldmark.images.preprocessing import preprocess, spec_from_timm
        >>> spec = spec_from_timm({"input_size": (3, 32, 32)})
        >>> low, high = measured_range(lambda image: preprocess(image, spec), spec)
        >>> abs(round(low, 4)), round(high, 4)
        (0.0, 1.0)
    """
    mean, std = (np.array(part)[:, None, None] for part in (spec.mean, spec.std))
    side = spec.resize_size
    values = [
        float((pipeline(Image.new("RGB", (side, side), (grey,) * 3)) * std + mean).mean())
        for grey in (0, 255)
    ]
    return values[0], values[1]


def check_declared_range(pipeline: Pipeline, spec: PreprocessSpec) -> None:
    """Refuse a pipeline whose values are not in the range that its contract declares.

    Args:
        pipeline: takes an RGB picture, returns a float array (3, crop_size, crop_size).
        spec: the contract whose ``value_range`` is declared.

    Raises:
        ImageError: black or white is off by more than a thousandth of the declared range.
    """
    low, high = spec.value_range
    found = measured_range(pipeline, spec)
    allowed = _TOLERANCE * (high - low)
    if abs(found[0] - low) > allowed or abs(found[1] - high) > allowed:
        raise ImageError(
            f"Expected values from {low:g} to {high:g} before mean and std, as value_range "
            f"declares; measured {found[0]:.4g} to {found[1]:.4g}: correct the declaration or the "
            "pipeline."
        )


def check_pixels(batch: np.ndarray[Any, np.dtype[np.float32]], spec: PreprocessSpec) -> None:
    """Refuse prepared pictures whose values contradict the range that their contract states.

    Values may lie beyond the range by 5 % of its width, as sharp resizing gives them. Pictures
    whose every value lies within the lowest 1.5 of 255 levels are refused where values fall between
    levels: they were divided by 255 once more. A black photo, whose values are whole levels, is
    none of these.

    Args:
        batch: float array (n, 3, height, width), after mean and std; n may be 0.
        spec: the contract whose mean and std are undone.

    Raises:
        ImageError: the values contradict ``value_range``, or are not finite.

    Example:
        >>> spec = PreprocessSpec(2, 2, (0.5,) * 3, (0.5,) * 3)
        >>> check_pixels(np.full((1, 3, 2, 2), 255, dtype=np.float32), spec)
        Traceback (most recent call last):
        fieldmark.core.errors.ImageError: Expected pixels from 0 to 1 before mean and std, ...
    """
    if not batch.size:
        return
    low, high = spec.value_range
    mean, std = (np.array(part, dtype=np.float32) for part in (spec.mean, spec.std))
    lowest = float((batch.min(axis=(0, 2, 3)) * std + mean).min())
    highest = float((batch.max(axis=(0, 2, 3)) * std + mean).max())
    allowed = _BEYOND * (high - low)
    level = (high - low) / _LEVELS
    why = None
    if not (lowest >= low - allowed and highest <= high + allowed):
        why = "another range, or mean and std applied twice"
    elif highest <= low + _LOWEST_LEVELS * level:
        levels = (batch * std[:, None, None] + mean[:, None, None] - low) / level
        if (np.abs(levels - levels.round()) > _OFF_LEVEL).any():
            why = "divided by 255 once too often"
    if why is not None:
        raise ImageError(
            f"Expected pixels from {low:g} to {high:g} before mean and std, as the contract's "
            f"value_range says; measured {lowest:.3g} to {highest:.3g}: {why}. Prepare them as the "
            "contract says, such as with preprocess_file."
        )
