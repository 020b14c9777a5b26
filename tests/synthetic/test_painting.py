from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from fieldmark.synthetic.fungus_traits import TRAITS, FungusTraits
from fieldmark.synthetic.painting import Masks, Place, Subject, ink, paint_fungus
from fieldmark.synthetic.shapes import Build

SIZE = 96
PLAIN = FungusTraits(**dict.fromkeys(TRAITS, 0.45))
BUILD = Build(
    radius=1.0,
    height=0.6,
    exponent=2.0,
    umbo=0.0,
    stem=1.4,
    width=0.2,
    bulb=0.0,
    bend=0.0,
    elevation=0.2,
    wobble=(0.0, 0.0),
)
PLACE = Place(size=SIZE, foot=(48.0, 90.0), unit=38.0, tilt=0.0)


def painted(traits: FungusTraits = PLAIN, **changes: float) -> tuple[np.ndarray, Masks]:
    scene = Image.new("RGB", (SIZE, SIZE), (0, 0, 255))
    masks = Masks(Image.new("L", scene.size), Image.new("L", scene.size))
    subject = Subject(traits, replace(BUILD, **changes), PLACE)
    paint_fungus(np.random.default_rng(0), scene, masks, subject)
    return np.asarray(scene), masks


def count(mask: Image.Image) -> int:
    return int((np.asarray(mask) > 0).sum())


@pytest.mark.parametrize("elevation", [-0.3, 0.3])
def test_masks_cover_what_is_painted_and_do_not_overlap(elevation: float) -> None:
    scene, masks = painted(elevation=elevation)
    cap, rest = np.asarray(masks.cap) > 0, np.asarray(masks.rest) > 0
    assert not (cap & rest).any()
    untouched = (scene == (0, 0, 255)).all(axis=2)
    assert (untouched == ~(cap | rest)).all()


def test_the_cap_hides_the_stem_from_above_and_not_from_below() -> None:
    above, below = painted(elevation=0.3)[1], painted(elevation=-0.3)[1]
    assert count(below.rest) > count(above.rest)


def test_gills_and_pores_are_seen_from_below_alone() -> None:
    pores = replace(PLAIN, pores=0.9)
    assert (painted(elevation=0.3)[0] == painted(pores, elevation=0.3)[0]).all()
    assert (painted(elevation=-0.3)[0] != painted(pores, elevation=-0.3)[0]).any()


@pytest.mark.parametrize("trait", ["spots", "bands", "stripes"])
def test_ornaments_of_the_cap_change_the_cap_alone(trait: str) -> None:
    plain, masks = painted()
    ornate, _ = painted(replace(PLAIN, **{trait: 0.9}))
    changed = (plain != ornate).any(axis=2)
    assert changed.any()
    assert (np.asarray(masks.cap)[changed] > 0).all()


@pytest.mark.parametrize("trait", ["ring", "volva"])
def test_ring_and_volva_widen_what_is_not_cap(trait: str) -> None:
    assert count(painted(replace(PLAIN, **{trait: 0.9}))[1].rest) > count(painted()[1].rest)


def test_ornaments_appear_above_one_half() -> None:
    plain = painted()[0]
    for trait in ("spots", "bands", "stripes", "ring", "volva"):
        assert (painted(replace(PLAIN, **{trait: 0.5}))[0] == plain).all()


def test_a_tilted_mushroom_leans_to_the_left() -> None:
    points = np.array([[0.0, 1.0]])
    [upright] = PLACE.pixels(points)
    [leaning] = replace(PLACE, tilt=0.2).pixels(points)
    assert upright == (48.0, 52.0)
    assert leaning[0] < upright[0]


def test_cap_colours_run_from_red_to_cream() -> None:
    first, last = (
        Subject(replace(PLAIN, cap_colour=position, cap_lightness=0.75), BUILD, PLACE).cap_colour
        for position in (0.0, 1.0)
    )
    assert first[0] > 4 * first[1]
    assert last.min() > 150


def test_lightness_darkens_the_cap_and_not_the_stem() -> None:
    dark, light = (
        Subject(replace(PLAIN, cap_lightness=lightness), BUILD, PLACE) for lightness in (0.0, 1.0)
    )
    assert (dark.cap_colour < light.cap_colour).all()
    assert (dark.flesh_colour == light.flesh_colour).all()


def test_lines_are_at_least_a_pixel_wide() -> None:
    subject = Subject(PLAIN, BUILD, PLACE)
    assert subject.width(0.0001) == 1
    assert subject.width(0.1) == 4


def test_ink_stays_within_a_byte() -> None:
    assert ink(np.array([-3.0, 12.9, 300.0])) == (0, 12, 255)
