import dataclasses
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images import dataset
from fieldmark.images.dataset import read_batches
from fieldmark.images.preprocessing import preprocess_file, spec_from_timm
from fieldmark.images.regions import Box, Region

SPEC = spec_from_timm({"input_size": (3, 16, 16)})


@pytest.fixture
def folder(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number:02d}.png" for number in range(11)]
    for number, path in enumerate(paths):
        Image.new("RGB", (20 + number, 30), (20 * number,) * 3).save(path)
    return paths


@pytest.mark.parametrize("batch_size", [1, 2, 4, 11, 100])
@pytest.mark.parametrize("threads", [1, 3, None])
def test_batches_come_whole_and_in_order(
    batch_size: int, threads: int | None, folder: list[Path]
) -> None:
    batches = list(read_batches(folder, SPEC, batch_size=batch_size, threads=threads))
    assert [len(batch.positions) for batch in batches[:-1]] == [batch_size] * (len(batches) - 1)
    positions = np.concatenate([batch.positions for batch in batches])
    assert positions.tolist() == list(range(11))
    assert positions.dtype == np.int64
    expected = np.stack([preprocess_file(path, SPEC) for path in folder])
    np.testing.assert_array_equal(np.concatenate([batch.pixels for batch in batches]), expected)
    assert not any(batch.excluded for batch in batches)


def test_slow_pictures_do_not_change_the_order(
    folder: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_at_first(path: Path, **_: object) -> np.ndarray:
        time.sleep(0.05 if path.stem == "00" else 0)
        return np.full((16, 16, 3), int(path.stem), dtype=np.uint8)

    monkeypatch.setattr(dataset, "load_uint8", slow_at_first)
    (batch,) = read_batches(folder, SPEC, threads=4)
    assert (np.diff(batch.pixels[:, 0, 0, 0]) > 0).all()


def test_no_paths_give_no_batch() -> None:
    assert list(read_batches([], SPEC)) == []


def test_an_unreadable_picture_ends_the_work_by_default(folder: list[Path]) -> None:
    folder[5].write_bytes(b"")
    reader = read_batches(folder, SPEC, batch_size=2)
    assert next(reader).positions.tolist() == [0, 1]
    with pytest.raises(ImageError, match=r"05\.png: expected a picture, found an empty file"):
        list(reader)


def test_the_first_unreadable_picture_is_the_one_told(folder: list[Path]) -> None:
    for number in (9, 3):
        folder[number].write_bytes(b"text")
    with pytest.raises(ImageError, match=r"03\.png"):
        list(read_batches(folder, SPEC, threads=4))


def test_excluded_pictures_are_listed_where_they_stood(folder: list[Path]) -> None:
    folder[4].write_bytes(b"")
    folder[5].unlink()
    folder[10].write_bytes(b"text")
    batches = list(read_batches(folder, SPEC, batch_size=4, policy="exclude"))
    assert [batch.positions.tolist() for batch in batches] == [[0, 1, 2, 3], [6, 7], [8, 9]]
    excluded = [item for batch in batches for item in batch.excluded]
    assert [item.position for item in excluded] == [4, 5, 10]
    assert [item.path for item in excluded] == [folder[4], folder[5], folder[10]]
    assert "found an empty file" in excluded[0].reason
    assert "there is no such file" in excluded[1].reason


def test_a_batch_may_be_empty_when_everything_is_excluded(folder: list[Path]) -> None:
    for path in folder[:2]:
        path.write_bytes(b"text")
    first = next(read_batches(folder, SPEC, batch_size=2, policy="exclude"))
    assert first.pixels.shape == (0, 3, 16, 16)
    assert first.positions.shape == (0,)
    assert len(first.excluded) == 2


def test_stopping_early_ends_the_threads(folder: list[Path]) -> None:
    reader = read_batches(folder, SPEC, batch_size=1, threads=3)
    next(reader)
    reader.close()
    assert not [
        thread for thread in threading.enumerate() if thread.name.startswith("fieldmark-images")
    ]


def test_at_most_one_batch_is_read_ahead(
    folder: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def watched(path: Path, **_: object) -> np.ndarray:
        seen.append(path)
        return np.zeros((16, 16, 3), dtype=np.uint8)

    monkeypatch.setattr(dataset, "load_uint8", watched)
    reader = read_batches(folder, SPEC, batch_size=2, threads=1)
    next(reader)
    time.sleep(0.05)
    assert len(seen) <= 4
    reader.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"policy": "skip"}, "Unknown policy for unreadable pictures 'skip'. There are: exclude"),
        ({"batch_size": 0}, "batch_size and threads of at least 1; found 0 and None"),
        ({"threads": 0}, "batch_size and threads of at least 1; found 32 and 0"),
    ],
)
def test_arguments_are_checked_before_anything_is_read(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(ImageError, match=message):
        read_batches([], SPEC, **options)  # type: ignore[arg-type]


def test_regions_follow_their_pictures(folder: list[Path]) -> None:
    spec = dataclasses.replace(SPEC, crop="box")
    regions = [Region(box=Box(0, number, 10, 10)) for number in range(11)]
    (batch,) = read_batches(folder, spec, regions=regions)
    for pixels, path, region in zip(batch.pixels, folder, regions, strict=True):
        np.testing.assert_array_equal(pixels, preprocess_file(path, spec, box=region.box))
    with pytest.raises(ImageError, match="one region for each of 11 pictures; found 1"):
        read_batches(folder, spec, regions=regions[:1])
