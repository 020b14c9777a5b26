import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.preprocessing import PreprocessSpec, load_uint8, preprocess, preprocess_file
from fieldmark.images.regions import Box, box_from

Save = Callable[..., Path]
PLAIN = PreprocessSpec(16, 16, (0.0,) * 3, (1.0,) * 3)
BOXED = dataclasses.replace(PLAIN, crop="box")
BLACK = dataclasses.replace(PLAIN, mask="black")
CUT = dataclasses.replace(PLAIN, mask="crop")


def mask_of(box: tuple[int, int, int, int], value: int = 1) -> Image.Image:
    mask = Image.new("L", (80, 48))
    mask.paste(value, box)
    return mask


def test_a_box_in_pixels_and_in_shares_cuts_the_same(photo: Image.Image, save: Save) -> None:
    path = save("leaf.png", photo)
    expected = preprocess(photo.crop((20, 12, 60, 36)), BOXED)
    shares = box_from((0.25, 0.25, 0.5, 0.5), unit="shares")
    for box in (box_from("[20,12,40,24]"), shares):
        found = preprocess_file(path, BOXED, box=box)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("decoding", ["exact", "near-exact", "fast"])
def test_a_box_counts_in_the_upright_picture(photo: Image.Image, save: Save, decoding: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save("leaf.jpg", photo, exif=exif.tobytes(), quality=100, subsampling=0)
    upright = photo.transpose(Image.Transpose.ROTATE_270)
    spec = dataclasses.replace(BOXED, decoding=decoding)
    found = load_uint8(path, spec, box=Box(0, 40, 48, 40)).astype(int)
    expected = load_uint8(save("cut.png", upright.crop((0, 40, 48, 80))), PLAIN)
    assert np.abs(found - expected).max() <= 4


@pytest.mark.parametrize("value", [1, 255])
def test_a_mask_blackens_or_cuts(photo: Image.Image, save: Save, value: int) -> None:
    path, inside = save("leaf.png", photo), (20, 8, 52, 40)
    mask = save("mask.png", mask_of(inside, value))
    black = Image.new("RGB", photo.size)
    black.paste(photo.crop(inside), inside[:2])
    np.testing.assert_array_equal(
        preprocess_file(path, BLACK, mask_path=mask), preprocess(black, BLACK)
    )
    np.testing.assert_array_equal(
        preprocess_file(path, CUT, mask_path=mask), preprocess(photo.crop(inside), CUT)
    )


def test_the_box_comes_before_the_mask(photo: Image.Image, save: Save) -> None:
    mask = save("mask.png", mask_of((0, 0, 40, 48)))
    spec = dataclasses.replace(CUT, crop="box")
    found = preprocess_file(save("leaf.png", photo), spec, mask_path=mask, box=Box(20, 0, 60, 48))
    np.testing.assert_array_equal(found, preprocess(photo.crop((20, 0, 40, 48)), spec))


@pytest.mark.parametrize(
    ("spec", "mask", "box", "message"),
    [
        (BOXED, None, None, r"leaf\.png: expected a box of the picture, as the contract says"),
        (BLACK, None, None, r"leaf\.png: expected a mask of the picture, as the contract says"),
        (PLAIN, None, Box(0, 0, 1, 1), "expected no box, since the contract names none"),
        (PLAIN, mask_of((0, 0, 9, 9)), None, "expected no mask, since the contract names none"),
        (BOXED, None, Box(80, 0, 9, 9), "a box within 80 x 48 pixels, found 80, 0 to 89, 9"),
        (BLACK, Image.new("L", (80, 48)), None, r"covers something; .*mask\.png leaves nothing"),
        (BLACK, Image.new("L", (48, 80), 1), None, r"mask of 80 x 48 pixels.*has 48 x 80"),
    ],
)
def test_a_region_that_does_not_fit_is_refused(
    photo: Image.Image,
    save: Save,
    spec: PreprocessSpec,
    mask: Image.Image | None,
    box: Box | None,
    message: str,
) -> None:
    mask_path = None if mask is None else save("mask.png", mask)
    with pytest.raises(ImageError, match=message):
        load_uint8(save("leaf.png", photo), spec, mask_path=mask_path, box=box)


def test_a_mask_saved_with_loss_is_refused(photo: Image.Image, save: Save) -> None:
    mask = save("mask.jpg", mask_of((0, 0, 9, 9), 255))
    with pytest.raises(ImageError, match=r"mask\.jpg: expected a mask saved without loss, found"):
        load_uint8(save("leaf.png", photo), BLACK, mask_path=mask)
