"""Which way up a picture is: the orientation tag of EXIF, read without trusting the rest of it.

Pillow reads the whole directory and warns about every damaged entry; cameras write many of those.
"""

import struct
from typing import Final

from PIL import Image

_PREFIX: Final = b"Exif\x00\x00"
_BYTE_ORDERS: Final = {b"II*\x00": "<", b"MM\x00*": ">"}
_ORIENTATION_TAG: Final = 0x0112
_SHORT: Final = 3
_UPRIGHT: Final = 1

_TURN_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING: Final = frozenset({5, 6, 7, 8})
"""Orientations whose stored width is the height of the upright picture."""

_REVERSED: Final = {6: 8, 8: 6}


def orientation_of(exif: bytes) -> int:
    r"""Return the orientation that an EXIF block states: 1 to 8, where 1 is upright.

    Args:
        exif: the block, with or without its ``Exif`` prefix. A damaged or empty block, one without
            the tag, and a value outside 1 to 8 all give 1.

    Source:
        CIPA DC-008-2019 (Exif 2.32), section 4.6.4, tag 274; TIFF 6.0, section 2.

    Example:
        >>> entry = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
        >>> orientation_of(b"II*\x00" + struct.pack("<IH", 8, 1) + entry)
        6
        >>> orientation_of(b"damaged")
        1
    """
    block = exif.removeprefix(_PREFIX)
    order = _BYTE_ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        return _UPRIGHT
    (start,) = struct.unpack_from(f"{order}I", block, 4)
    if start + 2 > len(block):
        return _UPRIGHT
    (entries,) = struct.unpack_from(f"{order}H", block, start)
    complete = min(entries, (len(block) - start - 2) // 12)
    for number in range(complete):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, start + 2 + 12 * number)
        if tag == _ORIENTATION_TAG:
            return int(value) if kind == _SHORT and value in _TURN_UPRIGHT else _UPRIGHT
    return _UPRIGHT


def turned_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture turned and mirrored so that it stands upright.

    Args:
        image: the pixels as stored.
        orientation: 1 to 8, as `orientation_of` returns it; 1 returns the same picture.

    Example:
        >>> turned_upright(Image.new("L", (4, 2)), 6).size
        (2, 4)
    """
    turn = _TURN_UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def turned_back(image: Image.Image, orientation: int) -> Image.Image:
    """Return the pixels as stored, given the upright picture: the inverse of `turned_upright`.

    Example:
        >>> turned_back(Image.new("L", (2, 4)), 6).size
        (4, 2)
    """
    return turned_upright(image, _REVERSED.get(orientation, orientation))
