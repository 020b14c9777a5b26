"""Contracts read off the configurations that timm and open_clip record beside their weights."""

import math
from collections.abc import Mapping
from typing import Any, Final

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import ImageError
from fieldmark.images.contract import SHORTER_SIDE, SQUASH, PreprocessSpec

_TIMM_RULES: Final = {"center": SHORTER_SIDE, "squash": SQUASH}
_OPEN_CLIP_RULES: Final = {"shortest": SHORTER_SIDE, "squash": SQUASH}
_IMAGENET: Final = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
_OPENAI: Final = {
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
}


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


def spec_from_open_clip(configuration: Mapping[str, Any]) -> PreprocessSpec:
    """Return the contract that open_clip's evaluation transform follows for a model.

    Args:
        configuration: ``model.visual.preprocess_cfg``, or what ``open_clip.get_pretrained_cfg``
            gives together with ``size``: size, mode, mean, std, interpolation, resize_mode. What it
            lacks takes open_clip's defaults.

    Raises:
        ImageError: the model wants pictures that are not square RGB, or a resize mode that pads.

    Source:
        open_clip 3.3, ``open_clip.transform``: ``PreprocessCfg`` and ``image_transform``.

    Example:
        >>> spec = spec_from_open_clip({"size": (224, 224), "resize_mode": "squash"})
        >>> spec.resize_size, spec.crop_size, spec.resize_rule
        (224, 224, 'squash')
    """
    size = configuration.get("size") or 224
    height, width = (size, size) if isinstance(size, int) else size
    colours = configuration.get("mode") or "RGB"
    if colours != "RGB" or height != width:
        raise ImageError(
            f"Expected a model of square RGB input; this one takes {colours} of {height} x "
            f"{width}: choose another backbone."
        )
    mode = configuration.get("resize_mode") or "shortest"
    if mode not in _OPEN_CLIP_RULES:
        raise ImageError(unknown_choice("resize mode", str(mode), tuple(_OPEN_CLIP_RULES)))
    bilinear = configuration.get("interpolation") == "bilinear"
    return PreprocessSpec(
        resize_size=height,
        crop_size=height,
        mean=tuple(configuration.get("mean") or _OPENAI["mean"]),
        std=tuple(configuration.get("std") or _OPENAI["std"]),
        interpolation="bilinear" if bilinear else "bicubic",
        resize_rule=_OPEN_CLIP_RULES[mode],
    )
