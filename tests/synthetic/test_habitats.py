import numpy as np
import pytest
from PIL import Image, ImageDraw

from fieldmark.synthetic.habitats import HABITATS, draw_habitat, draw_litter


def mean_colour(habitat: str, *, elevation: float) -> np.ndarray:
    pictures = [
        np.asarray(
            draw_habitat(np.random.default_rng(seed), habitat, size=48, elevation=elevation)
        ).mean(axis=(0, 1))
        for seed in range(5)
    ]
    return np.mean(pictures, axis=0)


def test_meadows_are_green_and_broadleaf_woods_brown() -> None:
    red, green, blue = mean_colour("meadow", elevation=0.5)
    assert green > red > blue
    red, green, blue = mean_colour("broadleaf wood", elevation=0.5)
    assert red > green > blue


def test_habitats_differ_on_average() -> None:
    colours = [mean_colour(habitat, elevation=0.1) for habitat in HABITATS]
    for place, one in enumerate(colours):
        for other in colours[:place]:
            assert np.abs(one - other).sum() > 10


@pytest.mark.parametrize("habitat", HABITATS)
def test_no_two_pictures_are_the_same(habitat: str) -> None:
    generator = np.random.default_rng(0)
    one, other = (draw_habitat(generator, habitat, size=32, elevation=0.0) for _ in range(2))
    assert one.tobytes() != other.tobytes()


@pytest.mark.parametrize("habitat", HABITATS)
def test_litter_lies_below_its_top(habitat: str) -> None:
    image = Image.new("RGB", (80, 80), (255, 0, 255))
    draw = ImageDraw.Draw(image)
    draw_litter(np.random.default_rng(0), draw, habitat, size=80, top=60.0, count=40)
    touched = (np.asarray(image) != (255, 0, 255)).any(axis=2)
    assert touched.any()
    assert not touched[:30].any()


def test_no_litter_is_no_change() -> None:
    image = Image.new("RGB", (16, 16), (1, 2, 3))
    draw = ImageDraw.Draw(image)
    draw_litter(np.random.default_rng(0), draw, "meadow", size=16, top=0.0, count=0)
    assert (np.asarray(image) == (1, 2, 3)).all()
