"""A picture cut to the part that counts: to its box, then by its mask."""

from pathlib import Path

import numpy as np
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.decoding import MAX_PIXELS, decode, open_picture, picture_size, reading
from fieldmark.images.regions import Box


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
