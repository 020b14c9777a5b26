"""The towers of open_clip that see pictures: recorded, built, found in a file of both towers."""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import MissingExtraError, WeightsError

if TYPE_CHECKING:
    import torch

_TOWER: Final = "visual."
_FILE_NAME: Final = "open_clip_model.safetensors"
_CROP_MODES: Final = {"shortest": "center", "squash": "squash", "longest": "border"}


def tower_configuration(spec: BackboneSpec) -> dict[str, Any]:
    """Return what open_clip records about a tower and its weights, in the words of timm.

    Args:
        spec: of the open_clip family; ``options: {force_image_size: ...}`` sets the input size.

    Raises:
        WeightsError: the network or the tag is not known.
        MissingExtraError: open_clip is not installed.
    """
    library = _open_clip()
    recorded = _recorded(library, spec)
    weights: dict[str, Any] = {}
    if spec.source == "tag":
        tags = library.list_pretrained_tags_by_model(spec.name)
        if spec.weights not in tags:
            raise WeightsError(
                unknown_choice(f"weights of {spec.name}", spec.weights, ["random", *tags])
                + " A file needs its ending, such as .safetensors."
            )
        weights = library.get_pretrained_cfg(spec.name, spec.weights)
    side = spec.options.get("force_image_size") or recorded["vision_cfg"].get("image_size", 224)
    height, width = (side, side) if isinstance(side, int) else side
    found: dict[str, Any] = {
        "input_size": (3, height, width),
        "crop_pct": 1.0,
        "mean": weights.get("mean") or library.OPENAI_DATASET_MEAN,
        "std": weights.get("std") or library.OPENAI_DATASET_STD,
        "interpolation": weights.get("interpolation") or "bicubic",
        "crop_mode": _CROP_MODES[weights.get("resize_mode") or "shortest"],
        "url": weights.get("url"),
    }
    repository, file_name = _place(weights.get("hf_hub") or "")
    if repository:
        found |= {"hf_hub_id": repository, "hf_hub_filename": file_name or _FILE_NAME}
    return found


def build_tower(spec: BackboneSpec) -> "torch.nn.Module":
    """Return the tower that sees pictures, with weights from torch's present random state.

    Raises:
        WeightsError: the network is not known, or open_clip refuses the options.
        MissingExtraError: open_clip is not installed.
    """
    library = _open_clip()
    _recorded(library, spec)
    quick = False
    if spec.source == "tag":
        weights = library.get_pretrained_cfg(spec.name, spec.weights)
        quick = bool(weights.get("quick_gelu"))
    options = {"force_quick_gelu": quick} | dict(spec.options)
    try:
        # Both towers are made: open_clip has no public way to make one.
        model = library.create_model(spec.name, load_weights=False, **options)
    except (TypeError, ValueError, RuntimeError, AssertionError, KeyError) as error:
        raise WeightsError(
            f"open_clip cannot build {spec.name} with the options {dict(spec.options)} ({error}): "
            "correct or remove them."
        ) from None
    tower: torch.nn.Module = model.visual
    return tower


def tower_state(state: Mapping[str, "torch.Tensor"]) -> dict[str, "torch.Tensor"]:
    """Return what belongs to the tower that sees pictures; a file of that tower alone is kept.

    Example:
        >>> tower_state({"visual.proj": 1, "logit_scale": 2}), tower_state({"proj": 1})
        ({'proj': 1}, {'proj': 1})
    """
    mine = {
        name.removeprefix(_TOWER): value for name, value in state.items() if name.startswith(_TOWER)
    }
    return mine or dict(state)


def _place(hub: str) -> tuple[str, str]:
    """Return "owner/repository" and the file name of open_clip's "owner/repository/file"."""
    owner, _, rest = hub.partition("/")
    repository, _, file_name = rest.partition("/")
    return (f"{owner}/{repository}" if repository else "", file_name)


def _recorded(library: ModuleType, spec: BackboneSpec) -> dict[str, Any]:
    known = library.list_models()
    if spec.name not in known:
        raise WeightsError(unknown_choice("open_clip network", spec.name, known))
    return dict(library.get_model_config(spec.name))


def _open_clip() -> ModuleType:
    try:
        return importlib.import_module("open_clip")
    except ImportError as error:
        raise MissingExtraError(
            f"Backbones of the open_clip family need open_clip ({error}): install it with "
            "pip install 'fieldmark[learn]'."
        ) from None
