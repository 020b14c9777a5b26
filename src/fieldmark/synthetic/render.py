"""Photographs of invented fungi: pose, place and light around a painted mushroom."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from fieldmark.synthetic.fungus_traits import FungusTraits
from fieldmark.synthetic.habitats import draw_habitat, draw_litter
from fieldmark.synthetic.painting import Masks, Place, Subject, paint_fungus
from fieldmark.synthetic.shapes import Build, build_of

Floats = npt.NDArray[np.float32]
_SUPERSAMPLING = 2


def draw_photo(
    generator: np.random.Generator, traits: FungusTraits, *, habitat: str, size: int
) -> Image.Image:
    """Return a photograph of an individual: pose, background and light are drawn anew each time.

    The same generator state gives the same pixels.

    Args:
        generator: where everything that differs between photographs comes from.
        traits: what the individual looks like.
        habitat: one of ``HABITATS``.
        size: pixels of each side; at least 16.

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
    _cast_shadow(scene, place, build)
    masks = Masks(Image.new("L", scene.size), Image.new("L", scene.size))
    paint_fungus(generator, scene, masks, Subject(traits, build, place))
    draw = ImageDraw.Draw(scene)
    draw_litter(generator, draw, habitat, size=place.size, top=place.foot[1] + 2, count=14)
    return _expose(generator, scene.reduce(_SUPERSAMPLING), _light(generator, masks))


def _place(generator: np.random.Generator, build: Build, size: int) -> Place:
    extent = max(build.stem + build.height, 2.1 * build.radius)
    return Place(
        size=size,
        foot=(size * generator.uniform(0.38, 0.62), size * generator.uniform(0.86, 0.95)),
        unit=size * generator.uniform(0.62, 0.80) / extent,
        tilt=generator.normal(0, 0.11),
    )


def _cast_shadow(scene: Image.Image, place: Place, build: Build) -> None:
    mask = Image.new("L", (place.size // 8, place.size // 8))
    across, down = place.foot[0] / 8, place.foot[1] / 8
    wide, high = place.unit * build.radius / 7, place.unit * 0.16 / 8
    ImageDraw.Draw(mask).ellipse((across - wide, down - high, across + wide, down + high), fill=130)
    soft = mask.filter(ImageFilter.BoxBlur(2)).resize(scene.size, Image.Resampling.BILINEAR)
    scene.paste((14, 12, 10), mask=soft)


def _light(generator: np.random.Generator, masks: Masks) -> Floats:
    """Return the light on each pixel, float array (size, size, 1) around 1.

    Both parts are lit as the rounded bodies that their blurred masks look like, from above and from
    one side; the cap throws its shadow on what is below it.
    """
    side = np.float32(generator.uniform(-0.9, 0.9))
    cap, rest = (mask.reduce(_SUPERSAMPLING) for mask in (masks.cap, masks.rest))
    coarse_cap, coarse_rest = (_coarse(mask) for mask in (cap, rest))
    fallen = np.roll(_blurred(coarse_cap, 1 / 16), coarse_cap.size[1] // 12, axis=0)
    on_cap = _relief(coarse_cap, side, softness=1 / 11) * np.float32(1.9)
    on_rest = _relief(coarse_rest, side, softness=1 / 22) * np.float32(1.1)
    light: Floats = np.float32(1) + _share(cap) * _enlarged(on_cap, cap.size)
    light += _share(rest) * _enlarged(on_rest - np.float32(0.5) * fallen, cap.size)
    return light[:, :, None]


def _relief(mask: Image.Image, side: np.float32, *, softness: float) -> Floats:
    down, across = np.gradient(_blurred(mask, softness))
    slope = (across * side + down * 0.9) * (mask.size[0] * softness)
    return np.asarray(slope, dtype=np.float32)


def _blurred(mask: Image.Image, softness: float) -> Floats:
    blur = ImageFilter.BoxBlur(mask.size[0] * softness)
    return _share(mask.filter(blur).filter(blur))


def _coarse(mask: Image.Image) -> Image.Image:
    return mask.resize((max(mask.size[0] // 2, 8),) * 2, Image.Resampling.BOX)


def _enlarged(field: Floats, size: tuple[int, int]) -> Floats:
    image = Image.fromarray(field).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32)


def _share(mask: Image.Image) -> Floats:
    return np.asarray(mask, dtype=np.float32) / np.float32(255)


def _expose(generator: np.random.Generator, scene: Image.Image, light: Floats) -> Image.Image:
    size = scene.size[0]
    warmth = generator.normal(0, 0.08)
    gains = generator.uniform(0.75, 1.28) * np.array([1 + warmth, 1.0, 1 - warmth])
    pixels = np.asarray(scene, dtype=np.float32) * light
    pixels *= gains.astype(np.float32)
    noise = generator.standard_normal((size, size, 3), dtype=np.float32)
    pixels += noise * np.float32(generator.uniform(2.5, 8.0))
    photo = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if generator.random() < 0.25:
        photo = photo.filter(ImageFilter.BoxBlur(generator.uniform(0.3, 1.0)))
    return photo
