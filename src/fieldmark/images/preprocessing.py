"""From a picture to the array that a backbone takes, as a preprocessing contract says."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps

from fieldmark.core.errors import ImageError
from fieldmark.images.contract import SQUASH, PreprocessSpec, spec_from_timm
from fieldmark.images.decoding import MAX_PIXELS, decode

__all__ = ["PreprocessSpec", "preprocess", "preprocess_file", "spec_from_timm"]

_FILTERS: Final = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
    "lanczos": Image.Resampling.LANCZOS,
}


def preprocess(image: Image.Image, spec: PreprocessSpec) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return what the backbone sees of a decoded picture.

    For a contract of `spec_from_timm` the result equals timm's evaluation transform bit for bit.

    Args:
        image: an RGB picture, as `decode` returns it.
        spec: the contract; its orientation and alpha_colour are matters of decoding.

    Returns:
        float32 array (3, crop_size, crop_size).

    Raises:
        ImageError: the picture is not RGB, or so elongated that resizing it would take more than
            179 million pixels.

    Example:
        >>> spec = spec_from_timm({"input_size": (3, 32, 32)})
        >>> pixels = preprocess(Image.new("RGB", (40, 50), (255, 255, 255)), spec)
        >>> pixels.shape, round(float(pixels[0, 0, 0]), 3)
        ((3, 32, 32), 2.249)
    """
    if image.mode != "RGB":
        raise ImageError(f"Expected an RGB picture; found mode '{image.mode}': decode it first.")
    square = _centre(_resized(image, spec), spec.crop_size)
    low, high = spec.value_range
    levels = (low + np.arange(256) * (high - low) / 255).astype(np.float32)
    mean, std = (np.array(part, dtype=np.float32)[:, None] for part in (spec.mean, spec.std))
    table = (levels - mean) / std
    channels = np.moveaxis(np.asarray(square), 2, 0)
    return np.stack([row[channel] for row, channel in zip(table, channels, strict=True)])


def preprocess_file(
    path: Path, spec: PreprocessSpec, *, max_pixels: int = MAX_PIXELS
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return what the backbone sees of a picture file.

    Args:
        path: a picture file.
        spec: the contract.
        max_pixels: width times height above which the picture is refused.

    Returns:
        float32 array (3, crop_size, crop_size).

    Raises:
        ImageError: the file cannot be decoded or is too elongated; the message names it.
    """
    image = decode(
        path,
        orientation="exif" if spec.orientation == "exif" else "ignore",
        alpha_colour=spec.alpha_colour,
        max_pixels=max_pixels,
    )
    try:
        return preprocess(image, spec)
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None


def _resized(image: Image.Image, spec: PreprocessSpec) -> Image.Image:
    width, height = image.size
    if spec.resize_rule == SQUASH:
        size = (spec.resize_size, spec.resize_size)
    else:
        longer = int(spec.resize_size * max(width, height) / min(width, height))
        size = (spec.resize_size, longer) if width <= height else (longer, spec.resize_size)
    if size[0] * size[1] > MAX_PIXELS:
        raise ImageError(
            f"expected a picture of ordinary proportions, found {width:,} x {height:,} pixels, "
            f"which would become {size[0]:,} x {size[1]:,}; crop it, or leave it out with "
            "`unreadable: exclude`."
        )
    return image if size == image.size else image.resize(size, _FILTERS[spec.interpolation])


def _centre(image: Image.Image, side: int) -> Image.Image:
    across, down = (max(0, side - length) for length in image.size)
    if across or down:
        border = (across // 2, down // 2, (across + 1) // 2, (down + 1) // 2)
        image = ImageOps.expand(image, border, fill=0)
    left, top = (round((length - side) / 2.0) for length in image.size)
    return image.crop((left, top, left + side, top + side))
