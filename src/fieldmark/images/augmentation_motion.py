"""Motion blur: what a camera sees of a thing that moves along a line while the shutter is open."""

import math

import numpy as np
import numpy.typing as npt

from fieldmark.images.augmentation_geometry import Picture

_SAMPLES_PER_PIXEL = 8


def line_kernel(length_pixels: float, degrees: float) -> npt.NDArray[np.float32]:
    """Return how the light of one point spreads while it moves along a line.

    Args:
        length_pixels: length of the way, at least 0; 0 leaves the point alone.
        degrees: direction of the way, from the right, anticlockwise; 180 more is the same way.

    Returns:
        float32 array (side, side), side odd, that sums to 1 and is the same turned by 180 degrees.

    Example:
        >>> line_kernel(2, 0).round(2).tolist()
        [[0.0, 0.0, 0.0], [0.25, 0.5, 0.25], [0.0, 0.0, 0.0]]
    """
    reach = math.ceil(length_pixels / 2)
    side = 2 * reach + 1
    samples = max(1, math.ceil(length_pixels * _SAMPLES_PER_PIXEL))
    along = ((np.arange(samples) + 0.5) / samples - 0.5) * length_pixels
    columns = reach + along * math.cos(math.radians(degrees))
    rows = reach - along * math.sin(math.radians(degrees))
    kernel = np.zeros((side + 1, side + 1))
    top, left = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    low, right = rows - top, columns - left
    for down, across, share in (
        (0, 0, (1 - low) * (1 - right)),
        (0, 1, (1 - low) * right),
        (1, 0, low * (1 - right)),
        (1, 1, low * right),
    ):
        np.add.at(kernel, (top + down, left + across), share)
    kernel = kernel[:side, :side]
    found: npt.NDArray[np.float32] = (kernel / kernel.sum()).astype(np.float32)
    return found


def motion_blurred(image: Picture, *, length_pixels: float, degrees: float) -> Picture:
    """Return the picture as if everything in it had moved along a line; borders are carried on.

    Args:
        image: uint8 array (height, width, 3).
        length_pixels: length of the way, at least 0.
        degrees: direction of the way, from the right, anticlockwise.

    Returns:
        uint8 array of the same shape.
    """
    kernel = line_kernel(length_pixels, degrees)
    reach = len(kernel) // 2
    height, width = image.shape[:2]
    border = ((reach, reach), (reach, reach), (0, 0))
    wide = np.pad(image, border, mode="edge").astype(np.float32)
    total = np.zeros(image.shape, dtype=np.float32)
    for row, column in np.argwhere(kernel > 0):
        total += kernel[row, column] * wide[row : row + height, column : column + width]
    return np.clip(np.rint(total), 0, 255).astype(np.uint8)
