"""Paint a mushroom: stem, cap, underside and ornaments, without light."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from fieldmark.synthetic.fungus_traits import FungusTraits
from fieldmark.synthetic.shapes import (
    Build,
    Points,
    cap_outline,
    on_cap,
    rim_line,
    ring_outline,
    stem_outline,
    underside_outline,
    volva_outline,
)

Colour = npt.NDArray[np.float64]
_CAP_COLOURS = np.array(
    [
        (168, 34, 30),
        (178, 74, 34),
        (122, 68, 40),
        (182, 130, 66),
        (214, 182, 70),
        (124, 122, 66),
        (126, 122, 120),
        (134, 98, 140),
        (216, 204, 182),
    ],
    dtype=np.float64,
)
_SPOT_COLOUR = (232, 224, 206)
_FLESH_COLOURS = np.array(
    [(236, 230, 216), (230, 212, 170), (222, 196, 104), (214, 172, 148), (158, 142, 122)],
    dtype=np.float64,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mushroom stands in the picture.

    Attributes:
        size: pixels of each side of the picture.
        foot: column and row of the base of the stem.
        unit: pixels per unit of the mushroom.
        tilt: radians, counter-clockwise.
    """

    size: int
    foot: tuple[float, float]
    unit: float
    tilt: float

    def pixels(self, points: Points) -> list[tuple[float, float]]:
        """Return where points of the mushroom lie in the picture, as column and row."""
        cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
        across = self.foot[0] + self.unit * (points[:, 0] * cosine - points[:, 1] * sine)
        down = self.foot[1] - self.unit * (points[:, 0] * sine + points[:, 1] * cosine)
        return list(zip(across.tolist(), down.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Masks:
    """Which pixels show the cap, and which the rest of the mushroom."""

    cap: Image.Image
    rest: Image.Image


@dataclass(frozen=True, slots=True)
class Subject:
    """A mushroom in its pose and place."""

    traits: FungusTraits
    build: Build
    place: Place

    @property
    def cap_colour(self) -> Colour:
        """The colour of the cap, float array (3,), 0 to 255."""
        lightness = 0.55 + 0.6 * self.traits.cap_lightness
        return _along(_CAP_COLOURS, self.traits.cap_colour) * lightness

    @property
    def flesh_colour(self) -> Colour:
        """The colour of stem and underside, float array (3,), 0 to 255."""
        return _along(_FLESH_COLOURS, self.traits.flesh_colour)

    def width(self, length: float) -> int:
        """Return a length of the mushroom's units in whole pixels, at least 1."""
        return max(1, round(length * self.place.unit))


def paint_fungus(
    generator: np.random.Generator, scene: Image.Image, masks: Masks, subject: Subject
) -> None:
    """Paint a mushroom onto ``scene``, and what shows where into ``masks``.

    Args:
        generator: where the places of spots come from.
        scene: RGB, changed.
        masks: of the same size, changed.
        subject: the mushroom.
    """
    if subject.build.elevation < 0:
        _paint_cap(generator, scene, masks, subject)
        _paint_underside(ImageDraw.Draw(scene), subject)
        _paint_stem(scene, masks, subject)
    else:
        _paint_stem(scene, masks, subject)
        _paint_cap(generator, scene, masks, subject)


def _paint_stem(scene: Image.Image, masks: Masks, subject: Subject) -> None:
    parts = [(stem_outline(subject.build), 0.97)]
    if subject.traits.volva > 0.5:
        parts.append((volva_outline(subject.build), 1.04))
    if subject.traits.ring > 0.5:
        parts.append((ring_outline(subject.build), 1.08))
    for outline, lightness in parts:
        pixels = subject.place.pixels(outline)
        ImageDraw.Draw(scene).polygon(pixels, fill=ink(subject.flesh_colour * lightness))
        ImageDraw.Draw(masks.rest).polygon(pixels, fill=255)
        ImageDraw.Draw(masks.cap).polygon(pixels, fill=0)


def _paint_cap(
    generator: np.random.Generator, scene: Image.Image, masks: Masks, subject: Subject
) -> None:
    outline = subject.place.pixels(cap_outline(subject.build))
    ImageDraw.Draw(masks.cap).polygon(outline, fill=255)
    ImageDraw.Draw(masks.rest).polygon(outline, fill=0)
    paint = Image.new("RGB", scene.size, ink(subject.cap_colour))
    draw = ImageDraw.Draw(paint)
    if subject.traits.bands > 0.5:
        _paint_bands(draw, subject)
    if subject.traits.stripes > 0.5:
        _paint_stripes(draw, subject)
    if subject.traits.spots > 0.5:
        _paint_spots(generator, draw, subject)
    scene.paste(paint, mask=masks.cap)


def _paint_bands(draw: ImageDraw.ImageDraw, subject: Subject) -> None:
    dark = ink(subject.cap_colour * (0.95 - 0.6 * (subject.traits.bands - 0.5)))
    width = subject.width(0.08 * subject.build.height)
    for share in (0.2, 0.42, 0.62, 0.8):
        line = rim_line(subject.build) + np.array([0.0, share * subject.build.height])
        draw.line(subject.place.pixels(line), fill=dark, width=width)


def _paint_stripes(draw: ImageDraw.ImageDraw, subject: Subject) -> None:
    across = np.sin(np.linspace(-1.45, 1.45, 27))
    length = np.full(27, 0.15 + 0.6 * (subject.traits.stripes - 0.5))
    feet = subject.place.pixels(on_cap(subject.build, across, np.zeros(27)))
    tips = subject.place.pixels(on_cap(subject.build, across * 0.9, length))
    dark, width = ink(subject.cap_colour * 0.6), subject.width(0.018)
    for foot, tip in zip(feet, tips, strict=True):
        draw.line((foot, tip), fill=dark, width=width)


def _paint_spots(
    generator: np.random.Generator, draw: ImageDraw.ImageDraw, subject: Subject
) -> None:
    density, largeness = subject.traits.spots - 0.5, subject.traits.spot_size
    count = int(8 + 70 * density * (1.2 - largeness))
    across = np.sin(generator.uniform(-1.4, 1.4, count))
    centres = on_cap(subject.build, across, generator.uniform(0.05, 0.97, count))
    radii = subject.place.unit * (0.025 + 0.085 * largeness) * generator.uniform(0.6, 1.25, count)
    foreshortened = radii * np.sqrt(1 - 0.85 * across**2)
    sizes = zip(subject.place.pixels(centres), foreshortened.tolist(), radii.tolist(), strict=True)
    for (x, y), wide, high in sizes:
        draw.ellipse((x - wide, y - 0.8 * high, x + wide, y + 0.8 * high), fill=_SPOT_COLOUR)


def _paint_underside(draw: ImageDraw.ImageDraw, subject: Subject) -> None:
    outline = underside_outline(subject.build)
    middle = np.array([0.0, subject.build.stem])
    dark = ink(subject.flesh_colour * 0.6)
    draw.polygon(subject.place.pixels(outline), fill=ink(subject.flesh_colour * 0.84))
    if subject.traits.pores > 0.5:
        shares = np.array([0.28, 0.46, 0.64, 0.82, 0.94])[:, None, None]
        dot = max(1.0, 0.022 * subject.place.unit)
        for x, y in subject.place.pixels((middle + (outline - middle) * shares).reshape(-1, 2)):
            draw.ellipse((x - dot, y - dot / 2, x + dot, y + dot / 2), fill=dark)
    else:
        [centre] = subject.place.pixels(middle[None])
        width = subject.width(0.014)
        for end in subject.place.pixels(outline):
            draw.line((centre, end), fill=dark, width=width)


def _along(palette: npt.NDArray[np.float64], position: float) -> Colour:
    steps = np.linspace(0, 1, len(palette))
    return np.array([np.interp(position, steps, channel) for channel in palette.T])


def ink(colour: Colour) -> tuple[int, int, int]:
    """Return a colour as Pillow wants it: whole numbers from 0 to 255."""
    red, green, blue = (min(255, max(0, int(channel))) for channel in colour.tolist())
    return red, green, blue
