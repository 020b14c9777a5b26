"""Which backbone is asked for: network, weights, options and tap, by value."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final, Literal

from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import WeightsError

TAPS: Final = ("pooled",)
"""Where vectors are taken: "pooled" is the input of the classifier."""

_RANDOM: Final = "random"
_FILE_ENDINGS: Final = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
_RESERVED: Final = frozenset(
    {
        "cache_dir",
        "checkpoint_path",
        "features_only",
        "in_chans",
        "num_classes",
        "pretrained",
        "pretrained_cfg",
        "pretrained_cfg_overlay",
    }
)


@dataclass(frozen=True, slots=True)
class BackboneSpec:
    """A network with its weights and the place where vectors are taken.

    Attributes:
        name: a timm model name, such as "mobilenetv2_100".
        weights: "random", the path of a .safetensors or .pt file, or a timm tag such as "ra_in1k".
        options: how the network is built, such as ``{"pad_type": "same"}``; plain JSON values.
        tap: where vectors are taken: "pooled", the input of the classifier.
        weights_seed: seed of random weights; without effect on others.
        preprocessing: fields of the preprocessing contract that differ from what timm records for
            the weights (for a file: for the network's default weights).

    Raises:
        WeightsError: a value is empty, unknown, reserved or no plain JSON.

    Example:
        >>> spec = BackboneSpec("mobilenetv2_100", "mnv2.safetensors", options={"pad_type": "same"})
        >>> spec.source, spec.tap
        ('file', 'pooled')
    """

    name: str
    weights: str = _RANDOM
    options: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    tap: str = field(default="pooled", kw_only=True)
    weights_seed: int = field(default=0, kw_only=True)
    preprocessing: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        for what, text in (("name", self.name), ("weights", self.weights)):
            if not text.strip():
                raise WeightsError(f"Expected the backbone's {what}; found {text!r}.")
        if self.tap not in TAPS:
            raise WeightsError(unknown_choice("tap", str(self.tap), TAPS))
        if type(self.weights_seed) is not int or self.weights_seed < 0:
            raise WeightsError(
                f"Expected weights_seed to be a whole number from 0; found {self.weights_seed!r}."
            )
        reserved = sorted(_RESERVED & self.options.keys())
        if reserved:
            raise WeightsError(
                f"Backbone options may not set {first_few(reserved)}: fieldmark sets what is "
                "loaded, and takes 3 channels without a classifier."
            )
        object.__setattr__(self, "options", _plain("options", self.options))
        object.__setattr__(self, "preprocessing", _plain("preprocessing", self.preprocessing))

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def source(self) -> Literal["random", "file", "tag"]:
        """Where the weights come from."""
        if self.weights == _RANDOM:
            return "random"
        path = PurePath(self.weights)
        return "file" if len(path.parts) > 1 or path.suffix in _FILE_ENDINGS else "tag"

    @property
    def digest(self) -> str:
        """The digest of every field; not of the weights, which only an open encoder knows."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return every field under its name, ready for JSON."""
        return {
            "name": self.name,
            "weights": self.weights,
            "options": dict(self.options),
            "tap": self.tap,
            "weights_seed": self.weights_seed,
            "preprocessing": dict(self.preprocessing),
        }


def _plain(what: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        json.dumps(dict(content), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise WeightsError(f"Expected plain values as backbone {what} ({error}).") from None
    return MappingProxyType(copy.deepcopy(dict(content)))
