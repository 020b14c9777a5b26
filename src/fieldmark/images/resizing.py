"""From a picture of any size to the square that a contract asks for, as 8-bit values."""

from typing import Any, Final, TypeAlias

import numpy as np
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.contract import SQUASH, PreprocessSpec
from fieldmark.images.decoding import MAX_PIXELS

Size: TypeAlias = tuple[int, int]
Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]

_FILTERS: Final = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
    "lanczos": Image.Resampling.LANCZOS,
}


def target_size(size: Size, spec: PreprocessSpec) -> Size:
    """Return the width and height that a picture is resized to, before the centre is cut out.

    Args:
        size: width and height of the picture, upright.
        spec: the contract.

    Raises:
        ImageError: the picture is so elongated that the result would be larger than any picture
            that is decoded.

    Example:
        >>> spec = PreprocessSpec(256, 224, (0.5,) * 3, (0.5,) * 3)
        >>> target_size((1024, 512), spec)
        (512, 256)
    """
    width, height = size
    if spec.resize_rule == SQUASH:
        return spec.resize_size, spec.resize_size
    longer = int(spec.resize_size * max(width, height) / min(width, height))
    if spec.resize_size * longer > MAX_PIXELS:
        found = (spec.resize_size, longer) if width <= height else (longer, spec.resize_size)
        raise ImageError(
            f"expected a picture of ordinary proportions, found {width:,} x {height:,} pixels, "
            f"which would become {found[0]:,} x {found[1]:,}; crop it, or leave it out with "
            "`unreadable: exclude`."
        )
    return (spec.resize_size, longer) if width <= height else (longer, spec.resize_size)


def resized(image: Image.Image, size: Size, interpolation: str) -> Image.Image:
    """Return the picture at another width and height, by Pillow; at its own size, itself."""
    return image if size == image.size else image.resize(size, _FILTERS[interpolation])


def resized_with_integers(
    pixels: Bytes, size: Size, interpolation: str, *, rows_first: bool = False
) -> Bytes:
    """Return 8-bit pixels at another width and height, by torch's antialiased integer kernels.

    They hold their weights in 16 bits where Pillow takes 22: at most one level apart, rarely.

    Args:
        pixels: uint8 array (height, width, 3), writable.
        size: width and height of the result.
        interpolation: bicubic or bilinear.
        rows_first: shrink the height first; otherwise the width, as Pillow does. For a picture
            that lies on its side the order is the other one.

    Returns:
        uint8 array (height, width, 3).
    """
    import torch

    width, height = size
    if pixels.shape[:2] == (height, width):
        return pixels
    values = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0)
    steps = [(height, pixels.shape[1]), (height, width)] if rows_first else [(height, width)]
    for step in steps:
        if tuple(values.shape[2:]) != step:
            values = torch.nn.functional.interpolate(
                values, size=step, mode=interpolation, antialias=True
            )
    found: Bytes = values[0].permute(1, 2, 0).numpy()
    return found


def centre(pixels: Bytes, side: int) -> Bytes:
    """Return the square in the middle; what lies outside a smaller picture is black.

    Args:
        pixels: uint8 array (height, width, 3).
        side: of the square, in pixels.

    Returns:
        uint8 array (side, side, 3), contiguous and writable.
    """
    missing = [max(0, side - length) for length in pixels.shape[:2]]
    if any(missing):
        borders = [(short // 2, (short + 1) // 2) for short in missing]
        pixels = np.pad(pixels, (*borders, (0, 0)))
    top, left = (round((length - side) / 2.0) for length in pixels.shape[:2])
    square = pixels[top : top + side, left : left + side]
    # Channel by channel: torch's result lies in planes, and copying it value by value is slow.
    return np.stack([square[..., channel] for channel in range(3)], axis=2)
