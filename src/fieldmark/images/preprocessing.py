"""From a picture to the array that a backbone takes, as a preprocessing contract says."""

import functools
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.contract import EXACT, FAST, PreprocessSpec
from fieldmark.images.cutting import check_region, region_of
from fieldmark.images.decoding import MAX_PIXELS, decode
from fieldmark.images.fast_decoding import StoredPixels, decode_jpeg
from fieldmark.images.model_contracts import spec_from_open_clip, spec_from_timm
from fieldmark.images.orientation import LYING, turned_upright
from fieldmark.images.regions import Box
from fieldmark.images.resizing import (
    Bytes,
    centre,
    resized,
    resized_with_integers,
    target_size,
)

__all__ = [
    "Box",
    "PreprocessSpec",
    "load_uint8",
    "normalise",
    "preprocess",
    "preprocess_file",
    "spec_from_open_clip",
    "spec_from_timm",
]

_Floats = np.ndarray[Any, np.dtype[np.float32]]

#: A decoder that reduces must leave this many times the side after resizing: at twice the side
#: sharp photos are a whole level off in the mean, at four times a third of one.
_LEFT_FOR_RESIZING: Final = 4


def preprocess(image: Image.Image, spec: PreprocessSpec) -> _Floats:
    """Return what the backbone sees of a decoded picture.

    For an exact contract of `spec_from_timm` the result equals timm's evaluation transform bit for
    bit.

    Args:
        image: an upright RGB picture, as `decode` returns it, already cut to its box or mask.
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
    found: _Floats = normalise(_square(image, spec)[None], spec)[0]
    return found


def preprocess_file(
    path: Path,
    spec: PreprocessSpec,
    *,
    mask_path: Path | None = None,
    box: Box | None = None,
    max_pixels: int = MAX_PIXELS,
) -> _Floats:
    """Return what the backbone sees of a picture file: `normalise` of `load_uint8`.

    Args:
        path: a picture file.
        spec: the contract.
        mask_path: the mask of the picture, where the contract names one.
        box: the box of the picture, where the contract names one.
        max_pixels: width times height above which the picture is refused.

    Returns:
        float32 array (3, crop_size, crop_size).

    Raises:
        ImageError: as `load_uint8`.
    """
    pixels = load_uint8(path, spec, mask_path=mask_path, box=box, max_pixels=max_pixels)
    found: _Floats = normalise(pixels[None], spec)[0]
    return found


def load_uint8(
    path: Path,
    spec: PreprocessSpec,
    *,
    mask_path: Path | None = None,
    box: Box | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Bytes:
    """Return the square that a contract cuts from a picture file, before range, mean and std.

    Args:
        path: a picture file.
        spec: the contract.
        mask_path: the mask of the picture, where the contract names one.
        box: the box of the picture, where the contract names one.
        max_pixels: width times height above which the picture is refused.

    Returns:
        uint8 array (crop_size, crop_size, 3): red, green, blue; writable.

    Raises:
        ImageError: the file cannot be decoded or is too elongated, or its mask or box is missing,
            not in the contract or not of the picture; the message names the file.
        MissingExtraError: a decoding other than "exact" without simplejpeg.
    """
    try:
        check_region(spec, mask_path=mask_path, box=box)
        whole = mask_path is None and box is None
        stored = None
        if spec.decoding != EXACT:
            reduce = spec.decoding == FAST and whole
            least = _LEFT_FOR_RESIZING * spec.resize_size if reduce else None
            stored = decode_jpeg(path, least_side=least, max_pixels=max_pixels)
        if stored is not None and whole:
            return _square_of_stored(stored, spec)
        image = _upright(path, spec, stored, max_pixels)
        return _square(region_of(image, spec, mask_path=mask_path, box=box), spec)
    except ImageError as error:
        known = str(error).startswith((f"{path}: ", "Expected an image at "))
        raise (error if known else ImageError(f"{path}: {error}")) from None


def normalise(batch: Bytes, spec: PreprocessSpec) -> _Floats:
    """Return pixels on the scale that the backbone takes: value range, then mean and std.

    Args:
        batch: uint8 array (n, height, width, 3), as `load_uint8` returns them; n may be 0.
        spec: the contract.

    Returns:
        float32 array (n, 3, height, width), contiguous.

    Raises:
        ImageError: the batch has another type or shape.

    Example:
        >>> spec = PreprocessSpec(8, 8, (0.5,) * 3, (0.5,) * 3)
        >>> normalise(np.array([[[[0, 255, 255]]]], dtype=np.uint8), spec).ravel().tolist()
        [-1.0, 1.0, 1.0]
    """
    if batch.dtype != np.uint8 or batch.ndim != 4 or batch.shape[3] != 3:
        raise ImageError(
            f"Expected uint8 pixels (n, height, width, 3); found {batch.dtype} of shape "
            f"{batch.shape}."
        )
    channels = np.ascontiguousarray(np.moveaxis(batch, 3, 1))
    found = np.empty(channels.shape, dtype=np.float32)
    for channel, row in enumerate(_levels(spec)):
        # Every index is valid; "clip" only spares a second buffer.
        for pixels, values in zip(channels[:, channel], found[:, channel], strict=True):
            np.take(row, pixels, out=values, mode="clip")
    return found


@functools.lru_cache(maxsize=16)
def _levels(spec: PreprocessSpec) -> _Floats:
    """Return what each of the 256 levels becomes, per channel: float32 (3, 256)."""
    low, high = spec.value_range
    levels = (low + np.arange(256) * (high - low) / 255).astype(np.float32)
    mean, std = (np.array(part, dtype=np.float32)[:, None] for part in (spec.mean, spec.std))
    found: _Floats = (levels - mean) / std
    return found


def _square(image: Image.Image, spec: PreprocessSpec) -> Bytes:
    size = target_size(image.size, spec)
    if spec.decoding == EXACT:
        small = np.asarray(resized(image, size, spec.interpolation))
    else:
        small = resized_with_integers(np.array(image), size, spec.interpolation)
    return centre(small, spec.crop_size)


def _square_of_stored(stored: StoredPixels, spec: PreprocessSpec) -> Bytes:
    """Return the square of a JPEG; it is turned when it is small, which gives the same values."""
    turn = stored.orientation if spec.orientation == "exif" else 1
    lying = turn in LYING
    height, width = stored.pixels.shape[:2]
    size = target_size((height, width) if lying else (width, height), spec)
    small = resized_with_integers(
        stored.pixels, size[::-1] if lying else size, spec.interpolation, rows_first=lying
    )
    if turn != 1:
        small = np.asarray(turned_upright(Image.fromarray(small), turn))
    return centre(small, spec.crop_size)


def _upright(
    path: Path, spec: PreprocessSpec, stored: StoredPixels | None, max_pixels: int
) -> Image.Image:
    if stored is not None:
        turn = stored.orientation if spec.orientation == "exif" else 1
        return turned_upright(Image.fromarray(stored.pixels), turn)
    return decode(
        path,
        orientation="exif" if spec.orientation == "exif" else "ignore",
        alpha_colour=spec.alpha_colour,
        max_pixels=max_pixels,
    )
