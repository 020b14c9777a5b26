"""Training images changed at random, the same way in every run.

What is drawn depends on the seed, the epoch and the id of the image alone: neither the order of
images nor the number of workers changes it.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from fieldmark.core.errors import ImageError
from fieldmark.core.randomness import generator_for
from fieldmark.images.augmentation_cover import Leaf, covered, erased
from fieldmark.images.augmentation_geometry import Picture, cut, mirrored, turned
from fieldmark.images.augmentation_light import lit, shaded, tinted
from fieldmark.images.augmentation_motion import motion_blurred
from fieldmark.images.presets import Preset, Step

__all__ = ["Picture", "augmented"]

_Settings = Mapping[str, float]
_Change = Callable[[Picture, _Settings, np.random.Generator], Picture]


def augmented(image: Picture, preset: Preset, *, seed: int, epoch: int, item_id: str) -> Picture:
    """Return the picture as training sees it in one epoch.

    Args:
        image: uint8 array (height, width, 3), left as it is.
        preset: what is done; without steps the picture itself is returned.
        seed: of the training.
        epoch: from 0.
        item_id: id of the image.

    Returns:
        uint8 array of the same shape.

    Raises:
        ImageError: the image is no uint8 array of three channels, or has no pixels.

    Example:
        >>> from fieldmark.images.presets import preset_of
        >>> grey = np.full((8, 8, 3), 90, dtype=np.uint8)
        >>> twice = [
        ...     augmented(grey, preset_of("heavy"), seed=0, epoch=3, item_id="a") for _ in range(2)
        ... ]
        >>> bool((twice[0] == twice[1]).all())
        True
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ImageError(
            "Expected a picture as uint8 array (height, width, 3) with at least one pixel; got "
            f"{image.dtype} of shape {image.shape}. Augment before mean and std are applied."
        )
    rng = generator_for("augmentation", seed, epoch, item_id)
    for step in preset.steps:
        image = _changed(image, step, rng)
    return image


def _changed(image: Picture, step: Step, rng: np.random.Generator) -> Picture:
    if rng.random() >= step.chance:
        return image
    return _CHANGES[step.kind](image, dict(step.settings), rng)


def _mirror(image: Picture, _: _Settings, __: np.random.Generator) -> Picture:
    return mirrored(image)


def _turn(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    return turned(image, rng.uniform(-of["degrees"], of["degrees"]))


def _cut(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    shape = math.exp(rng.uniform(-1, 1) * math.log(of["stretch"]))
    return cut(image, _box(rng.uniform(of["least"], 1), shape, rng))


def _light(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    brightness, contrast = (
        1 + of[name] * rng.uniform(-1, 1) for name in ("brightness", "contrast")
    )
    return lit(image, brightness=brightness, contrast=contrast)


def _tint(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    saturation = 1 + of["saturation"] * rng.uniform(-1, 1)
    return tinted(image, saturation=saturation, hue_degrees=of["hue"] * rng.uniform(-1, 1))


def _shade(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    return shaded(
        image,
        degrees=rng.uniform(0, 360),
        place=rng.uniform(-0.7, 0.7),
        depth=rng.uniform(of["least"], of["most"]),
        softness=rng.uniform(0.05, 0.4),
    )


def _motion(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    length = rng.uniform(of["least"], of["most"]) * min(image.shape[:2])
    degrees = of["direction"] + of["cone"] * rng.uniform(-1, 1)
    return motion_blurred(image, length_pixels=length, degrees=degrees)


def _erase(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    shape = math.exp(rng.uniform(-1, 1) * math.log(3))
    box = _box(rng.uniform(of["least"], of["most"]), shape, rng)
    return erased(image, box, rng=rng)


def _leaves(image: Picture, of: _Settings, rng: np.random.Generator) -> Picture:
    for _ in range(rng.integers(1, int(of["most"]) + 1)):
        image = covered(image, _leaf(rng))
    return image


def _leaf(rng: np.random.Generator) -> Leaf:
    """Return a leaf whose stalk lies outside the picture and whose tip lies within."""
    degrees, inward = rng.uniform(0, 360), rng.uniform(0.2, 0.42)
    radians = math.radians(degrees)
    length = rng.uniform(0.55, 0.8)
    freshness, shade = rng.uniform(0, 1), rng.uniform(0.55, 1)
    green, brown = np.array([88, 132, 52]), np.array([142, 104, 58])
    red, green_, blue = (shade * (freshness * green + (1 - freshness) * brown)).astype(int).tolist()
    return Leaf(
        across=0.5 + inward * math.cos(radians),
        down=0.5 - inward * math.sin(radians),
        degrees=degrees + rng.uniform(-30, 30),
        length=length,
        width=length * rng.uniform(0.3, 0.5),
        colour=(red, green_, blue),
    )


def _box(area: float, shape: float, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Return a box of a share of the area, ``shape`` times as wide as high, somewhere inside."""
    width, height = min(1.0, math.sqrt(area * shape)), min(1.0, math.sqrt(area / shape))
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return left, top, min(1.0, left + width), min(1.0, top + height)


_CHANGES: Final[Mapping[str, _Change]] = {
    "mirror": _mirror,
    "turn": _turn,
    "cut": _cut,
    "light": _light,
    "tint": _tint,
    "shade": _shade,
    "motion": _motion,
    "erase": _erase,
    "leaves": _leaves,
}
