"""The preprocessing contract: everything that happens between a file and a backbone's input.

Two embeddings may stand side by side only when their contracts agree, so the contract is a record
with a digest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import ImageError

SHORTER_SIDE: Final = "shorter side then centre crop"
SQUASH: Final = "squash"

EXACT: Final = "exact"
NEAR_EXACT: Final = "near-exact"
FAST: Final = "fast"

_CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "orientation": ("exif", "ignore"),
    "colour_mode": ("RGB",),
    "resize_rule": (SHORTER_SIDE, SQUASH),
    "interpolation": ("bicubic", "bilinear", "box", "hamming", "lanczos"),
    "antialias": (True,),
    "layout": ("CHW",),
    "decoding": (EXACT, NEAR_EXACT, FAST),
    "mask": (None, "black", "crop"),
    "crop": (None, "box"),
}
_QUICK_FILTERS: Final = ("bicubic", "bilinear")
_LARGEST_SIDE: Final = 8192
#: Fields that came later; they are recorded where they say something, so that older digests hold.
_LATER: Final[Mapping[str, object]] = {"decoding": EXACT, "mask": None, "crop": None}


@dataclass(frozen=True, slots=True)
class PreprocessSpec:
    """What is done to a picture before a backbone sees it.

    Attributes:
        resize_size: side in pixels after resizing: the shorter one, or both when squashing.
        crop_size: side in pixels of the square cut from the centre; what lies outside a smaller
            picture is black.
        mean: subtracted per channel, on the scale of ``value_range``.
        std: divided by, per channel, on the scale of ``value_range``.
        interpolation: bicubic, bilinear, box, hamming or lanczos, always with antialiasing.
        resize_rule: "shorter side then centre crop" keeps the proportions, "squash" does not.
        orientation: "exif" turns the picture upright, "ignore" leaves it as stored.
        alpha_colour: what lies behind transparent pixels: red, green, blue, 0 to 255.
        colour_mode: "RGB", the only one yet.
        antialias: True, the only one yet.
        value_range: what black and white become before mean and std.
        layout: "CHW", the only one yet.
        decoding: "exact" equals Pillow's decoding and resizing bit for bit; "near-exact" decodes
            the same pixels and resizes with integers: in ordinary photos under 0.5 % of the values
            are off, by one level; "fast" also decodes large JPEGs at a half, a quarter or an
            eighth, never below four times ``resize_size``: within 0.3 levels in the mean.
        mask: what the mask file of a picture does: None (there is none), "black" blackens what
            lies outside it, "crop" cuts the picture to what it covers.
        crop: "box" cuts every picture to a box of its own before resizing; None does not.

    Raises:
        ImageError: a value is not one of its choices or not in its range, or another decoding than
            "exact" is asked for with an interpolation other than bicubic and bilinear.

    Example:
        >>> spec = PreprocessSpec(
        ...     resize_size=256, crop_size=224, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
        ... )
        >>> spec.digest[:12]
        '...'
    """

    resize_size: int
    crop_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str = "bicubic"
    resize_rule: str = SHORTER_SIDE
    orientation: str = "exif"
    alpha_colour: tuple[int, int, int] = (255, 255, 255)
    colour_mode: str = "RGB"
    antialias: bool = True
    value_range: tuple[float, float] = (0.0, 1.0)
    layout: str = "CHW"
    decoding: str = EXACT
    mask: str | None = None
    crop: str | None = None

    def __post_init__(self) -> None:
        given = asdict(self)
        for name, choices in _CHOICES.items():
            _check_choice(name, given[name], choices)
        for name in ("resize_size", "crop_size"):
            _check_side(name, given[name])
        for name, length in (("mean", 3), ("std", 3), ("value_range", 2)):
            object.__setattr__(self, name, _numbers(name, given[name], length))
        object.__setattr__(self, "alpha_colour", _colour(given["alpha_colour"]))
        if min(self.std) <= 0:
            raise ImageError(f"Expected a std above 0 in every channel; found {list(self.std)}.")
        if self.value_range[0] >= self.value_range[1]:
            raise ImageError(f"Expected a value_range that rises; found {list(self.value_range)}.")
        if self.decoding != EXACT and self.interpolation not in _QUICK_FILTERS:
            raise ImageError(
                f"Expected the interpolation bicubic or bilinear with decoding '{self.decoding}'; "
                f"found '{self.interpolation}': choose one of them, or decoding 'exact'."
            )

    @property
    def digest(self) -> str:
        """The digest of every field, as `to_dict` gives them."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return every field under its name, ready for JSON: the tuples as lists.

        Left out are decoding, mask and crop where they hold their defaults: what was recorded
        before there were such choices stays the same contract.
        """
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if name not in _LATER or value != _LATER[name]
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "PreprocessSpec":
        """Return the spec with these fields; those left out take their defaults.

        Raises:
            ImageError: a field is unknown, missing or not valid.
        """
        known = tuple(field.name for field in fields(cls))
        for name in content:
            if name not in known:
                raise ImageError(unknown_choice("preprocessing field", str(name), known))
        missing = [name for name in known[:4] if name not in content]
        if missing:
            raise ImageError(
                f"Expected the preprocessing fields {', '.join(known[:4])}; "
                f"missing: {', '.join(missing)}."
            )
        return cls(**content)


def _check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    if value not in choices:
        raise ImageError(unknown_choice(name, str(value), [str(choice) for choice in choices]))


def _check_side(name: str, value: object) -> None:
    if type(value) is not int or not 1 <= value <= _LARGEST_SIDE:
        raise ImageError(
            f"Expected {name} to be 1 to {_LARGEST_SIDE:,} whole pixels; found {value!r}."
        )


def _numbers(name: str, value: Any, length: int) -> tuple[float, ...]:
    numbers = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    plain = all(type(number) in (int, float) and math.isfinite(number) for number in numbers)
    if len(numbers) != length or not plain:
        raise ImageError(f"Expected {length} finite numbers as {name}; found {value!r}.")
    return tuple(float(number) for number in numbers)


def _colour(value: Any) -> tuple[int, ...]:
    parts = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if len(parts) != 3 or not all(type(part) is int and 0 <= part <= 255 for part in parts):
        raise ImageError(
            f"Expected alpha_colour to be red, green, blue, each 0 to 255; found {value!r}."
        )
    return parts
