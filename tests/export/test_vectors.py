from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import StoreError
from fieldmark.export.loading import load_bundle
from fieldmark.export.vectors import replay_vectors, write_vectors


def test_vectors_give_the_same_scores_again(bundle: Path) -> None:
    count, largest, problems = replay_vectors(bundle / "vectors", load_bundle(bundle).scorer)
    assert (count, largest, problems) == (6, 0.0, ())


def test_the_pictures_are_the_same_whenever_they_are_drawn(bundle: Path, tmp_path: Path) -> None:
    write_vectors(tmp_path / "again", load_bundle(bundle).scorer)
    for file in (tmp_path / "again").iterdir():
        assert file.read_bytes() == (bundle / "vectors" / file.name).read_bytes(), file.name


def test_the_pictures_ask_for_what_goes_wrong(bundle: Path) -> None:
    with Image.open(bundle / "vectors" / "turned.png") as picture:
        assert picture.getexif()[0x0112] == 6
    with Image.open(bundle / "vectors" / "transparent.png") as picture:
        assert picture.mode == "RGBA"
        assert picture.getchannel("A").getextrema() == (90, 255)
    with Image.open(bundle / "vectors" / "grey.png") as picture:
        assert picture.mode == "L"
    with Image.open(bundle / "vectors" / "small.png") as picture:
        assert max(picture.size) < 48


@pytest.mark.parametrize(("shift", "agrees"), [(0.5e-4, True), (3e-4, False), (np.nan, False)])
def test_scores_beyond_the_tolerance_are_named(bundle: Path, shift: float, agrees: bool) -> None:
    model, file = load_bundle(bundle), bundle / "vectors" / "scores.npy"
    scores = np.load(file)
    scores[1] += np.float32(shift * max(1.0, np.abs(scores).max()))
    np.save(file, scores)
    _, _, problems = replay_vectors(bundle / "vectors", model.scorer)
    assert (not problems) == agrees
    if not agrees:
        assert problems[0].startswith("1 of 6 test vectors got other scores, by up to ")


def test_scores_of_another_shape_are_refused(bundle: Path) -> None:
    model = load_bundle(bundle)
    np.save(bundle / "vectors" / "scores.npy", np.zeros((6, 3), dtype=np.float32))
    with pytest.raises(StoreError, match=r"6 pictures over 4 classes .* found the shape \(6, 3\)"):
        replay_vectors(bundle / "vectors", model.scorer)


def test_a_record_of_something_else_is_refused(bundle: Path) -> None:
    model = load_bundle(bundle)
    (bundle / "vectors" / "vectors.json").write_text('{"pictures": []}')
    with pytest.raises(StoreError, match=r"describes no test vectors \(KeyError\('tolerance'\)\)"):
        replay_vectors(bundle / "vectors", model.scorer)
