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

TAPS: Final = (
    "pooled",
    "pre-logits",
    "class-token",
    "class-token-before-norm",
    "patch-mean",
    "gem",
    "before-projection",
    "projection",
)
"""Where vectors can be taken; which of them a network has, only the open network knows.

"pooled" is the input of the classifier, and "pre-logits" another name of it; in the open_clip
family both are "before-projection". "class-token" is taken after the last norm. "patch-mean" and
"gem" (generalised mean, power 3, of values of at least 1e-6) run over the patches after the last
norm, or over the last feature map.
"""

FAMILIES: Final = ("timm", "open_clip")
"""Whose networks there are; of open_clip the tower that sees pictures."""

HUB_PREFIX: Final = "hf-hub:"
_TAP_NAMES: Final = {
    "timm": {"pre-logits": "pooled"},
    "open_clip": {"pre-logits": "before-projection", "pooled": "before-projection"},
}

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
        name: a model name of timm, such as "mobilenetv2_100", or of open_clip: then written
            "open_clip:ViT-B-32", or "open_clip:ViT-B-32/laion2b_s34b_b79k" together with the tag.
        weights: "random"; the path of a .safetensors or .pt file; a tag of timm or open_clip, such
            as "ra_in1k"; or "hf-hub:OWNER/REPOSITORY", a place on the model hub.
        options: how the network is built, such as ``{"pad_type": "same"}``; plain JSON values.
        tap: where vectors are taken, one of `TAPS`; of two names of one place the first is kept.
        weights_seed: seed of random weights; without effect on others.
        preprocessing: fields of the preprocessing contract that differ from what timm records for
            the weights (for a file: for the network's default weights).
        family: "timm" or "open_clip"; also taken from the beginning of ``name``.
        licence: of the weights, where it is known better than what timm records.

    Raises:
        WeightsError: a value is empty, unknown, reserved or no plain JSON.

    Example:
        >>> spec = BackboneSpec("mobilenetv2_100", "mnv2.safetensors", options={"pad_type": "same"})
        >>> spec.source, spec.tap
        ('file', 'pooled')
        >>> spec = BackboneSpec("open_clip:ViT-B-32/laion2b_s34b_b79k", tap="projection")
        >>> spec.family, spec.name, spec.weights
        ('open_clip', 'ViT-B-32', 'laion2b_s34b_b79k')
    """

    name: str
    weights: str = _RANDOM
    options: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    tap: str = field(default="pooled", kw_only=True)
    weights_seed: int = field(default=0, kw_only=True)
    preprocessing: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    family: str = field(default="timm", kw_only=True)
    licence: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self._take_family()
        for what, text in (("name", self.name), ("weights", self.weights)):
            if not text.strip():
                raise WeightsError(f"Expected the backbone's {what}; found {text!r}.")
        object.__setattr__(self, "tap", self.tap_named(self.tap))
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
    def source(self) -> Literal["random", "file", "tag", "hub"]:
        """Where the weights come from."""
        if self.weights == _RANDOM:
            return "random"
        if self.weights.startswith(HUB_PREFIX):
            return "hub"
        path = PurePath(self.weights)
        return "file" if len(path.parts) > 1 or path.suffix in _FILE_ENDINGS else "tag"

    @property
    def full_name(self) -> str:
        """The name with its family, where that is not timm."""
        return self.name if self.family == "timm" else f"{self.family}:{self.name}"

    def tap_named(self, tap: str) -> str:
        """Return the one name that a tap of this family is known by.

        Raises:
            WeightsError: there is no such tap.

        Example:
            >>> BackboneSpec("resnet18").tap_named("pre-logits")
            'pooled'
        """
        if tap not in TAPS:
            raise WeightsError(unknown_choice("tap", str(tap), TAPS))
        return _TAP_NAMES[self.family].get(tap, tap)

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
            "family": self.family,
            "licence": self.licence,
        }

    def _take_family(self) -> None:
        """Take the family and the tag out of the name."""
        family, colon, name = self.name.partition(":")
        if colon and family in FAMILIES:
            object.__setattr__(self, "family", family)
            object.__setattr__(self, "name", name)
        if self.family not in FAMILIES:
            raise WeightsError(unknown_choice("family of networks", str(self.family), FAMILIES))
        name, slash, tag = self.name.partition("/")
        if self.family == "open_clip" and slash:
            if self.weights not in (_RANDOM, tag):
                raise WeightsError(
                    f"Expected one tag of open_clip weights; the name says '{tag}' and `weights` "
                    f"'{self.weights}': leave one of them out."
                )
            object.__setattr__(self, "name", name)
            object.__setattr__(self, "weights", tag)


def _plain(what: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        json.dumps(dict(content), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise WeightsError(f"Expected plain values as backbone {what} ({error}).") from None
    return MappingProxyType(copy.deepcopy(dict(content)))
