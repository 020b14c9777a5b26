from dataclasses import replace

import numpy as np
import pytest

from fieldmark.synthetic.fungus_traits import TRAITS, FungusTraits, decode
from fieldmark.synthetic.shapes import (
    Build,
    build_of,
    cap_outline,
    on_cap,
    rim_line,
    ring_outline,
    stem_half_width,
    stem_outline,
    underside_outline,
    volva_outline,
)

DOME = Build(
    radius=1.0,
    height=0.5,
    exponent=2.0,
    umbo=0.0,
    stem=1.5,
    width=0.2,
    bulb=0.0,
    bend=0.0,
    elevation=0.2,
    wobble=(0.0, 0.0),
)
OUTLINES = [cap_outline, rim_line, underside_outline, stem_outline, ring_outline, volva_outline]


@pytest.mark.parametrize("value", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("outline", OUTLINES)
def test_outlines_are_finite_for_all_traits(value: float, outline: object) -> None:
    traits = decode(np.full(len(TRAITS), value))
    for seed in range(5):
        points = outline(build_of(np.random.default_rng(seed), traits))  # type: ignore[operator]
        assert points.ndim == 2
        assert points.shape[1] == 2
        assert len(points) >= 3
        assert np.isfinite(points).all()


def test_a_dome_reaches_its_height_and_radius() -> None:
    outline = cap_outline(DOME)
    assert outline[:, 0].min() == -1
    assert outline[:, 0].max() == 1
    assert outline[:, 1].max() == pytest.approx(1.5 + 0.5 * (1 - 0.3 * 0.2))


def test_a_cone_is_narrower_than_a_dome_below_the_same_top() -> None:
    cone, dome = cap_outline(replace(DOME, exponent=1.0)), cap_outline(DOME)
    assert cone[:, 1].max() == dome[:, 1].max()
    assert (cone[:41, 1] <= dome[:41, 1] + 1e-12).all()


def test_an_umbo_lifts_the_middle_alone() -> None:
    difference = cap_outline(replace(DOME, umbo=0.3)) - cap_outline(DOME)
    assert difference[20, 1] == pytest.approx(0.3)
    assert difference[0, 1] == pytest.approx(0, abs=1e-9)


def test_the_eye_opens_the_underside() -> None:
    low = underside_outline(replace(DOME, elevation=-0.3))
    level = underside_outline(replace(DOME, elevation=0.0))
    assert np.ptp(low[:, 1]) > 0.3
    assert np.ptp(level[:, 1]) == 0


def test_a_bulb_widens_the_base_alone() -> None:
    along = np.array([0.0, 0.9])
    plain, bulbous = stem_half_width(DOME, along), stem_half_width(replace(DOME, bulb=1.0), along)
    assert bulbous[0] == pytest.approx(plain[0] + 0.2)
    assert bulbous[1] == pytest.approx(plain[1])


def test_places_on_the_cap_lie_between_rim_and_profile() -> None:
    across = np.linspace(-0.9, 0.9, 7)
    rim, top = on_cap(DOME, across, np.zeros(7)), on_cap(DOME, across, np.ones(7))
    middle = on_cap(DOME, across, np.full(7, 0.5))
    assert (rim[:, 1] < middle[:, 1]).all()
    assert np.allclose(middle, (rim + top) / 2)


def test_poses_of_one_individual_differ() -> None:
    traits = FungusTraits(**dict.fromkeys(TRAITS, 0.4))
    generator = np.random.default_rng(0)
    one, other = build_of(generator, traits), build_of(generator, traits)
    assert one.elevation != other.elevation
    assert one.radius == other.radius
