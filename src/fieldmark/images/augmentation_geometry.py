"""Pictures mirrored, turned and cut: the same size as before, with nothing black at the borders."""

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Picture: TypeAlias = npt.NDArray[np.uint8]


def mirrored(image: Picture) -> Picture:
    """Return the picture with left and right exchanged.

    Example:
        >>> mirrored(np.array([[[0, 0, 0], [9, 9, 9]]], dtype=np.uint8))[0, :, 0].tolist()
        [9, 0]
    """
    return np.ascontiguousarray(image[:, ::-1])


def turned(image: Picture, degrees: float) -> Picture:
    """Return the picture turned about its centre; what comes in from outside is its reflection.

    Args:
        image: uint8 array (height, width, 3).
        degrees: anticlockwise; a multiple of 360 changes nothing.

    Returns:
        uint8 array of the same shape, resampled bicubically.
    """
    if degrees % 360 == 0:
        return image.copy()
    height, width = image.shape[:2]
    radians = math.radians(degrees)
    cos, sin = abs(math.cos(radians)), abs(math.sin(radians))
    above = _margin(height * cos + width * sin - height)
    before = _margin(width * cos + height * sin - width)
    wide = np.pad(image, ((above, above), (before, before), (0, 0)), mode="symmetric")
    found = Image.fromarray(wide).rotate(degrees, Image.Resampling.BICUBIC)
    return _pixels(found.crop((before, above, before + width, above + height)))


def cut(image: Picture, box: tuple[float, float, float, float]) -> Picture:
    """Return a part of the picture, enlarged to the size of the whole.

    Args:
        image: uint8 array (height, width, 3).
        box: left, top, right, bottom as shares of width and height, in [0, 1], rising.

    Returns:
        uint8 array of the same shape, resampled bicubically with antialiasing.
    """
    height, width = image.shape[:2]
    left, top, right, bottom = box
    found = Image.fromarray(image).resize(
        (width, height),
        Image.Resampling.BICUBIC,
        box=(left * width, top * height, right * width, bottom * height),
    )
    return _pixels(found)


def _margin(missing: float) -> int:
    """Return how many pixels to add on each side, with two for the bicubic filter."""
    return max(0, math.ceil(missing / 2)) + 2


def _pixels(image: Image.Image) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.array(image, dtype=np.uint8)
