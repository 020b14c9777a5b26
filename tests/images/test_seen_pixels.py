from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.images import seen_pixels as module
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.pixel_statistics import drift_of, measured
from fieldmark.images.preprocessing import preprocess_file, spec_from_timm
from fieldmark.images.regions import Box, Region
from fieldmark.images.seen_pixels import seen_pixels

SPEC = PreprocessSpec(8, 8, (0.5,) * 3, (0.5,) * 3)
SETS = ("grocery_produce", "coffee_leaf", "cats_reid", "heliconius", "smoke_photos")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        Image.new("RGB", (20, 10), (40 * number, 0, 255)).save(path)
    return paths


def test_what_is_measured_is_what_a_network_sees(files: list[Path]) -> None:
    batch = np.stack([preprocess_file(path, SPEC) for path in files])
    assert seen_pixels(files, SPEC) == measured(batch)


def test_of_many_files_some_are_read_spread_over_their_order(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    found = seen_pixels(files, SPEC)
    assert found == seen_pixels([files[0], files[2], files[5]], SPEC)


def test_unreadable_files_are_left_aside(files: list[Path]) -> None:
    whole = seen_pixels(files[1:], SPEC)
    files[0].write_bytes(b"no picture")
    assert seen_pixels(files, SPEC) == whole
    assert seen_pixels(files[:1], SPEC) is None
    assert seen_pixels([], SPEC) is None


def test_masks_and_boxes_count(files: list[Path]) -> None:
    boxed = PreprocessSpec(8, 8, (0.5,) * 3, (0.5,) * 3, crop="box")
    regions = [Region(box=Box(0, 0, 8, 8))] * 6
    found = seen_pixels(files, boxed, regions=regions)
    assert found is not None
    assert found.pictures == 6


@pytest.mark.real
def test_real_photos_of_other_kinds_seldom_raise_a_doubt(shared: Path) -> None:
    contract, generator = spec_from_timm({}), np.random.default_rng(0)
    found = {}
    for name in SETS:
        folder = shared / "data" / name
        paths = sorted((*folder.rglob("*.jpg"), *folder.rglob("*.png")))
        chosen = generator.permutation(len(paths))[: 40 if name == SETS[0] else 12]
        found[name] = [seen_pixels([paths[place]], contract) for place in chosen]
        found[name].append(seen_pixels([paths[place] for place in chosen], contract))
    trained = found[SETS[0]][-1]
    assert [drift_of(trained, one) for one in found[SETS[0]]] == [None] * len(found[SETS[0]])
    others = [drift_of(trained, one) for name in SETS[1:] for one in found[name]]
    assert sum(drift is not None for drift in others) <= 0.15 * len(others)
