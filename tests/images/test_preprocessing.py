import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.preprocessing import (
    PreprocessSpec,
    load_uint8,
    normalise,
    preprocess,
    preprocess_file,
    spec_from_timm,
)

Save = Callable[..., Path]
SPEC = spec_from_timm({"input_size": (3, 32, 32)})
PLAIN = dataclasses.replace(SPEC, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


def test_shape_type_and_layout(photo: Image.Image) -> None:
    found = preprocess(photo, SPEC)
    assert found.shape == (3, 32, 32)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert found.flags.writeable


def test_the_picture_is_left_as_it_was(photo: Image.Image) -> None:
    before = photo.tobytes()
    preprocess(photo, SPEC)
    assert photo.tobytes() == before


def test_mean_and_std_are_applied_by_channel() -> None:
    image = Image.new("RGB", (40, 40), (0, 128, 255))
    spec = dataclasses.replace(SPEC, mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 2.0))
    found = preprocess(image, spec)[:, 0, 0]
    expected = [(0 - 0.1) / 0.5, (128 / 255 - 0.2) / 0.25, (1 - 0.3) / 2.0]
    assert found.tolist() == pytest.approx(expected, rel=1e-6)


def test_another_value_range_is_exact() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.fromarray(np.repeat(levels[..., None], 3, axis=2))
    spec = dataclasses.replace(PLAIN, resize_size=16, crop_size=16, value_range=(0, 255))
    np.testing.assert_array_equal(preprocess(image, spec)[1], levels.astype(np.float32))
    signed = dataclasses.replace(spec, value_range=(-1, 1))
    assert preprocess(image, signed)[0].min() == -1
    assert preprocess(image, signed)[0].max() == 1


def test_the_centre_is_kept_and_the_sides_are_cut() -> None:
    image = Image.new("RGB", (96, 32), "black")
    image.paste("white", (32, 0, 64, 32))
    spec = dataclasses.replace(PLAIN, resize_size=32)
    assert preprocess(image, spec).min() == 1
    squashed = dataclasses.replace(spec, resize_rule="squash")
    assert preprocess(image, squashed)[0, 16, 0] == 0


def test_a_crop_beyond_the_picture_is_black() -> None:
    spec = dataclasses.replace(PLAIN, resize_size=16)
    found = preprocess(Image.new("RGB", (16, 16), "white"), spec)[0]
    assert found[8:24, 8:24].min() == 1
    assert found[:8].max() == 0
    assert found[:, 24:].max() == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3)])
def test_tiny_pictures_work(size: tuple[int, int]) -> None:
    found = preprocess(Image.new("RGB", size, "white"), PLAIN)
    assert found.min() == found.max() == 1


def test_a_picture_that_is_not_rgb_is_refused() -> None:
    with pytest.raises(ImageError, match="Expected an RGB picture; found mode 'L': decode it"):
        preprocess(Image.new("L", (4, 4)), SPEC)


def test_an_extremely_long_picture_is_refused_by_name(save: Save) -> None:
    spec = spec_from_timm({})
    path = save("line.png", Image.new("RGB", (30_000, 3)))
    with pytest.raises(ImageError, match=r"line\.png: expected a picture of ordinary prop"):
        preprocess_file(path, spec)
    squash = dataclasses.replace(spec, resize_rule="squash")
    assert preprocess_file(path, squash).shape == (3, 224, 224)


def test_a_file_is_decoded_as_the_contract_says(photo: Image.Image, save: Save) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    clear = photo.copy()
    clear.putalpha(0)
    path = save("leaf.png", clear, exif=exif.tobytes())
    black = dataclasses.replace(PLAIN, alpha_colour=(0, 0, 0))
    assert preprocess_file(path, PLAIN).min() == 1
    assert preprocess_file(path, black).max() == 0
    turned = save("turned.png", photo, exif=exif.tobytes())
    ignoring = dataclasses.replace(PLAIN, orientation="ignore")
    np.testing.assert_array_equal(preprocess_file(turned, ignoring), preprocess(photo, PLAIN))
    upright = photo.transpose(Image.Transpose.ROTATE_270)
    np.testing.assert_array_equal(preprocess_file(turned, PLAIN), preprocess(upright, PLAIN))


def test_the_pixel_limit_reaches_the_decoder(photo: Image.Image, save: Save) -> None:
    with pytest.raises(ImageError, match="at most 100 pixels, but it has 80 x 48"):
        preprocess_file(save("leaf.png", photo), SPEC, max_pixels=100)


def test_the_spec_can_be_imported_from_here() -> None:
    assert isinstance(SPEC, PreprocessSpec)


@pytest.mark.parametrize("decoding", ["exact", "near-exact", "fast"])
@pytest.mark.parametrize("name", ["leaf.png", "leaf.jpg"])
def test_a_file_is_its_bytes_normalised_bit_for_bit(
    photo: Image.Image, save: Save, decoding: str, name: str
) -> None:
    spec = dataclasses.replace(SPEC, decoding=decoding)
    path = save(name, photo)
    pixels = load_uint8(path, spec)
    assert (pixels.shape, pixels.dtype) == ((32, 32, 3), np.uint8)
    assert pixels.flags.c_contiguous
    assert pixels.flags.writeable
    batch = normalise(np.stack([pixels, 255 - pixels]), spec)
    assert batch.flags.c_contiguous
    np.testing.assert_array_equal(batch[0], preprocess_file(path, spec))
    with Image.open(path) as image:
        np.testing.assert_array_equal(batch[0], preprocess(image.convert("RGB"), spec))


def test_only_bytes_of_pictures_are_normalised() -> None:
    assert normalise(np.empty((0, 4, 4, 3), dtype=np.uint8), SPEC).shape == (0, 3, 4, 4)
    with pytest.raises(ImageError, match=r"pixels \(n, height, width, 3\); found float64 of shape"):
        normalise(np.zeros((1, 4, 4, 3)), SPEC)
    with pytest.raises(ImageError, match=r"found uint8 of shape \(4, 4, 3\)"):
        normalise(np.zeros((4, 4, 3), dtype=np.uint8), SPEC)


@pytest.mark.real
def test_every_high_resolution_photo_is_prepared_or_refused(shared: Path) -> None:
    spec = spec_from_timm({})
    refused = []
    for path in sorted((shared / "data" / "hires").glob("*.jpg")):
        try:
            found = preprocess_file(path, spec)
        except ImageError as error:
            refused.append((path.name, str(error)))
        else:
            assert found.shape == (3, 224, 224), path
            assert np.isfinite(found).all(), path
    assert [name for name, _ in refused] == ["african_elephants_truncated_file.jpg"]
    assert "found a damaged one (image file is truncated" in refused[0][1]


@pytest.mark.real
@pytest.mark.parametrize("variant", ["cmyk", "with_exif_orientation"])
def test_variants_of_a_photo_agree(variant: str, shared: Path) -> None:
    folder = shared / "data" / "hires"
    plain = preprocess_file(folder / "african_elephants.jpg", PLAIN)
    other = preprocess_file(folder / f"african_elephants_{variant}.jpg", PLAIN)
    assert np.abs(plain - other).mean() < 0.01
