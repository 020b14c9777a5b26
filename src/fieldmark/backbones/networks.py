"""Networks by name: built without a classifier, from a stated seed."""

import difflib
import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fieldmark.backbones.open_clip_towers import build_tower, tower_configuration
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import MissingExtraError, WeightsError
from fieldmark.core.randomness import seed_for
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.model_contracts import spec_from_timm

if TYPE_CHECKING:
    import torch


def configuration_of(spec: BackboneSpec) -> dict[str, Any]:
    """Return what its family records about a backbone: input, mean and std, where weights lie.

    For random weights and for files this is the record of the network's default weights.

    Raises:
        WeightsError: the network or the tag is not known.
        MissingExtraError: timm is not installed.
    """
    if spec.family == "open_clip":
        return tower_configuration(spec)
    timm = _timm()
    _check_name(timm, spec.name)
    full_name = spec.name
    if spec.source == "tag":
        named = [name.partition(".") for name in timm.list_pretrained(f"{spec.name}.*")]
        tags = [tag for network, _, tag in named if network == spec.name]
        if spec.weights not in tags:
            raise WeightsError(
                unknown_choice(f"weights of {spec.name}", spec.weights, ["random", *tags])
                + " A file needs its ending, such as .safetensors."
            )
        full_name = f"{spec.name}.{spec.weights}"
    recorded = timm.get_pretrained_cfg(full_name)
    return dict(recorded.to_dict()) if recorded is not None else {}


def contract_of(spec: BackboneSpec, configuration: Mapping[str, Any]) -> PreprocessSpec:
    """Return the preprocessing contract of a backbone.

    It is what timm records, at the size of ``options: {img_size: ...}`` where that is given, with
    the fields that ``preprocessing`` sets.

    Raises:
        ImageError: the model takes no square RGB pictures, or ``preprocessing`` is not valid.

    Example:
        >>> spec = BackboneSpec("resnet18", preprocessing={"crop_size": 128, "resize_size": 128})
        >>> contract_of(spec, {"mean": (0.5, 0.5, 0.5)}).crop_size
        128
    """
    side = spec.options.get("img_size")
    size = {"input_size": (3, side, side)} if isinstance(side, int) else {}
    recorded = spec_from_timm({**configuration, **size})
    return PreprocessSpec.from_dict({**recorded.to_dict(), **spec.preprocessing})


def build_network(spec: BackboneSpec) -> "torch.nn.Module":
    """Return the network without its classifier, with random weights from ``weights_seed``.

    The global random generators are left as they were.

    Raises:
        WeightsError: the network is not known, or its family refuses the options.
        MissingExtraError: timm or open_clip is not installed.
    """
    if spec.family == "timm":
        timm = _timm()
        _check_name(timm, spec.name)
    import torch

    with torch.random.fork_rng(devices=[]):
        seed = seed_for("backbone weights", spec.name, spec.weights_seed)
        torch.default_generator.manual_seed(seed)
        if spec.family == "open_clip":
            return build_tower(spec)
        try:
            return timm.create_model(spec.name, pretrained=False, num_classes=0, **spec.options)
        except (TypeError, ValueError, RuntimeError, AssertionError, KeyError) as error:
            raise WeightsError(
                f"timm cannot build {spec.name} with the options {dict(spec.options)} ({error}): "
                "correct or remove them."
            ) from None


def classifier_modules(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the modules that hold the classifier and what belongs to it alone.

    Example:
        >>> classifier_modules({"classifier": "head.fc"}), classifier_modules({"classifier": "fc"})
        (('head',), ('fc',))
    """
    names = configuration.get("classifier") or ()
    listed = (names,) if isinstance(names, str) else tuple(names)
    return tuple(name.rpartition(".")[0] or name for name in listed)


def _check_name(timm: ModuleType, name: str) -> None:
    known = timm.list_models()
    if name in known:
        return
    network, _, tag = name.partition(".")
    if network in known:
        raise WeightsError(
            f"Expected a network without a tag; found '{name}': write name: {network} and "
            f"weights: {tag}."
        )
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"nearest: {first_few(near)}" if near else "none is like it"
    raise WeightsError(
        f"Expected one of timm's {len(known):,} networks; '{name}' is not known, {hint}: "
        "timm.list_models() lists them."
    )


def _timm() -> ModuleType:
    try:
        timm = importlib.import_module("timm")
    except ImportError as error:
        raise MissingExtraError(
            f"Backbones need torch and timm ({error}): install them with "
            "pip install 'fieldmark[learn]'."
        ) from None
    return timm
