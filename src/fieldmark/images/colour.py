"""From whatever a file holds to 8-bit RGB: alpha, palettes, CMYK, grey and 16 bits.

Embedded colour profiles are not applied, as in the pipelines that public weights were made with.
"""

from typing import Any, Final

import numpy as np
from PIL import Image

from fieldmark.core.errors import ImageError

_SIXTEEN_BIT_GREY: Final = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_PLAIN: Final = frozenset({"1", "L", "P", "CMYK", "YCbCr", "RGBX"})
_STEP: Final = 257


def to_rgb(image: Image.Image, alpha_colour: tuple[int, int, int]) -> Image.Image:
    """Return the picture as 8-bit RGB.

    Grey is repeated, 16-bit values are divided by 257 and rounded (16-bit colour arrives from
    Pillow with its high byte), CMYK is multiplied out, and whatever is transparent shows
    ``alpha_colour``.

    Args:
        image: a loaded picture.
        alpha_colour: what lies behind transparent pixels: red, green, blue, 0 to 255.

    Raises:
        ImageError: the values have no stated range (32-bit numbers) or no stated colours (LAB,
            HSV).

    Example:
        >>> to_rgb(Image.new("RGBA", (1, 1), (255, 0, 0, 0)), (0, 255, 0)).getpixel((0, 0))
        (0, 255, 0)
    """
    if image.mode in _SIXTEEN_BIT_GREY:
        image = _eight_bit_grey(image)
    if image.has_transparency_data:
        return _composited(image, alpha_colour)
    if image.mode == "RGB":
        return image
    if image.mode not in _PLAIN:
        raise ImageError(
            f"holds values of mode '{image.mode}', which have no stated range or colours; "
            "expected 8 or 16 bits of grey, RGB or CMYK: export it as such."
        )
    return image.convert("RGB")


def _eight_bit_grey(image: Image.Image) -> Image.Image:
    values: np.ndarray[Any, np.dtype[np.uint32]] = np.asarray(image).astype(np.uint32)
    grey = Image.fromarray(((values + _STEP // 2) // _STEP).astype(np.uint8))
    key = image.info.get("transparency")
    if key is not None:
        grey.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return grey


def _composited(image: Image.Image, alpha_colour: tuple[int, int, int]) -> Image.Image:
    key = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:
        image.info["transparency"] = tuple(part >> 8 for part in key)
    opaque = Image.new("RGBA", image.size, (*alpha_colour, 255))
    return Image.alpha_composite(opaque, image.convert("RGBA")).convert("RGB")
