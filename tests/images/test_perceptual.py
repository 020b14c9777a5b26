import io

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.perceptual import (
    look_of,
    looks_of_files,
    near_hashes,
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


@pytest.mark.parametrize("count", [0, 1, 2, 300])
@pytest.mark.parametrize("distance", [0, 3, 64])
def test_near_hashes_are_those_of_a_slow_loop(count: int, distance: int) -> None:
    rng = np.random.default_rng(count)
    hashes = rng.integers(0, 256, count, dtype=np.uint64) << np.uint64(56)
    values = hashes.tolist()
    expected = [
        (a, b, (values[a] ^ values[b]).bit_count())
        for a in range(count)
        for b in range(a + 1, count)
        if (values[a] ^ values[b]).bit_count() <= distance
    ]
    pairs, bits = near_hashes(hashes, distance=distance)
    assert [(*pair, bit) for pair, bit in zip(pairs.tolist(), bits.tolist(), strict=True)] == [
        (a, b, bit) for a, b, bit in expected
    ]


def test_pairs_across_blocks_are_found() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**63, 9000, dtype=np.uint64)
    hashes[8999] = hashes[5] ^ np.uint64(1)
    assert near_hashes(hashes, distance=4)[0].tolist() == [[5, 8999]]


def test_a_distance_is_a_number_of_bits() -> None:
    with pytest.raises(ImageError, match="Expected a distance of 0 to 64 bits between hashes"):
        near_hashes(np.zeros(2, dtype=np.uint64), distance=65)
