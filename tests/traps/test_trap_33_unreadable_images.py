"""Trap 33: unreadable images became black images with a label."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from fieldmark.core.errors import ImageError
from fieldmark.images.dataset import read_batches
from fieldmark.images.preprocessing import preprocess_file, spec_from_timm

SPEC = spec_from_timm({"input_size": (3, 32, 32)})


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Six photos: one empty, one cut short, one text, one missing, two good."""
    found = [tmp_path / f"{number}.jpg" for number in range(6)]
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for path in found:
        Image.fromarray(pixels).save(path)
    whole = found[2].read_bytes()
    found[1].write_bytes(b"")
    found[2].write_bytes(whole[: len(whole) // 2])
    found[3].write_text("<html>not found</html>")
    found[4].unlink()
    return found


def test_trap_33_the_default_is_to_fail(paths: list[Path]) -> None:
    with pytest.raises(ImageError, match=r"1\.jpg: expected a picture, found an empty file"):
        list(read_batches(paths, SPEC))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_trap_33_no_unreadable_picture_gives_pixels(number: int, paths: list[Path]) -> None:
    with pytest.raises(ImageError, match=rf"{number}\.jpg"):
        preprocess_file(paths[number], SPEC)


def test_trap_33_excluding_is_declared_and_counted(paths: list[Path]) -> None:
    batches = list(read_batches(paths, SPEC, policy="exclude", batch_size=2))
    assert sum(len(batch.excluded) for batch in batches) == 4
    assert [item.position for batch in batches for item in batch.excluded] == [1, 2, 3, 4]
    kept = np.concatenate([batch.pixels for batch in batches])
    assert np.concatenate([batch.positions for batch in batches]).tolist() == [0, 5]
    np.testing.assert_array_equal(kept[0], preprocess_file(paths[0], SPEC))
    assert len(kept) == 2


def test_trap_33_a_switch_that_fills_up_cut_pictures_does_not_help(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ImageError, match=r"2\.jpg: cannot tell whole pictures from cut ones"):
        preprocess_file(paths[2], SPEC)
