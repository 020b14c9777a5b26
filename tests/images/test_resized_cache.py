import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images import resized_cache
from fieldmark.images.dataset import read_batches
from fieldmark.images.preprocessing import load_uint8, spec_from_timm
from fieldmark.images.regions import Box
from fieldmark.images.resized_cache import ResizedCache

SPEC = spec_from_timm({"input_size": (3, 16, 16)})
ONE = 16 * 16 * 3 + 128


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    found = [tmp_path / f"{number}.png" for number in range(5)]
    for path in found:
        Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)).save(path)
    return found


@pytest.fixture
def cache(tmp_path: Path) -> ResizedCache:
    return ResizedCache(tmp_path / "cache", SPEC, max_bytes=10 * ONE)


@pytest.fixture
def refuse_to_read(monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("read anew")

    return lambda: monkeypatch.setattr(resized_cache, "load_uint8", refused)


def test_the_second_time_comes_from_the_folder_and_is_identical(
    paths: list[Path], cache: ResizedCache, refuse_to_read
) -> None:
    first = [cache.load_uint8(path) for path in paths]
    refuse_to_read()
    again = pickle.loads(pickle.dumps(cache))
    for path, pixels in zip(paths, first, strict=True):
        np.testing.assert_array_equal(pixels, load_uint8(path, SPEC))
        found = again.load_uint8(path)
        np.testing.assert_array_equal(found, pixels)
        assert found.flags.writeable
    assert cache.taken_bytes() == 5 * ONE
    mapped = np.load(cache.place_of(paths[0]), mmap_mode="r")
    np.testing.assert_array_equal(mapped, first[0])


def test_epochs_through_the_cache_give_the_same_batches(
    paths: list[Path], cache: ResizedCache, refuse_to_read
) -> None:
    plain = np.concatenate([batch.pixels for batch in read_batches(paths, SPEC)])
    for _ in range(2):
        (batch,) = read_batches(paths, SPEC, cache=cache)
        np.testing.assert_array_equal(batch.pixels, plain)
        refuse_to_read()


def test_other_bytes_under_the_same_name_are_read_anew(
    paths: list[Path], cache: ResizedCache
) -> None:
    cache.load_uint8(paths[0])
    paths[0].write_bytes(paths[1].read_bytes())
    np.testing.assert_array_equal(cache.load_uint8(paths[0]), load_uint8(paths[1], SPEC))


def test_contracts_and_boxes_do_not_share_what_is_kept(paths: list[Path], tmp_path: Path) -> None:
    boxed = dataclasses.replace(SPEC, crop="box")
    first, other = (
        ResizedCache(tmp_path / "c", spec, max_bytes=99 * ONE) for spec in (SPEC, boxed)
    )
    first.load_uint8(paths[0])
    boxes = Box(0, 0, 9, 9), Box(5, 5, 20, 20)
    left, right = (other.load_uint8(paths[0], box=box) for box in boxes)
    assert (left != right).any()
    np.testing.assert_array_equal(right, load_uint8(paths[0], boxed, box=boxes[1]))
    assert other.taken_bytes() == 2 * first.taken_bytes() == 2 * ONE


@pytest.mark.parametrize("room", [0, 2])
def test_a_full_cache_keeps_no_more_and_still_answers(
    paths: list[Path], tmp_path: Path, room: int
) -> None:
    cache = ResizedCache(tmp_path / "cache", SPEC, max_bytes=room * ONE)
    for _ in range(2):
        for path in paths:
            np.testing.assert_array_equal(cache.load_uint8(path), load_uint8(path, SPEC))
    assert cache.taken_bytes() == room * ONE


@pytest.mark.parametrize("content", [b"", b"junk", None])
def test_a_damaged_file_is_made_anew(
    paths: list[Path], cache: ResizedCache, content: bytes | None
) -> None:
    expected = cache.load_uint8(paths[0])
    place = cache.place_of(paths[0])
    if content is None:
        np.save(place, np.zeros((3, 3)))
    else:
        place.write_bytes(content)
    np.testing.assert_array_equal(cache.load_uint8(paths[0]), expected)
    np.testing.assert_array_equal(np.load(place), expected)


def test_an_unreadable_picture_is_refused_every_time(
    paths: list[Path], cache: ResizedCache
) -> None:
    paths[0].write_bytes(b"")
    paths[1].unlink()
    for _ in range(2):
        with pytest.raises(ImageError, match=r"0\.png: expected a picture, found an empty file"):
            cache.load_uint8(paths[0])
        with pytest.raises(ImageError, match=r"1\.png; there is no such file"):
            cache.load_uint8(paths[1])
    assert cache.taken_bytes() == 0


def test_a_folder_that_cannot_be_written_does_not_end_the_reading(
    paths: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    cache = ResizedCache(tmp_path / "cache", SPEC, max_bytes=10 * ONE)
    np.testing.assert_array_equal(cache.load_uint8(paths[0]), load_uint8(paths[0], SPEC))


def test_arguments_are_checked(paths: list[Path], cache: ResizedCache, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="max_bytes of at least 0; found -1"):
        ResizedCache(tmp_path, SPEC, max_bytes=-1)
    other = dataclasses.replace(SPEC, interpolation="bilinear")
    with pytest.raises(ImageError, match="same contract; it differs in interpolation: bilinear ag"):
        read_batches(paths, other, cache=cache)
