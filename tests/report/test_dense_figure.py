import base64
import io
import re

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.confusion_counts import confusion_counts
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.report.dense_figure import dense_figure, pixels_of, png_of
from fieldmark.report.rank_confusions import rank_confusions

BLUE, YELLOW, ORANGE = (0, 114, 178), (230, 159, 0), (213, 94, 0)


def ranks(truth, predicted, species: int, genera: int, *, name: str = "g"):
    names = [f"s{number:04d}" for number in range(species)]
    genus = [f"{name}{number * genera // species:03d}" for number in range(species)]
    tree = build_taxonomy(pl.DataFrame({"genus": genus, "species": names}), ("genus", "species"))
    answers = Answers(
        rank=None,
        classes=tuple(names),
        candidates=species,
        truth=np.array(truth),
        predicted=np.array(predicted),
    )
    return rank_confusions(confusion_counts(answers), tree)


def test_colours_say_how_near_a_mix_up_is_and_strength_its_share() -> None:
    species = ranks([0, 0, 1, 2, 3], [0, 1, 3, 2, 3], 4, 2)[-1]
    pixels = pixels_of(species)
    assert pixels.shape == (4, 4, 4)
    assert tuple(pixels[0, 0, :3]) == BLUE
    assert tuple(pixels[0, 1, :3]) == YELLOW
    assert tuple(pixels[1, 3, :3]) == ORANGE
    assert pixels[1, 0].tolist() == [0, 0, 0, 0]
    assert pixels[1, 3, 3] == pixels[3, 3, 3] == 255 > pixels[0, 0, 3] > 128


def test_a_pixel_shows_the_greatest_share_of_its_cells() -> None:
    n = 960
    truth = [*range(n), *[1] * 9]
    predicted = [*range(n), *[700] * 9]
    pixels = pixels_of(ranks(truth, predicted, n, 40)[-1])
    assert pixels.shape == (480, 480, 4)
    assert tuple(pixels[0, 350, :3]) == ORANGE
    assert tuple(pixels[0, 0, :3]) == BLUE
    assert (pixels[:, :, 3] > 0).sum() == 481


def test_the_png_is_what_it_was_made_of() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (3, 5, 4), dtype=np.uint8)
    with Image.open(io.BytesIO(png_of(pixels))) as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_few_rows_are_named_and_many_by_their_blocks() -> None:
    few = dense_figure(ranks([0, 1, 2], [0, 1, 0], 3, 2)[-1], contender="probe", split="test")
    assert re.findall(r"<text[^>]*>([^<]*)<", few.svg) == ["s0000", "s0001", "s0002"]
    assert few.svg.count("<path") == 1
    many = dense_figure(ranks(range(300), range(300), 300, 30)[-1], contender="p", split="test")
    assert re.findall(r"<text[^>]*>([^<]*)<", many.svg)[:2] == ["g000", "g001"]
    assert many.svg.count("<path") == 29


def test_what_the_caption_says() -> None:
    genus, species = ranks([0, 1, 2, 3], [0, 0, 0, 3], 4, 2)
    assert dense_figure(species, contender="probe", split="test").caption == (
        "On the split “test”: 4 names at the rank “species”, n = 4. Rows are labels, columns "
        "answers, in the order of the tree, lines between each genus; blue: right (50.00 %); "
        "yellow: mixed up within the genus (25.00 %); orange: mixed up beyond it (25.00 %). The "
        "colour grows with the share of the label's images."
    )
    assert "orange: mixed up (25.00 %)" in dense_figure(genus, contender="p", split="t").caption


def test_names_are_escaped() -> None:
    found = ranks([0, 1], [0, 1], 2, 2, name="<b>")[0]
    assert "<b>" not in dense_figure(found, contender="<b>", split="test").svg


@pytest.mark.parametrize("species", [1, 2829])
def test_any_number_of_names(species: int) -> None:
    found = ranks(range(species), range(species), species, min(species, 600))[-1]
    picture = dense_figure(found, contender="probe", split="test")
    data = re.findall(r"base64,([^\"]+)", picture.svg)[0]
    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert len(picture.svg) < 60_000
