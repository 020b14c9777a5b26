"""Outlines of a mushroom seen from the side, in its own units.

The base of the stem is the origin, y grows upwards, and a typical cap radius is 1. All outlines are
float arrays (n_points, 2), at least three points, closed by themselves.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.synthetic.fungus_traits import FungusTraits

Points = npt.NDArray[np.float64]
_ACROSS = np.linspace(-1, 1, 41)
_ALONG = np.linspace(0, 1, 17)


@dataclass(frozen=True, slots=True)
class Build:
    """The measures of one mushroom in one pose.

    Attributes:
        radius: of the cap.
        height: of the cap, from rim to top.
        exponent: of the superellipse that is the cap's profile: 1 is a cone, 2 a dome.
        umbo: height of the boss in the middle of the cap.
        stem: length of the stem.
        width: half the width of the stem.
        bulb: how much wider the base is.
        bend: sideways bend of the stem.
        elevation: how far the eye is above the rim (below: negative), as a share of the radius.
        wobble: amplitude and phase of the unevenness of the rim.
    """

    radius: float
    height: float
    exponent: float
    umbo: float
    stem: float
    width: float
    bulb: float
    bend: float
    elevation: float
    wobble: tuple[float, float]


def build_of(generator: np.random.Generator, traits: FungusTraits) -> Build:
    """Return the measures of an individual in a random pose."""
    radius = 0.65 + 0.65 * traits.cap_radius
    return Build(
        radius=radius,
        height=radius * (0.22 + 0.95 * traits.cap_height),
        exponent=1.15 + 2.1 * traits.cap_roundness,
        umbo=radius * 0.55 * max(0.0, traits.cap_umbo - 0.5),
        stem=0.7 + 1.7 * traits.stem_height,
        width=0.09 + 0.24 * traits.stem_width**1.5,
        bulb=1.5 * max(0.0, traits.stem_bulb - 0.3),
        bend=generator.uniform(-0.12, 0.12),
        elevation=generator.uniform(-0.38, 0.34),
        wobble=(generator.uniform(0.0, 0.03), generator.uniform(0, 2 * np.pi)),
    )


def cap_outline(build: Build) -> Points:
    """Return the silhouette of the cap: its profile above, the near or far rim below."""
    profile = (1 - np.abs(_ACROSS) ** build.exponent) ** (1 / build.exponent)
    umbo = build.umbo * np.exp(-((_ACROSS / 0.2) ** 2))
    wobble = build.wobble[0] * np.sin(5 * _ACROSS + build.wobble[1])
    seen = build.height * (1 - 0.3 * abs(build.elevation))
    top = build.stem + seen * profile + umbo + build.radius * wobble
    return np.concatenate([_points(build.radius * _ACROSS, top), rim_line(build)[::-1]])


def rim_line(build: Build) -> Points:
    """Return the lower edge of the cap, from left to right."""
    lower = build.stem - build.radius * max(_sag(build), 0.05) * np.sqrt(1 - _ACROSS**2)
    return _points(build.radius * _ACROSS, lower)


def underside_outline(build: Build) -> Points:
    """Return the underside of the cap as seen from below; an ellipse around the top of the stem."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = 0.96 * build.radius
    return _points(radius * np.cos(angle), build.stem + radius * _sag(build) * np.sin(angle))


def stem_outline(build: Build) -> Points:
    """Return the stem, from the base to the middle of the rim."""
    middle = build.bend * np.sin(np.pi * _ALONG)
    half = stem_half_width(build, _ALONG)
    left = _points(middle - half, build.stem * _ALONG)
    right = _points(middle + half, build.stem * _ALONG)
    foot = np.linspace(1, -1, 9)[1:-1]
    base = _points(half[0] * foot, -0.5 * half[0] * np.sqrt(1 - foot**2))
    return np.concatenate([left, right[::-1], base])


def stem_half_width(build: Build, along: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return half the stem's width at shares of its length, 0 at the base."""
    width: npt.NDArray[np.float64] = build.width * (
        1.1 - 0.25 * along + build.bulb * np.exp(-((along / 0.2) ** 2))
    )
    return width


def ring_outline(build: Build) -> Points:
    """Return the ring: a skirt around the upper stem."""
    along = np.array([0.74, 0.63])
    half = stem_half_width(build, along) * np.array([1.05, 1.3]) + np.array([0.0, 0.06])
    middle = build.bend * np.sin(np.pi * along)
    skirt = np.linspace(-1, 1, 13)
    hem = _points(
        middle[1] + half[1] * skirt,
        build.stem * along[1] - 0.05 * np.sqrt(1 - skirt**2) + 0.025 * np.cos(9 * skirt),
    )
    shoulder = np.array([-half[0], half[0]])
    top = _points(middle[0] + shoulder, np.full(2, build.stem * along[0]))
    return np.concatenate([top, hem[::-1]])


def volva_outline(build: Build) -> Points:
    """Return the volva: a torn cup around the base."""
    skirt = np.linspace(-1, 1, 15)
    half = 1.25 * stem_half_width(build, np.array([0.0]))[0] + 0.1
    torn = 0.30 + 0.07 * np.cos(11 * skirt + build.wobble[1]) + 0.06 * np.abs(skirt)
    upper = _points(half * skirt, torn)
    lower = _points(half * skirt, -0.10 * np.sqrt(1 - skirt**2))
    return np.concatenate([upper, lower[::-1]])


def on_cap(build: Build, across: Points, up: Points) -> Points:
    """Return places on the visible cap.

    Args:
        build: the mushroom.
        across: float array (n,), -1 at the left edge to 1 at the right.
        up: float array (n,), 0 at the lower rim to 1 at the profile.
    """
    outline = cap_outline(build)
    half = len(_ACROSS)
    top = np.interp(across, _ACROSS, outline[:half, 1])
    lower = np.interp(across, _ACROSS, outline[half:, 1][::-1])
    return _points(build.radius * across, lower + (top - lower) * up)


def _sag(build: Build) -> float:
    return 0.75 * abs(build.elevation)


def _points(across: npt.NDArray[np.float64], up: npt.NDArray[np.float64]) -> Points:
    return np.stack([across, up], axis=1)
