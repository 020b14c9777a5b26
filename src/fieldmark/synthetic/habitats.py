"""Where fungi grow, as a picture behind them."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

HABITATS = ("broadleaf wood", "conifer wood", "meadow", "dead wood")

_GROUND = {
    "broadleaf wood": ((104, 78, 50), (72, 55, 36)),
    "conifer wood": ((70, 62, 44), (46, 46, 34)),
    "meadow": ((86, 112, 52), (60, 84, 38)),
    "dead wood": ((98, 82, 66), (62, 52, 44)),
}
_LITTER = {
    "broadleaf wood": ((150, 98, 44), (176, 128, 62), (112, 66, 36), (128, 112, 56), (92, 104, 48)),
    "conifer wood": ((104, 76, 46), (128, 92, 54), (58, 82, 38), (78, 104, 44), (48, 58, 34)),
    "meadow": ((96, 138, 52), (124, 160, 66), (72, 108, 42), (150, 164, 84), (64, 92, 40)),
    "dead wood": ((120, 100, 80), (82, 66, 52), (140, 122, 98), (66, 56, 46), (84, 98, 58)),
}
_BACKDROP = {
    "broadleaf wood": ((70, 84, 50), (128, 138, 96)),
    "conifer wood": ((38, 54, 42), (86, 104, 82)),
    "meadow": ((120, 146, 92), (176, 192, 150)),
    "dead wood": ((58, 66, 54), (104, 112, 92)),
}


_TRUNKS = {"broadleaf wood": 4, "conifer wood": 7, "meadow": 0, "dead wood": 3}
_PIECES = {"broadleaf wood": 130, "conifer wood": 150, "meadow": 110, "dead wood": 70}
_BLOTS = 40


def draw_habitat(
    generator: np.random.Generator, habitat: str, *, size: int, elevation: float
) -> Image.Image:
    """Return a blurred picture of a habitat, RGB, ``size`` pixels square.

    Args:
        generator: where the picture comes from.
        habitat: one of ``HABITATS``.
        size: pixels of each side.
        elevation: how high the eye is; above zero the ground fills the picture.
    """
    horizon = size * float(np.clip(0.62 - 1.6 * elevation + generator.normal(0, 0.06), -0.2, 0.85))
    image = _ground(generator, habitat, size=size)
    if horizon > 0:
        backdrop = _backdrop(generator, habitat, size=size)
        image.paste(backdrop, mask=_above(generator, size=size, horizon=horizon))
    draw = ImageDraw.Draw(image)
    draw_litter(generator, draw, habitat, size=size, top=max(horizon, 0.0), count=_PIECES[habitat])
    return image.filter(ImageFilter.BoxBlur(size / 130))


def draw_litter(
    generator: np.random.Generator,
    draw: ImageDraw.ImageDraw,
    habitat: str,
    *,
    size: int,
    top: float,
    count: int,
) -> None:
    """Draw what lies or stands on the ground: leaves, needles, blades or bark.

    Args:
        generator: where the pieces come from.
        draw: what to draw on.
        habitat: one of ``HABITATS``.
        size: pixels of each side of the picture.
        top: no piece has its foot above this row.
        count: how many pieces.
    """
    feet = np.stack(
        [generator.uniform(0, size, count), np.sort(generator.uniform(top, 1.05 * size, count))], 1
    )
    near = 0.35 + 0.65 * (feet[:, 1] - top) / max(size - top, 1)
    pieces = _pieces(generator, habitat, count) * (size * near)[:, None, None] + feet[:, None, :]
    palette = np.array(_LITTER[habitat])
    shades = generator.uniform(0.6, 1.2, (count, 1))
    colours = np.clip(palette[generator.integers(len(palette), size=count)] * shades, 0, 255)
    for piece, colour in zip(pieces.tolist(), colours.astype(int).tolist(), strict=True):
        draw.polygon([tuple(point) for point in piece], fill=tuple(colour))


def _pieces(generator: np.random.Generator, habitat: str, count: int) -> npt.NDArray[np.float64]:
    """Return outlines of single pieces, float array (count, 8, 2), in shares of the picture."""
    length, width, upright = {
        "broadleaf wood": (0.12, 0.04, False),
        "conifer wood": (0.11, 0.006, False),
        "meadow": (0.16, 0.008, True),
        "dead wood": (0.13, 0.010, False),
    }[habitat]
    along = np.array([0, 0.25, 0.6, 0.9, 1, 0.9, 0.6, 0.25])
    aside = np.array([0, 0.8, 1, 0.5, 0, -0.5, -1, -0.8])
    long = length * generator.uniform(0.5, 1.3, count)[:, None] * along
    wide = width * generator.uniform(0.6, 1.3, count)[:, None] * aside
    spread = {"dead wood": 0.12, "meadow": 0.3}.get(habitat, np.pi)
    angle = generator.uniform(-spread, spread, count)[:, None] + (-np.pi / 2 if upright else 0.0)
    return np.stack(
        [long * np.cos(angle) - wide * np.sin(angle), long * np.sin(angle) + wide * np.cos(angle)],
        2,
    )


def _ground(generator: np.random.Generator, habitat: str, *, size: int) -> Image.Image:
    light, dark = np.array(_GROUND[habitat], dtype=np.float64) * generator.uniform(0.8, 1.15)
    grain = 5 if habitat == "dead wood" else 16
    mix = generator.random((16, grain, 1))
    patches = (dark + (light - dark) * mix).astype(np.uint8)
    return Image.fromarray(patches).resize((size, size), Image.Resampling.BICUBIC)


def _backdrop(generator: np.random.Generator, habitat: str, *, size: int) -> Image.Image:
    """Return what lies far behind: blots of light between foliage, and trunks."""
    side = 48
    dark, light = np.array(_BACKDROP[habitat], dtype=np.float64) * generator.uniform(0.75, 1.2)
    image = Image.new("RGB", (side, side), _ink(0.55 * dark + 0.45 * light))
    draw = ImageDraw.Draw(image)
    for _ in range(_TRUNKS[habitat]):
        across, wide = generator.uniform(0, side), generator.uniform(1.0, 4.5)
        lean = generator.normal(0, 2.5)
        corners = [(across - wide, side), (across - wide + lean, 0), (across + wide + lean, 0)]
        draw.polygon([*corners, (across + wide, side)], fill=_ink(dark * 0.6))
    mix = generator.random((_BLOTS, 1))
    middle, radius = generator.uniform(0, side, (_BLOTS, 2)), generator.uniform(1, 6, (_BLOTS, 1))
    boxes = np.concatenate([middle - radius, middle + radius], axis=1).tolist()
    for box, colour in zip(boxes, dark + (light - dark) * mix, strict=True):
        draw.ellipse(box, fill=_ink(colour))
    soft = image.filter(ImageFilter.BoxBlur(1.2))
    return soft.resize((size, size), Image.Resampling.BICUBIC)


def _above(generator: np.random.Generator, *, size: int, horizon: float) -> Image.Image:
    """Return the mask of what lies above an uneven horizon."""
    across = np.linspace(0, size, 17)
    phases = generator.uniform(0, 2 * np.pi, 2)
    uneven = np.sin(across / size * 9 + phases[0]) + 0.6 * np.sin(across / size * 23 + phases[1])
    edge = np.stack([across, horizon + 0.018 * size * uneven], axis=1)
    mask = Image.new("L", (size, size))
    outline = [(0.0, 0.0), *map(tuple, edge.tolist()), (float(size), 0.0)]
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    return mask


def _ink(colour: npt.NDArray[np.float64]) -> tuple[int, int, int]:
    red, green, blue = (min(255, max(0, int(channel))) for channel in colour.tolist())
    return red, green, blue
