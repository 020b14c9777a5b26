import io

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.perceptual import (
    look_of,
    looks_of_files,
    perceptual_hash,
)


@pytest.mark.parametrize("seed", range(6))
def test_the_hash_is_that_of_imagehash(seed: int) -> None:
    imagehash = pytest.importorskip("imagehash")
    rng = np.random.default_rng(seed)
    rough = Image.fromarray(rng.integers(0, 256, (9, 7, 3), dtype=np.uint8))
    image = rough.resize((90 + seed, 70), Image.Resampling.BICUBIC)
    assert perceptual_hash(image) == int(str(imagehash.phash(image)), 16)


def test_a_smaller_recompressed_copy_looks_the_same() -> None:
    fields = np.random.default_rng(4).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    image = Image.fromarray(fields).resize((180, 120), Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    image.resize((120, 80)).save(stream, "JPEG", quality=70)
    first, second = look_of(image), look_of(Image.open(stream))
    assert (first.hash ^ second.hash).bit_count() <= 4
    assert np.abs(first.thumbnail.astype(int) - second.thumbnail).mean() < 7


def test_looks_come_in_order_and_unreadable_files_say_why(photo: Image.Image, save) -> None:
    paths = [save("a.png", photo), save("b.png", b"nothing"), save("c.png", photo)]
    first, second, third = looks_of_files(paths)
    assert first.content == third.content
    assert isinstance(second, ImageError)
    assert "b.png" in str(second)
