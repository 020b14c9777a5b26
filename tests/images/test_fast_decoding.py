import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError, MissingExtraError
from fieldmark.images.fast_decoding import decode_jpeg, reduction
from fieldmark.images.preprocessing import load_uint8, spec_from_timm

pytest.importorskip("simplejpeg")
pytest.importorskip("torch")

Save = Callable[..., Path]
EXACT = spec_from_timm({"input_size": (3, 56, 56)})
NEAR = dataclasses.replace(EXACT, decoding="near-exact")
FAST = dataclasses.replace(EXACT, decoding="fast")


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """Noise whose power falls with the frequency, mostly grey, as in photos: 640 x 520."""
    rng = np.random.default_rng(0)
    rows, columns = np.fft.fftfreq(520)[:, None], np.fft.fftfreq(640)[None]
    frequency = np.maximum(np.hypot(rows, columns), 1 / 640)

    def field(steepness: float) -> np.ndarray:
        waves = np.fft.fft2(rng.normal(size=(520, 640))) / frequency**steepness
        found = np.fft.ifft2(waves).real
        return (found - found.mean()) / found.std()

    grey = field(1.2)
    pixels = np.stack([120 + 45 * grey + 20 * field(1.8) for _ in range(3)], axis=2)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [60, 95])
def test_at_full_size_the_pixels_are_those_of_pillow(
    scene: Image.Image, save: Save, subsampling: int, quality: int
) -> None:
    path = save("leaf.jpg", scene, quality=quality, subsampling=subsampling)
    stored = decode_jpeg(path)
    assert stored is not None
    assert stored.orientation == 1
    np.testing.assert_array_equal(stored.pixels, np.asarray(Image.open(path)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_near_exact_is_at_most_one_level_off_however_the_picture_lies(
    scene: Image.Image, save: Save, orientation: int, mode: str
) -> None:
    path = save("leaf.jpg", scene.convert(mode), exif=exif_of(orientation), quality=90)
    difference = np.abs(load_uint8(path, NEAR).astype(int) - load_uint8(path, EXACT))
    assert difference.max() <= 1
    assert (difference > 0).mean() <= 0.005


@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_fast_stays_within_its_bound_when_it_reduces(
    scene: Image.Image, save: Save, orientation: int
) -> None:
    path = save("leaf.jpg", scene, exif=exif_of(orientation), quality=90)
    assert reduction(scene.size, 4 * FAST.resize_size) == 2
    fast, exact = load_uint8(path, FAST), load_uint8(path, EXACT)
    assert (fast != load_uint8(path, NEAR)).any()
    assert np.abs(fast.astype(int) - exact).mean() <= 0.3


@pytest.mark.parametrize(
    ("size", "least", "by"),
    [((800, 800), 100, 8), ((799, 900), 100, 4), ((400, 3000), 100, 4), ((150, 150), 100, 1)],
)
def test_the_shorter_side_decides_about_the_reduction(
    size: tuple[int, int], least: int, by: int
) -> None:
    assert reduction(size, least) == by
    assert reduction(size, None) == 1


@pytest.mark.parametrize(
    ("name", "mode"), [("leaf.png", "RGB"), ("leaf.jpg", "CMYK"), ("leaf.webp", "RGBA")]
)
def test_what_the_decoder_does_not_know_is_left_to_pillow(
    scene: Image.Image, save: Save, name: str, mode: str
) -> None:
    path = save(name, scene.convert(mode))
    assert decode_jpeg(path) is None
    near = load_uint8(path, NEAR).astype(int)
    assert np.abs(near - load_uint8(path, EXACT)).max() <= 1
    np.testing.assert_array_equal(near, load_uint8(path, FAST))


@pytest.mark.parametrize("spec", [NEAR, FAST])
def test_a_cut_file_is_refused_as_in_exact_decoding(
    scene: Image.Image, save: Save, spec: object
) -> None:
    path = save("leaf.jpg", scene)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ImageError, match=r"leaf\.jpg: expected a whole JPEG picture, found a dam"):
        load_uint8(path, spec)
    path.write_bytes(b"")
    with pytest.raises(ImageError, match=r"leaf\.jpg: expected a picture, found an empty file"):
        load_uint8(path, spec)


def test_the_pixel_limit_holds_before_anything_is_decoded(scene: Image.Image, save: Save) -> None:
    with pytest.raises(ImageError, match="at most 100 pixels, but it has 640 x 520"):
        load_uint8(save("leaf.jpg", scene), FAST, max_pixels=100)


def test_without_the_decoder_the_extra_is_named(
    scene: Image.Image, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    with pytest.raises(MissingExtraError, match=r"need simplejpeg .* 'fieldmark\[learn\]'"):
        load_uint8(save("leaf.jpg", scene), FAST)


@pytest.mark.real
def test_high_resolution_photos_stay_within_both_bounds(shared: Path) -> None:
    exact, near, fast = (
        dataclasses.replace(spec_from_timm({}), decoding=name)
        for name in ("exact", "near-exact", "fast")
    )
    photos = sorted((shared / "data" / "hires").glob("*.jpg"))
    if not photos:
        pytest.skip("the high-resolution photos do not lie beside this checkout")
    for path in photos:
        if "truncated" in path.name:
            continue
        expected = load_uint8(path, exact).astype(int)
        off = np.abs(load_uint8(path, near) - expected)
        assert off.max() <= 1, path
        assert (off > 0).mean() <= 0.005, path
        assert np.abs(load_uint8(path, fast) - expected).mean() <= 0.3, path
