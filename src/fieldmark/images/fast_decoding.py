"""JPEG files decoded straight into an array, on request at a half, a quarter or an eighth.

The decoder is libjpeg-turbo, as in Pillow: at full size the pixels are the same.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from fieldmark.core.errors import MissingExtraError
from fieldmark.images.decoding import MAX_PIXELS, open_picture, reading
from fieldmark.images.orientation import orientation_of
from fieldmark.images.resizing import Bytes

#: Only these have fast kernels, and their error is the least: 3/8 or 5/8 is slower and worse.
_REDUCTIONS: Final = (8, 4, 2)
_MODES: Final = ("RGB", "L")


@dataclass(frozen=True, eq=False, slots=True)
class StoredPixels:
    """The pixels as the file stores them, and how they stand.

    Attributes:
        pixels: uint8 array (height, width, 3), red, green, blue.
        orientation: what the EXIF block states: 1 to 8, where 1 is upright.
    """

    pixels: Bytes
    orientation: int


def reduction(size: tuple[int, int], least_side: int | None) -> int:
    """Return by how much a JPEG may be reduced while it is decoded: 8, 4, 2 or 1.

    Args:
        size: width and height of the picture.
        least_side: what its shorter side must keep, in pixels; None decodes at full size.

    Example:
        >>> reduction((4032, 3024), 1024), reduction((2048, 1536), 1024)
        (2, 1)
    """
    if least_side is None:
        return 1
    return next((by for by in _REDUCTIONS if min(size) // by >= least_side), 1)


def decode_jpeg(
    path: Path, *, least_side: int | None = None, max_pixels: int = MAX_PIXELS
) -> StoredPixels | None:
    """Return the pixels of a JPEG file, or None where Pillow has to decide.

    Pillow decides about other formats, CMYK, and whatever the decoder finds fault with.

    Args:
        path: a picture file.
        least_side: what the shorter side must keep, in pixels; None decodes at full size.
        max_pixels: width times height above which the picture is refused.

    Raises:
        ImageError: there is no such file, it is no picture, or too large.
        MissingExtraError: simplejpeg is not installed.
    """
    with reading(path) as stream:
        header = open_picture(stream, max_pixels)
        if header.format != "JPEG" or header.mode not in _MODES:
            return None
        stream.seek(0)
        content = stream.read()
    by = reduction(header.size, least_side)
    width, height = (-(-side // by) for side in header.size)
    decoder = _decoder()
    try:
        pixels: Bytes = decoder.decode_jpeg(content, "RGB", min_height=height, min_width=width)
    except ValueError:
        return None
    return StoredPixels(pixels, orientation_of(header.info.get("exif", b"")))


def _decoder() -> ModuleType:
    try:
        return importlib.import_module("simplejpeg")
    except ImportError as error:
        raise MissingExtraError(
            f"The decodings 'near-exact' and 'fast' need simplejpeg ({error}): install it with "
            "pip install 'fieldmark[learn]', or choose decoding 'exact'."
        ) from None
