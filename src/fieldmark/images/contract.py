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

_TIMM_RULES: Final = {"center": SHORTER_SIDE, "squash": SQUASH}
_IMAGENET: Final = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
_CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "orientation": ("exif", "ignore"),
    "colour_mode": ("RGB",),
    "resize_rule": (SHORTER_SIDE, SQUASH),
    "interpolation": ("bicubic", "bilinear", "box", "hamming", "lanczos"),
    "antialias": (True,),
    "layout": ("CHW",),
}
_LARGEST_SIDE: Final = 8192


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

    Raises:
        ImageError: a value is not one of its choices or not in its range.

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

    @property
    def digest(self) -> str:
        """The digest of every field."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return every field under its name, ready for JSON: the tuples as lists."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
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


def spec_from_timm(configuration: Mapping[str, Any]) -> PreprocessSpec:
    """Return the contract that timm's evaluation transform follows for a model configuration.

    Args:
        configuration: ``model.pretrained_cfg`` or the dict of a ``PretrainedCfg``: input_size,
            crop_pct, crop_mode, interpolation, mean, std. What it lacks takes timm's defaults.

    Raises:
        ImageError: the model wants pictures that are not square RGB, or a crop mode that pads.

    Source:
        timm 1.0.31, ``timm.data.resolve_data_config`` and ``transforms_imagenet_eval``.

    Example:
        >>> spec = spec_from_timm({"input_size": (3, 224, 224), "crop_pct": 0.9})
        >>> spec.resize_size, spec.crop_size, spec.interpolation
        (248, 224, 'bicubic')
    """
    channels, height, width = configuration.get("input_size") or (3, 224, 224)
    if channels != 3 or height != width:
        raise ImageError(
            f"Expected a model of square RGB input; this one takes {channels} x {height} x "
            f"{width}: choose another backbone."
        )
    mode = configuration.get("crop_mode") or "center"
    if mode not in _TIMM_RULES:
        raise ImageError(unknown_choice("crop mode", str(mode), tuple(_TIMM_RULES)))
    return PreprocessSpec(
        resize_size=math.floor(height / (configuration.get("crop_pct") or 0.875)),
        crop_size=height,
        mean=tuple(configuration.get("mean") or _IMAGENET["mean"]),
        std=tuple(configuration.get("std") or _IMAGENET["std"]),
        interpolation=configuration.get("interpolation") or "bicubic",
        resize_rule=_TIMM_RULES[mode],
    )


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
