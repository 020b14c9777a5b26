"""Which part of a picture counts: inside a box, or under a mask."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import ImageError

BoxUnit = Literal["pixels", "shares"]

_UNITS: Final = get_args(BoxUnit)


@dataclass(frozen=True, slots=True)
class Box:
    """A box within an upright picture.

    Attributes:
        x: its left side.
        y: its upper side.
        width: above 0.
        height: above 0.
        unit: "pixels", as in COCO, or "shares" of the picture's width and height, as MegaDetector
            gives them.

    Raises:
        ImageError: a number is not finite, the box has no area, or the unit is unknown.
    """

    x: float
    y: float
    width: float
    height: float
    unit: BoxUnit = "pixels"

    def __post_init__(self) -> None:
        if self.unit not in _UNITS:
            raise ImageError(unknown_choice("unit of a box", self.unit, _UNITS))
        numbers = (self.x, self.y, self.width, self.height)
        if not all(math.isfinite(number) for number in numbers) or min(numbers[2:]) <= 0:
            raise ImageError(
                "Expected a box as x, y, width, height, with width and height above 0; found "
                f"{', '.join(f'{number:g}' for number in numbers)}."
            )

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom in whole pixels; what lies outside is cut off.

        Args:
            size: width and height of the upright picture.

        Raises:
            ImageError: nothing of the box lies within the picture.

        Example:
            >>> Box(-5, 20, 50, 500).pixels((200, 100))
            (0, 20, 45, 100)
            >>> Box(0.25, 0, 0.5, 1, "shares").pixels((200, 100))
            (50, 0, 150, 100)
        """
        across, down = size if self.unit == "shares" else (1, 1)
        left, right = (round(side * across) for side in (self.x, self.x + self.width))
        top, bottom = (round(side * down) for side in (self.y, self.y + self.height))
        found = (max(0, left), max(0, top), min(size[0], right), min(size[1], bottom))
        if found[0] >= found[2] or found[1] >= found[3]:
            raise ImageError(
                f"expected a box within {size[0]:,} x {size[1]:,} pixels, found {left}, {top} to "
                f"{right}, {bottom}: correct the box."
            )
        return found


@dataclass(frozen=True, slots=True)
class Region:
    """What of a picture counts, as its row in the manifest says.

    Attributes:
        mask_path: the mask of the picture, or None.
        box: the box of the picture, or None.
    """

    mask_path: Path | None = None
    box: Box | None = None


WHOLE: Final = Region()
"""The whole picture."""


def box_from(value: str | Sequence[float], *, unit: BoxUnit = "pixels") -> Box:
    """Return the box that a text or four numbers state: x, y, width, height.

    Raises:
        ImageError: there are not four numbers, or they make no box.

    Example:
        >>> box_from("10, 20, 300, 200").width
        300.0
    """
    parts = value.strip("[]() ").replace(";", ",").split(",") if isinstance(value, str) else value
    try:
        x, y, width, height = (float(part) for part in parts)
    except (TypeError, ValueError):
        raise ImageError(
            f"Expected a box as four numbers x, y, width, height; found {value!r}."
        ) from None
    return Box(x, y, width, height, unit)
