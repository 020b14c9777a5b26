"""Draw photographs of invented fungi."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from fieldmark.synthetic.fungus_traits import FungusTraits
from fieldmark.synthetic.habitats import draw_habitat, draw_litter
from fieldmark.synthetic.shapes import (
    Build,
    Points,
    build_of,
    cap_outline,
    on_cap,
    ring_outline,
    stem_outline,
    underside_outline,
    volva_outline,
)

Colour = npt.NDArray[np.float64]
_SUPERSAMPLING = 2
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
_FLESH_COLOURS = np.array(
    [(236, 230, 216), (230, 212, 170), (222, 196, 104), (214, 172, 148), (158, 142, 122)],
    dtype=np.float64,
)


def draw_photo(
    generator: np.random.Generator, traits: FungusTraits, *, habitat: str, size: int
) -> Image.Image:
    """Return a photograph of an individual: pose, background and light are drawn anew each time.

    The same generator state gives the same pixels.

    Args:
        generator: where everything that differs between photographs comes from.
        traits: what the individual looks like.
        habitat: one of ``HABITATS``.
        size: pixels of each side.

    Returns:
        An RGB image, ``size`` by ``size`` pixels.

    Example:
        >>> from fieldmark.synthetic.fungus_traits import TRAITS
        >>> traits = FungusTraits(**dict.fromkeys(TRAITS, 0.6))
        >>> draw_photo(np.random.default_rng(0), traits, habitat="meadow", size=64).size
        (64, 64)
    """
    build = build_of(generator, traits)
    place = _place(generator, build, size * _SUPERSAMPLING)
    scene = draw_habitat(generator, habitat, size=size, elevation=build.elevation)
    scene = scene.resize((place.size, place.size), Image.Resampling.BILINEAR)
    masks = _Masks(*(Image.new("L", scene.size) for _ in range(2)))
    _draw_shadow(scene, place, build)
    _draw_fungus(generator, scene, masks, traits=traits, build=build, place=place)
    draw = ImageDraw.Draw(scene)
    draw_litter(generator, draw, habitat, size=place.size, top=place.foot[1] + 2, count=14)
    shading = _shading(generator, masks, size)
    return _expose(generator, scene.reduce(_SUPERSAMPLING), shading)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a mushroom stands in the picture, in pixels of the supersampled canvas."""

    size: int
    foot: tuple[float, float]
    unit: float
    tilt: float

    def pixels(self, points: Points) -> list[tuple[float, float]]:
        cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
        across = self.foot[0] + self.unit * (points[:, 0] * cosine - points[:, 1] * sine)
        down = self.foot[1] - self.unit * (points[:, 0] * sine + points[:, 1] * cosine)
        return list(zip(across.tolist(), down.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Masks:
    """Which pixels show the cap, and which the rest of the mushroom."""

    cap: Image.Image
    rest: Image.Image


def _place(generator: np.random.Generator, build: Build, size: int) -> _Place:
    extent = max(build.stem + build.height, 2.1 * build.radius)
    return _Place(
        size=size,
        foot=(size * generator.uniform(0.38, 0.62), size * generator.uniform(0.86, 0.95)),
        unit=size * generator.uniform(0.62, 0.80) / extent,
        tilt=generator.normal(0, 0.11),
    )


def _draw_shadow(scene: Image.Image, place: _Place, build: Build) -> None:
    mask = Image.new("L", (place.size // 8, place.size // 8))
    across, down = place.foot[0] / 8, place.foot[1] / 8
    wide, high = place.unit * build.radius / 7, place.unit * 0.16 / 8
    ImageDraw.Draw(mask).ellipse((across - wide, down - high, across + wide, down + high), fill=130)
    soft = mask.filter(ImageFilter.BoxBlur(2)).resize(scene.size, Image.Resampling.BILINEAR)
    scene.paste((14, 12, 10), mask=soft)


def _draw_fungus(
    generator: np.random.Generator,
    scene: Image.Image,
    masks: _Masks,
    *,
    traits: FungusTraits,
    build: Build,
    place: _Place,
) -> None:
    flesh = _along(_FLESH_COLOURS, traits.flesh_colour)
    draw, rest = ImageDraw.Draw(scene), ImageDraw.Draw(masks.rest)
    from_below = build.elevation < 0
    if from_below:
        _draw_cap(generator, scene, masks, traits=traits, build=build, place=place)
        _draw_underside(draw, traits=traits, build=build, place=place)
    parts = [(stem_outline(build), flesh * 0.97)]
    if traits.volva > 0.5:
        parts.append((volva_outline(build), np.minimum(flesh * 1.04, 255)))
    if traits.ring > 0.5:
        parts.append((ring_outline(build), np.minimum(flesh * 1.08, 255)))
    for outline, colour in parts:
        draw.polygon(place.pixels(outline), fill=_ink(colour))
        rest.polygon(place.pixels(outline), fill=255)
        ImageDraw.Draw(masks.cap).polygon(place.pixels(outline), fill=0)
    if not from_below:
        _draw_cap(generator, scene, masks, traits=traits, build=build, place=place)


def _draw_cap(
    generator: np.random.Generator,
    scene: Image.Image,
    masks: _Masks,
    *,
    traits: FungusTraits,
    build: Build,
    place: _Place,
) -> None:
    outline = place.pixels(cap_outline(build))
    ImageDraw.Draw(masks.cap).polygon(outline, fill=255)
    ImageDraw.Draw(masks.rest).polygon(outline, fill=0)
    colour = _along(_CAP_COLOURS, traits.cap_colour) * (0.55 + 0.6 * traits.cap_lightness)
    paint = Image.new("RGB", scene.size, _ink(colour))
    draw = ImageDraw.Draw(paint)
    if traits.bands > 0.5:
        _draw_bands(draw, colour, strength=traits.bands, build=build, place=place)
    if traits.stripes > 0.5:
        _draw_stripes(draw, colour, length=traits.stripes, build=build, place=place)
    if traits.spots > 0.5:
        _draw_spots(generator, draw, traits=traits, build=build, place=place)
    scene.paste(paint, mask=masks.cap)


def _draw_bands(
    draw: ImageDraw.ImageDraw, colour: Colour, *, strength: float, build: Build, place: _Place
) -> None:
    across = np.linspace(-1, 1, 25)
    for up in (0.22, 0.46, 0.68, 0.86):
        line = on_cap(build, across * (1 - 0.25 * up), np.full(25, up))
        width = max(1, int(0.09 * place.unit * build.height))
        shade = colour * (0.95 - 0.6 * (strength - 0.5))
        draw.line(place.pixels(line), fill=_ink(shade), width=width)


def _draw_stripes(
    draw: ImageDraw.ImageDraw, colour: Colour, *, length: float, build: Build, place: _Place
) -> None:
    across = np.sin(np.linspace(-1.45, 1.45, 27))
    feet = place.pixels(on_cap(build, across, np.zeros(27)))
    tips = place.pixels(on_cap(build, across * 0.9, np.full(27, 0.15 + 0.6 * (length - 0.5))))
    width = max(1, round(0.018 * place.unit))
    for foot, tip in zip(feet, tips, strict=True):
        draw.line((foot, tip), fill=_ink(colour * 0.6), width=width)


def _draw_spots(
    generator: np.random.Generator,
    draw: ImageDraw.ImageDraw,
    *,
    traits: FungusTraits,
    build: Build,
    place: _Place,
) -> None:
    count = int(8 + 70 * (traits.spots - 0.5) * (1.2 - traits.spot_size))
    across = np.sin(generator.uniform(-1.4, 1.4, count))
    centres = place.pixels(on_cap(build, across, generator.uniform(0.05, 0.97, count)))
    radii = place.unit * (0.025 + 0.085 * traits.spot_size) * generator.uniform(0.6, 1.25, count)
    narrow = np.sqrt(1 - 0.85 * across**2)
    for (x, y), radius, share in zip(centres, radii.tolist(), narrow.tolist(), strict=True):
        box = (x - radius * share, y - 0.8 * radius, x + radius * share, y + 0.8 * radius)
        draw.ellipse(box, fill=(232, 224, 206))


def _draw_underside(
    draw: ImageDraw.ImageDraw, *, traits: FungusTraits, build: Build, place: _Place
) -> None:
    colour = _along(_FLESH_COLOURS, traits.flesh_colour) * 0.84
    outline = underside_outline(build)
    draw.polygon(place.pixels(outline), fill=_ink(colour))
    middle = np.array([0.0, build.stem])
    ink = _ink(colour * 0.72)
    if traits.pores > 0.5:
        dot = max(1.0, 0.022 * place.unit)
        shares = np.repeat(np.array([0.28, 0.46, 0.64, 0.82, 0.94]), len(outline))
        dots = middle + (np.tile(outline, (5, 1)) - middle) * shares[:, None]
        for x, y in place.pixels(dots):
            draw.ellipse((x - dot, y - dot / 2, x + dot, y + dot / 2), fill=ink)
    else:
        [centre] = place.pixels(middle[None])
        for end in place.pixels(outline):
            draw.line((centre, end), fill=ink, width=max(1, round(0.014 * place.unit)))


def _shading(generator: np.random.Generator, masks: _Masks, size: int) -> npt.NDArray[np.float32]:
    """Return a factor per pixel, float array (size, size, 1): the light on rounded bodies."""
    light = np.float32(generator.uniform(-0.9, 0.9))
    total: npt.NDArray[np.float32] = np.ones((size, size), dtype=np.float32)
    coarse = (max(size // 2, 8),) * 2
    for mask, softness, depth in ((masks.cap, 11, 1.9), (masks.rest, 22, 1.1)):
        small = mask.resize(coarse, Image.Resampling.BILINEAR, reducing_gap=1.0)
        soft = small.filter(ImageFilter.BoxBlur(coarse[0] / softness))
        soft = soft.filter(ImageFilter.BoxBlur(coarse[0] / softness))
        height = np.asarray(soft, dtype=np.float32) / np.float32(255)
        down, across = np.gradient(height)
        relief = (across * light + down * 0.9) * np.float32(depth * coarse[0] / softness)
        if mask is masks.rest:
            relief = relief - 0.5 * _fallen(masks.cap, coarse)
        field = Image.fromarray(relief).resize((size, size), Image.Resampling.BILINEAR)
        inside = np.asarray(mask.reduce(_SUPERSAMPLING), dtype=np.float32) / 255
        total += inside * np.asarray(field, dtype=np.float32)
    return total[:, :, None]


def _fallen(cap: Image.Image, coarse: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Return how much of the cap's shadow falls on each coarse pixel, 0 to 1."""
    soft = cap.resize(coarse, Image.Resampling.BOX).filter(ImageFilter.BoxBlur(coarse[0] / 16))
    shadow = np.asarray(soft, dtype=np.float32) / 255
    fallen = np.zeros_like(shadow)
    drop = coarse[0] // 12
    fallen[drop:] = shadow[: len(shadow) - drop]
    return fallen


def _expose(
    generator: np.random.Generator, scene: Image.Image, shading: npt.NDArray[np.float32]
) -> Image.Image:
    size = scene.size[0]
    warmth = generator.normal(0, 0.06)
    gains = generator.uniform(0.72, 1.18) * np.array([1 + warmth, 1.0, 1 - warmth])
    light = np.asarray(scene, dtype=np.float32) * shading * gains.astype(np.float32)
    noise = generator.standard_normal((size, size, 3), dtype=np.float32)
    light += noise * np.float32(generator.uniform(2.5, 8.0))
    photo = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))
    if generator.random() < 0.25:
        photo = photo.filter(ImageFilter.BoxBlur(generator.uniform(0.3, 1.0)))
    return photo


def _along(palette: npt.NDArray[np.float64], position: float) -> Colour:
    steps = np.linspace(0, 1, len(palette))
    return np.array([np.interp(position, steps, channel) for channel in palette.T])


def _ink(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = np.clip(colour, 0, 255).astype(int).tolist()
    return red, green, blue
