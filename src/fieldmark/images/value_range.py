"""The range that a pipeline really gives, measured instead of believed."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.preprocessing import PreprocessSpec

_TOLERANCE: Final = 1e-3

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
