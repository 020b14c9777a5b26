import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.decoding import decode
from fieldmark.images.orientation import orientation_of
from fieldmark.images.preprocessing import PreprocessSpec, preprocess

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
QUIET = settings(deadline=None, max_examples=60, database=None)

colours = st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3).map(tuple)
specs = st.builds(
    PreprocessSpec,
    resize_size=st.integers(1, 48),
    crop_size=st.integers(1, 48),
    mean=colours,
    std=colours,
    interpolation=st.sampled_from(["bicubic", "bilinear", "box", "hamming", "lanczos"]),
    resize_rule=st.sampled_from(["squash", "shorter side then centre crop"]),
    alpha_colour=st.tuples(*[st.integers(0, 255)] * 3),
)


def encoded(fmt: str) -> bytes:
    pixels = np.random.default_rng(7).integers(0, 256, (24, 31, 3), dtype=np.uint8)
    stored = io.BytesIO()
    Image.fromarray(pixels).save(stored, fmt)
    return stored.getvalue()


def decoded(content: bytes) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leaf"
        path.write_bytes(content)
        return decode(path)


def decoded_or_refused(content: bytes) -> Image.Image | str:
    try:
        return decoded(content)
    except ImageError as error:
        return str(error)


@QUIET
@given(fmt=st.sampled_from(FORMATS), data=st.data())
def test_a_cut_file_is_refused_or_gives_every_pixel(fmt: str, data: st.DataObject) -> None:
    whole = encoded(fmt)
    end = data.draw(st.integers(0, len(whole)))
    found = decoded_or_refused(whole[:end])
    assert isinstance(found, str) or found.tobytes() == decoded(whole).tobytes()


@QUIET
@given(fmt=st.sampled_from(FORMATS), data=st.data())
def test_damage_gives_a_picture_or_an_image_error(fmt: str, data: st.DataObject) -> None:
    content = bytearray(encoded(fmt))
    places = st.integers(0, min(len(content), 400) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        content[place] = value
    found = decoded_or_refused(bytes(content))
    assert "\n" not in found if isinstance(found, str) else found.mode == "RGB"


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes_state_some_orientation(block: bytes) -> None:
    for prefix in (b"", b"II*\0", b"MM\0*\0\0\0\x08"):
        assert 1 <= orientation_of(prefix + block) <= 8


@QUIET
@given(spec=specs, width=st.integers(1, 60), height=st.integers(1, 60))
def test_any_picture_is_prepared_to_the_stated_size_and_range(
    spec: PreprocessSpec, width: int, height: int
) -> None:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    found = preprocess(Image.fromarray(pixels), spec)
    assert found.shape == (3, spec.crop_size, spec.crop_size)
    back = found * np.array(spec.std)[:, None, None] + np.array(spec.mean)[:, None, None]
    assert back.min() >= -1e-5
    assert back.max() <= 1 + 1e-5


@QUIET
@given(spec=specs)
def test_a_contract_survives_storage(spec: PreprocessSpec) -> None:
    again = PreprocessSpec.from_dict(spec.to_dict())
    assert again == spec
    assert again.digest == spec.digest


@QUIET
@given(first=specs, second=specs)
def test_equal_digests_mean_equal_contracts(first: PreprocessSpec, second: PreprocessSpec) -> None:
    assert (first.digest == second.digest) == (first == second)


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_examples_are_whole(fmt: str) -> None:
    assert decoded(encoded(fmt)).size == (31, 24)
