import struct

import pytest
from PIL import Image

from fieldmark.images.orientation import orientation_of, turned_back, turned_upright


def block(order: str, *entries: tuple[int, int, int, int], count: int | None = None) -> bytes:
    head = b"II*\0" if order == "<" else b"MM\0*"
    packed = b"".join(struct.pack(f"{order}HHIHH", *entry, 0) for entry in entries)
    return head + struct.pack(f"{order}IH", 8, len(entries) if count is None else count) + packed


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_tag_is_found_in_either_byte_order(order: str, prefix: bytes, value: int) -> None:
    other = (0x0100, 3, 1, 640)
    assert orientation_of(prefix + block(order, other, (0x0112, 3, 1, value))) == value


def test_pillow_agrees() -> None:
    exif = Image.Exif()
    exif[0x010F] = "camera"
    exif[0x0112] = 5
    exif[0x011A] = 72.0
    assert orientation_of(exif.tobytes()) == 5


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"Exif\0\0",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"XX*\0" + block("<", (0x0112, 3, 1, 6))[4:],
        block("<", (0x0112, 3, 1, 0)),
        block("<", (0x0112, 3, 1, 9)),
        block("<", (0x0112, 4, 1, 6)),
        block("<", (0x0100, 3, 1, 6)),
        block("<", (0x0112, 3, 1, 6))[:-1],
        block("<", count=40_000),
    ],
)
def test_a_damaged_or_absent_tag_means_upright(damaged: bytes) -> None:
    assert orientation_of(damaged) == 1


def test_whole_entries_before_the_damage_count() -> None:
    assert orientation_of(block("<", (0x0112, 3, 1, 8), count=500)) == 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_back_undoes_turning(orientation: int, photo: Image.Image) -> None:
    turned = turned_upright(photo, orientation)
    assert turned_back(turned, orientation).tobytes() == photo.tobytes()
    assert (turned.size == photo.size) == (orientation < 5)
