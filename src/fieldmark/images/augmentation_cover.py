"""Pictures partly covered: by a rectangle of noise, or by leaves that hang into the frame."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from fieldmark.images.augmentation_geometry import Picture

_OUTLINE_POINTS: Final = 24
_FINER: Final = 4


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf that covers a part of a picture; lengths are shares of the shorter side.

    Attributes:
        across: where its tip lies, as a share of the width.
        down: where its tip lies, as a share of the height.
        degrees: the direction from its tip to its stalk, from the right, anticlockwise.
        length: from tip to stalk, above 0.
        width: at its widest, above 0.
        colour: red, green, blue, 0 to 255.
    """

    across: float
    down: float
    degrees: float
    length: float
    width: float
    colour: tuple[int, int, int]


def erased(
    image: Picture, box: tuple[float, float, float, float], *, rng: np.random.Generator
) -> Picture:
    """Return the picture with a rectangle of noise.

    Args:
        image: uint8 array (height, width, 3).
        box: left, top, right, bottom as shares of width and height, in [0, 1], rising.
        rng: where the noise comes from.

    Source:
        Zhong et al. (2020), Random erasing data augmentation, AAAI 34, 13001 to 13008.
    """
    height, width = image.shape[:2]
    left, right = (round(side * width) for side in (box[0], box[2]))
    top, bottom = (round(side * height) for side in (box[1], box[3]))
    found = image.copy()
    noise = rng.integers(0, 256, size=found[top:bottom, left:right].shape, dtype=np.uint8)
    found[top:bottom, left:right] = noise
    return found


def covered(image: Picture, leaf: Leaf) -> Picture:
    """Return the picture with a leaf over it, drawn smoothly; its midrib is lighter."""
    height, width = image.shape[:2]
    size = (width * _FINER, height * _FINER)
    outline, rib = _shape(leaf, size)
    blade, midrib = (Image.new("L", size) for _ in range(2))
    ImageDraw.Draw(blade).polygon(outline, fill=255)
    thickness = max(1, round(0.04 * leaf.width * min(size)))
    ImageDraw.Draw(midrib).line(rib, fill=255, width=thickness)
    found = Image.fromarray(image)
    lighter = tuple(min(255, value + 45) for value in leaf.colour)
    for mask, colour in ((blade, leaf.colour), (midrib, lighter)):
        small = mask.resize((width, height), Image.Resampling.BOX)
        found.paste(colour, (0, 0), small)
    return np.array(found, dtype=np.uint8)


def _shape(
    leaf: Leaf, size: tuple[int, int]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return the outline of the blade and the midrib, in pixels: the widest place is off centre."""
    shorter = min(size)
    cos, sin = math.cos(math.radians(leaf.degrees)), math.sin(math.radians(leaf.degrees))

    def point(along: float, aside: float) -> tuple[float, float]:
        x, y = along * leaf.length * shorter, aside * leaf.width * shorter
        return (
            leaf.across * size[0] + x * cos + y * sin,
            leaf.down * size[1] - x * sin + y * cos,
        )

    shares = [step / _OUTLINE_POINTS for step in range(_OUTLINE_POINTS + 1)]
    halves = [0.5 * math.sin(math.pi * share**0.8) ** 1.2 for share in shares[1:-1]]
    inner = list(zip(shares[1:-1], halves, strict=True))
    there = [point(along, half) for along, half in inner]
    back = [point(along, -half) for along, half in reversed(inner)]
    return [point(0, 0), *there, point(1, 0), *back], [point(0.04, 0), point(1, 0)]
