"""The part of a picture that counts: inside a box, or under a mask."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from PIL import Image

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import ImageError
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.decoding import MAX_PIXELS, decode, open_picture, picture_size, reading

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


def check_region(spec: PreprocessSpec, *, mask_path: Path | None, box: Box | None) -> None:
    """Refuse a mask or box that the contract does not know, and one that it lacks.

    Raises:
        ImageError: what is given is not what the contract says.
    """
    for name, field, given in (("mask", spec.mask, mask_path), ("box", spec.crop, box)):
        if field is not None and given is None:
            raise ImageError(f"expected a {name} of the picture, as the contract says; none given.")
        if field is None and given is not None:
            raise ImageError(f"expected no {name}, since the contract names none; found {given}.")


def region_of(
    image: Image.Image, spec: PreprocessSpec, *, mask_path: Path | None, box: Box | None
) -> Image.Image:
    """Return the part that counts: cut to the box first, then what the mask does.

    Args:
        image: the upright RGB picture.
        spec: the contract; its ``crop`` and ``mask`` say what is done.
        mask_path: a picture of the same size, upright; what is not black in it counts.
        box: within the upright picture.

    Raises:
        ImageError: nothing of the box lies within the picture, or the mask cannot be read, has
            another size, was saved with loss, or leaves nothing over.
    """
    mask = None if mask_path is None else _mask(mask_path, image.size)
    if box is not None:
        cut = box.pixels(image.size)
        image, mask = image.crop(cut), None if mask is None else mask.crop(cut)
    if mask is None:
        return image
    covered = mask.getbbox()
    if covered is None:
        raise ImageError(f"expected a mask that covers something; {mask_path} leaves nothing over.")
    if spec.mask == "crop":
        return image.crop(covered)
    return Image.composite(image, Image.new("RGB", image.size), mask)


def mask_size(path: Path) -> tuple[int, int]:
    """Return width and height of the upright mask in a file, from its header alone.

    Raises:
        ImageError: there is no such file, it is no picture, or was saved with loss.
    """
    with reading(path) as stream:
        if open_picture(stream, MAX_PIXELS).format == "JPEG":
            raise ImageError(
                "expected a mask saved without loss, found a JPEG, whose borders are smeared: save "
                "it as PNG."
            )
    return picture_size(path)


def _mask(path: Path, size: tuple[int, int]) -> Image.Image:
    mask_size(path)
    values = np.asarray(decode(path, alpha_colour=(0, 0, 0)))
    mask = Image.fromarray((values.max(axis=2) > 0).astype(np.uint8) * 255)
    if mask.size != size:
        raise ImageError(
            f"expected a mask of {size[0]:,} x {size[1]:,} pixels, as the picture has; {path} has "
            f"{mask.size[0]:,} x {mask.size[1]:,}."
        )
    return mask
