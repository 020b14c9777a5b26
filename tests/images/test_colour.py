import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.colour import to_rgb
from fieldmark.images.decoding import decode

Save = Callable[..., Path]
Png = Callable[..., bytes]
GREEN = (0, 255, 0)
STEPS = np.array([[0, 128, 129, 255, 256, 257, 32768, 65406, 65407, 65535]])


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparent_pixels_show_the_declared_colour(mode: str) -> None:
    image = Image.new("RGBA", (3, 1))
    for column, alpha in enumerate((0, 255, 128)):
        image.putpixel((column, 0), (200, 200, 200, alpha))
    found = np.asarray(to_rgb(image.convert(mode), GREEN))[0]
    assert found[0].tolist() == [0, 255, 0]
    assert found[1].tolist() == [200, 200, 200]
    assert found[2].tolist() == pytest.approx([100, 227, 100], abs=1)


@pytest.mark.parametrize("transparency", [1, bytes([255, 0])])
def test_a_palette_with_transparency_shows_the_declared_colour(
    transparency: int | bytes, save: Save
) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    path = save("p.png", image, transparency=transparency)
    found = np.asarray(decode(path, alpha_colour=GREEN))[0]
    assert found.tolist() == [[255, 0, 0], [0, 255, 0]]


@pytest.mark.parametrize(("mode", "key"), [("RGB", (10, 20, 30)), ("L", 10), ("1", 0)])
def test_a_colour_key_shows_the_declared_colour(mode: str, key: object, save: Save) -> None:
    image = Image.new(mode, (2, 1), 255 if mode != "RGB" else (255, 255, 255))
    image.putpixel((0, 0), key)
    found = np.asarray(decode(save("key.png", image, transparency=key), alpha_colour=GREEN))[0]
    assert found.tolist() == [[0, 255, 0], [255, 255, 255]]


def test_sixteen_bit_grey_is_scaled_not_clipped(png: Png, save: Save) -> None:
    found = np.asarray(decode(save("deep.png", png(STEPS, 0))))[0]
    assert found[:, 0].tolist() == [0, 0, 1, 1, 1, 1, 128, 254, 255, 255]
    assert (found == found[:, :1]).all()
    expected = np.floor(STEPS[0] / 257 + 0.5)
    np.testing.assert_array_equal(found[:, 0], expected)


def test_sixteen_bit_grey_survives_tiff(save: Save) -> None:
    image = Image.fromarray(STEPS.astype(np.uint16))
    found = np.asarray(decode(save("deep.tif", image)))[0, :, 0]
    assert found.tolist() == [0, 0, 1, 1, 1, 1, 128, 254, 255, 255]


@pytest.mark.parametrize(("colour_type", "channels"), [(2, 3), (6, 4), (4, 2)])
def test_sixteen_bit_colour_is_scaled_within_one_level(
    colour_type: int, channels: int, png: Png, save: Save
) -> None:
    values = np.repeat(STEPS[..., None], channels, axis=2)
    if channels != 3:
        values[..., -1] = 65535
    found = np.asarray(decode(save("deep.png", png(values, colour_type))))[0, :, 0].astype(int)
    assert np.abs(found - STEPS[0] / 257).max() < 1
    assert (found[0], found[-1]) == (0, 255)


def test_an_eight_bit_picture_stored_in_sixteen_bits_comes_back(png: Png, save: Save) -> None:
    levels = np.arange(256)[None, :]
    grey = np.asarray(decode(save("grey.png", png(levels * 257, 0))))[0, :, 0]
    colour = np.repeat((levels * 257)[..., None], 3, axis=2)
    rgb = np.asarray(decode(save("rgb.png", png(colour, 2))))[0, :, 1]
    assert grey.tolist() == rgb.tolist() == levels[0].tolist()


def test_a_sixteen_bit_colour_key_is_followed(png: Png, save: Save) -> None:
    grey = save("grey.png", png(STEPS, 0, key=(32768,)))
    assert np.asarray(decode(grey, alpha_colour=GREEN))[0, 6].tolist() == [0, 255, 0]
    values = np.repeat(STEPS[..., None], 3, axis=2)
    rgb = save("rgb.png", png(values, 2, key=(32768, 32768, 32768)))
    found = np.asarray(decode(rgb, alpha_colour=GREEN))[0]
    assert found[6].tolist() == [0, 255, 0]
    assert found[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_and_palettes_become_rgb(mode: str, save: Save) -> None:
    image = Image.new("L", (2, 1), 255)
    image.putpixel((0, 0), 0)
    found = np.asarray(decode(save("grey.png", image.convert(mode))))
    assert found.tolist() == [[[0, 0, 0], [255, 255, 255]]]


def ink(cyan: int, magenta: int, yellow: int, black: int) -> list[float]:
    return [(255 - part) * (255 - black) / 255 for part in (cyan, magenta, yellow)]


def test_inverted_cmyk_as_adobe_writes_it(save: Save) -> None:
    parts = (20, 100, 200, 50)
    path = save("print.jpg", Image.new("CMYK", (16, 16), parts), quality=100)
    assert b"Adobe" in path.read_bytes()
    found = np.asarray(decode(path)).reshape(-1, 3)
    np.testing.assert_allclose(found, [ink(*parts)] * len(found), atol=3)


def test_ycck_as_adobe_writes_it(save: Save) -> None:
    parts = (20, 100, 200, 50)
    shifted = Image.new("RGB", (16, 16), parts[:3]).convert("YCbCr").split()
    planes = [Image.eval(plane, lambda value: 255 - value) for plane in shifted]
    stored = io.BytesIO()
    black = Image.new("L", (16, 16), parts[3])
    Image.merge("CMYK", [*planes, black]).save(stored, "JPEG", quality=100)
    content = bytearray(stored.getvalue())
    content[content.index(b"Adobe") + 11] = 2
    found = np.asarray(decode(save("ycck.jpg", bytes(content)))).reshape(-1, 3)
    np.testing.assert_allclose(found, [ink(*parts)] * len(found), atol=4)


def test_cmyk_tiff(save: Save) -> None:
    path = save("print.tif", Image.new("CMYK", (4, 4), (20, 100, 200, 50)))
    found = np.asarray(decode(path)).reshape(-1, 3)
    np.testing.assert_allclose(found, [ink(20, 100, 200, 50)] * len(found), atol=1)


@pytest.mark.parametrize("mode", ["F", "I", "LAB"])
def test_values_without_a_stated_range_are_refused(mode: str, save: Save) -> None:
    path = save("depth.tif", Image.new(mode, (4, 4)))
    with pytest.raises(
        ImageError,
        match=rf"depth.tif: holds values of mode '{mode}', which have no stated range .* export",
    ):
        decode(path)
