from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from fieldmark.synthetic.fungus_traits import TRAITS, FungusTraits
from fieldmark.synthetic.habitats import HABITATS, draw_habitat
from fieldmark.synthetic.render import draw_photo

PLAIN = FungusTraits(**dict.fromkeys(TRAITS, 0.45))


def photo(
    traits: FungusTraits, *, seed: int = 0, habitat: str = "meadow", size: int = 64
) -> Image.Image:
    return draw_photo(np.random.default_rng(seed), traits, habitat=habitat, size=size)


@pytest.mark.parametrize("size", [16, 17, 64, 128])
@pytest.mark.parametrize("habitat", HABITATS)
def test_photos_have_the_size_asked_for(habitat: str, size: int) -> None:
    image = photo(PLAIN, habitat=habitat, size=size)
    assert image.size == (size, size)
    assert image.mode == "RGB"


def test_the_same_generator_state_gives_the_same_pixels() -> None:
    assert photo(PLAIN).tobytes() == photo(PLAIN).tobytes()
    assert photo(PLAIN).tobytes() != photo(PLAIN, seed=1).tobytes()


@pytest.mark.parametrize(
    "trait",
    [name for name in TRAITS if name not in ("habitat", "season", "toxicity", "spot_size")],
)
def test_every_visible_trait_is_seen_from_above_or_below(trait: str) -> None:
    changed = replace(PLAIN, **{trait: 0.95})
    assert any(
        photo(PLAIN, seed=seed).tobytes() != photo(changed, seed=seed).tobytes()
        for seed in range(4)
    )


@pytest.mark.parametrize("trait", ["habitat", "season", "toxicity"])
def test_hidden_traits_are_not_seen(trait: str) -> None:
    assert photo(PLAIN).tobytes() == photo(replace(PLAIN, **{trait: 0.95})).tobytes()


def test_spots_of_another_size_are_seen() -> None:
    small, large = (replace(PLAIN, spots=0.8, spot_size=size) for size in (0.1, 0.9))
    assert photo(small).tobytes() != photo(large).tobytes()


def test_all_extremes_can_be_drawn() -> None:
    for value in (0.0, 1.0):
        for seed in range(4):
            photo(FungusTraits(**dict.fromkeys(TRAITS, value)), seed=seed)


def test_the_mushroom_stands_out_from_its_place() -> None:
    white = replace(PLAIN, cap_colour=1.0, cap_lightness=1.0, flesh_colour=0.0)
    dark = np.asarray(photo(white, habitat="conifer wood", size=64), dtype=float).mean(axis=2)
    assert dark[16:48, 24:40].mean() > 1.5 * dark[:, :6].mean()


@pytest.mark.parametrize("habitat", HABITATS)
def test_habitats_have_a_backdrop_only_below_the_horizon(habitat: str) -> None:
    low = draw_habitat(np.random.default_rng(0), habitat, size=64, elevation=-0.3)
    high = draw_habitat(np.random.default_rng(0), habitat, size=64, elevation=0.6)
    assert low.size == high.size == (64, 64)
    assert low.tobytes() != high.tobytes()
