import os
import struct
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from fieldmark.core.errors import ImageError
from fieldmark.images.decoding import MAX_PIXELS, decode

Save = Callable[..., Path]
LOSSLESS = {
    "leaf.png": {},
    "leaf.bmp": {},
    "leaf.tif": {},
    "packed.tif": {"compression": "tiff_lzw"},
    "leaf.webp": {"lossless": True, "exact": True},
}
LOSSY = {"leaf.jpg": {"quality": 95}, "leaf.webp": {"quality": 95}, "leaf.avif": {"quality": 95}}


def exif_with(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_lossless_file_gives_the_pixels_back(name: str, photo: Image.Image, save: Save) -> None:
    found = decode(save(name, photo, **LOSSLESS[name]))
    assert found.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(found), np.asarray(photo))


@pytest.mark.parametrize("name", LOSSY)
def test_a_lossy_file_gives_nearly_the_pixels_back(
    name: str, photo: Image.Image, save: Save
) -> None:
    found = np.asarray(decode(save(name, photo, **LOSSY[name]))).astype(int)
    assert np.abs(found - np.asarray(photo)).mean() < 4


def test_a_jpeg_equals_what_pillow_opens(photo: Image.Image, save: Save) -> None:
    path = save("leaf.jpg", photo)
    with Image.open(path) as expected:
        np.testing.assert_array_equal(np.asarray(decode(path)), np.asarray(expected))


def test_the_name_does_not_decide_the_format(photo: Image.Image, save: Save) -> None:
    path = save("leaf.png", photo).rename(save("leaf.png", photo).with_name("leaf.jpg"))
    assert decode(path).size == photo.size


def test_the_first_frame_of_an_animation_counts(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    for name in ("a.gif", "a.png", "a.webp", "a.tif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
        assert decode(tmp_path / name).getpixel((0, 0)) == (255, 0, 0), name


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["leaf.png", "leaf.tif", "leaf.webp"])
def test_exif_orientation_is_applied_or_ignored_as_asked(
    name: str, orientation: int, photo: Image.Image, save: Save
) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    options = {"lossless": True, "exact": True} if name.endswith("webp") else {}
    path = save(name, photo, exif=exif_with(orientation), **options)
    upright = photo.transpose(turns[orientation]) if orientation in turns else photo
    np.testing.assert_array_equal(np.asarray(decode(path)), np.asarray(upright))
    np.testing.assert_array_equal(np.asarray(decode(path, orientation="ignore")), np.asarray(photo))


def test_a_turned_picture_cannot_be_turned_twice(photo: Image.Image, save: Save) -> None:
    found = decode(save("leaf.jpg", photo, exif=exif_with(6)))
    assert found.size == (48, 80)
    assert not found.info
    assert not dict(found.getexif())


def test_damaged_exif_is_passed_over_in_silence(photo: Image.Image, save: Save) -> None:
    entry = struct.pack("<HHII", 0x011A, 5, 1, 4000)
    damaged = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 30) + entry
    path = save("leaf.jpg", photo, exif=damaged)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(path).size == photo.size


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "found an empty file"),
        (b"These are not pixels.", "found a file that begins with b'These are not pi'"),
        (b"\x89PNG\r\n\x1a\n", "whole PNG picture, found a damaged one"),
        (b"\xff\xd8\xff", "whole JPEG picture, found a damaged one"),
    ],
)
def test_what_is_no_picture_is_named_in_one_sentence(
    content: bytes, found: str, save: Save
) -> None:
    path = save("leaf.jpg", content)
    with pytest.raises(ImageError, match=r"leaf\.jpg: expected ") as caught:
        decode(path)
    message = str(caught.value)
    assert found in message
    assert "replace it, or leave it out with `unreadable: exclude`." in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["leaf.jpg", "leaf.png", "leaf.tif", "leaf.webp", "leaf.avif"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_a_file_cut_short_is_refused(
    name: str, share: float, photo: Image.Image, save: Save
) -> None:
    whole = save(name, photo).read_bytes()
    with pytest.raises(ImageError, match=rf"{name}: expected a whole .* found a damaged one"):
        decode(save(name, whole[: int(len(whole) * share)]))


def test_a_cut_file_is_refused_even_where_pillow_is_told_to_fill_it_up(
    photo: Image.Image, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ImageError, match="LOAD_TRUNCATED_IMAGES; leave"):
        decode(save("leaf.jpg", photo))


def test_a_missing_file_a_folder_and_a_locked_file_are_told_apart(
    tmp_path: Path, photo: Image.Image, save: Save
) -> None:
    with pytest.raises(ImageError, match=r"image at .*none.jpg; there is no such file: check"):
        decode(tmp_path / "none.jpg")
    with pytest.raises(ImageError, match="the system says 'Is a directory'"):
        decode(tmp_path)
    locked = save("leaf.jpg", photo)
    locked.chmod(0)
    if not os.access(locked, os.R_OK):
        with pytest.raises(ImageError, match="the system says 'Permission denied'"):
            decode(locked)


def test_an_enormous_picture_is_judged_by_its_header(png: Callable[..., bytes], save: Save) -> None:
    path = save("wall.png", png(np.zeros((1, 1)), 0, size=(30_000, 30_000)))
    started = time.perf_counter()
    with pytest.raises(ImageError) as caught:
        decode(path)
    assert time.perf_counter() - started < 0.5
    assert "wall.png: expected at most 178,956,970 pixels" in str(caught.value)
    assert "it has 30,000 x 30,000 pixels; make it smaller" in str(caught.value)


def test_an_enormous_webp_is_refused_by_its_header(photo: Image.Image, save: Save) -> None:
    content = bytearray(save("leaf.webp", photo, lossless=True).read_bytes())
    at = content.index(b"VP8L") + 9
    content[at : at + 4] = struct.pack("<I", (16_382) | (16_382 << 14))
    with pytest.raises(ImageError, match="expected at most 178,956,970 pixels, but Image size"):
        decode(save("leaf.webp", bytes(content)))


def test_a_large_picture_within_the_limit_raises_no_warning(save: Save) -> None:
    large = Image.new("1", (10_000, 9_000))
    path = save("large.png", large)
    assert Image.MAX_IMAGE_PIXELS is not None
    assert Image.MAX_IMAGE_PIXELS < 90_000_000 < MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(path).size == (10_000, 9_000)


def test_the_limit_can_be_set(photo: Image.Image, save: Save) -> None:
    path = save("leaf.png", photo)
    assert decode(path, max_pixels=80 * 48).size == (80, 48)
    with pytest.raises(ImageError, match="at most 3,839 pixels, but it has 80 x 48 pixels"):
        decode(path, max_pixels=80 * 48 - 1)


def test_nothing_global_is_changed_by_decoding(photo: Image.Image, save: Save) -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    decode(save("leaf.jpg", photo))
    with pytest.raises(ImageError):
        decode(save("text.jpg", b"text"))
    after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    assert before == after


def test_threads_decode_the_same_pixels(photo: Image.Image, save: Save) -> None:
    path = save("leaf.jpg", photo)
    expected = np.asarray(decode(path))
    found: list[bool] = []

    def work() -> None:
        found.extend(bool((np.asarray(decode(path)) == expected).all()) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 80
