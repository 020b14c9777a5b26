"""Pictures under another light: brighter, more contrast, another tint, a shadow across."""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fieldmark.images.augmentation_geometry import Picture

_MIDDLE: Final = 127.5
_LUMA: Final = (0.299, 0.587, 0.114)
_TO_YIQ: Final = ((*_LUMA,), (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135))


def lit(image: Picture, *, brightness: float = 1.0, contrast: float = 1.0) -> Picture:
    """Return the picture brighter or darker, with more or less contrast about middle grey.

    Args:
        image: uint8 array (height, width, 3).
        brightness: factor of every value, at least 0; 1 changes nothing.
        contrast: factor of the distance from middle grey, at least 0; 1 changes nothing.

    Example:
        >>> lit(np.full((1, 1, 3), 100, dtype=np.uint8), brightness=1.5)[0, 0].tolist()
        [150, 150, 150]
    """
    levels = ((np.arange(256) - _MIDDLE) * contrast + _MIDDLE) * brightness
    return _rounded(levels)[image]


def tinted(image: Picture, *, saturation: float = 1.0, hue_degrees: float = 0.0) -> Picture:
    """Return the picture with other colours and the same luma.

    Args:
        image: uint8 array (height, width, 3).
        saturation: factor of the colourfulness, at least 0: 0 is grey, 1 changes nothing.
        hue_degrees: by how much the hues turn about the grey axis of YIQ.

    Example:
        >>> tinted(np.array([[[255, 0, 0]]], dtype=np.uint8), saturation=0)[0, 0].tolist()
        [76, 76, 76]
    """
    to_yiq = np.array(_TO_YIQ)
    angle = math.radians(hue_degrees)
    across, along = saturation * math.sin(angle), saturation * math.cos(angle)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, along, -across], [0.0, across, along]])
    change = (np.linalg.inv(to_yiq) @ turn @ to_yiq).astype(np.float32)
    return _rounded(image.astype(np.float32) @ change.T)


def shaded(
    image: Picture, *, degrees: float, place: float, depth: float, softness: float = 0.05
) -> Picture:
    """Return the picture with a shadow over one side of a straight, soft border.

    Args:
        image: uint8 array (height, width, 3).
        degrees: the direction in which the shadow lies, from the right, anticlockwise.
        place: where the border stands along that direction: -1 shades nearly all, 1 nearly nothing.
        depth: the share of light that is taken, in [0, 1].
        softness: width of the border, as a share of the shorter side, above 0.
    """
    height, width = image.shape[:2]
    shorter = min(height, width)
    rows, columns = np.ogrid[0:height, 0:width]
    across = (columns - (width - 1) / 2) * math.cos(math.radians(degrees))
    down = ((height - 1) / 2 - rows) * math.sin(math.radians(degrees))
    beyond = (across + down) / (shorter / 2) - place
    shadow = 1 / (1 + np.exp(-np.clip(2 * beyond / softness, -50, 50)))
    return _rounded(image * (1 - depth * shadow)[:, :, None])


def _rounded(values: npt.NDArray[Any]) -> Picture:
    found: Picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return found
