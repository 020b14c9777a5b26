"""The section ``contenders``: backbones with a head, fine-tuned ones, and foreign predictions."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, JsonValue, Tag

from fieldmark.experiments.head_sections import SEEDED_HEADS, Head
from fieldmark.experiments.section import Section, Text, Whole
from fieldmark.experiments.tuning import TrainingConfig

_FILE_ENDINGS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")


class BackboneConfig(Section):
    """The frozen network that turns images into embeddings.

    Example:
        >>> BackboneConfig(name="resnet18", weights="nets/mine.safetensors").weights_are_a_file
        True
        >>> BackboneConfig(name="resnet18", weights="a1_in1k").weights_are_a_file
        False
    """

    name: Annotated[Text, Field(description="The name of the network in timm.")]
    weights: Annotated[
        Text, Field(description="'random', a file (.safetensors, .pt, .pth) or a tag of timm.")
    ]
    options: Annotated[
        dict[Text, JsonValue],
        Field(
            default_factory=dict,
            description="Further options of the network, such as pad_type: same.",
        ),
    ]
    tap: Annotated[
        Text, Field(description="Where the embedding is taken from, such as pooled.")
    ] = "pooled"
    weights_seed: Annotated[
        Whole, Field(ge=0, description="The seed of random weights; otherwise without effect.")
    ] = 0
    preprocessing: Annotated[
        dict[Text, JsonValue],
        Field(
            default_factory=dict,
            description="Fields of the preprocessing that differ from what the weights record.",
        ),
    ]

    family: Annotated[Text, Field(description="Whose network it is: timm or open_clip.")] = "timm"
    licence: Annotated[
        Text | None, Field(description="The licence of the weights, where it is known better.")
    ] = None

    @property
    def weights_are_a_file(self) -> bool:
        """Whether ``weights`` is a path: it has a slash, or ends like a file of weights.

        Weights of a hub, "hf-hub:OWNER/REPO", are none.
        """
        if self.weights.startswith("hf-hub:"):
            return False
        path = PurePath(self.weights)
        return len(path.parts) > 1 or path.suffix in _FILE_ENDINGS


class TrainedContender(Section):
    """A backbone with a head that fieldmark fits on the training part.

    Example:
        >>> net = {"name": "resnet18", "weights": "random"}
        >>> TrainedContender(backbone=net, head={"kind": "knn"}).is_seeded
        False
    """

    backbone: Annotated[BackboneConfig, Field(description="The frozen network.")]
    head: Annotated[Head, Field(description="What is fitted on the embeddings.")]

    @property
    def is_seeded(self) -> bool:
        """Whether two seeds give two results; linear, MLP and hierarchical heads have one."""
        return isinstance(self.head, SEEDED_HEADS)


class FineTunedContender(Section):
    """A backbone that fieldmark trains further, with a classifier, on the training part.

    Example:
        >>> net = {"name": "resnet18", "weights": "random"}
        >>> FineTunedContender(backbone=net, training={"epochs": 3}).is_seeded
        True
    """

    backbone: Annotated[BackboneConfig, Field(description="The network that training begins with.")]
    training: Annotated[TrainingConfig, Field(description="How it is fine-tuned.")]

    @property
    def is_seeded(self) -> bool:
        """Whether two seeds give two results: always."""
        return True


class ImportedContender(Section):
    """Predictions that were made elsewhere, such as those of the model in use.

    Example:
        >>> ImportedContender(predictions="incumbent.csv").kind
        'probabilities'
    """

    predictions: Annotated[
        Text,
        Field(description="The scores: CSV, TSV, Parquet or NPZ, or a folder that was imported."),
    ]
    kind: Annotated[
        Literal["logits", "probabilities", "similarities"],
        Field(description="What the scores of a file are; probabilities have to sum to 1."),
    ] = "probabilities"

    @property
    def is_seeded(self) -> bool:
        """Whether two seeds give two results: never."""
        return False


_KINDS: Mapping[type[Section], str] = {
    TrainedContender: "trained",
    FineTunedContender: "tuned",
    ImportedContender: "imported",
}


def _trained_or_imported(content: Any) -> str | None:
    """Return the kind of contender that the keys speak for, or None when they speak for none."""
    if isinstance(content, Section):
        return _KINDS[type(content)]
    keys = content.keys() if isinstance(content, dict) else ()
    if "training" in keys and "head" not in keys:
        return "tuned"
    if "backbone" in keys or "head" in keys:
        return "trained"
    return "imported" if "predictions" in keys or "kind" in keys else None


Contender = Annotated[
    Annotated[TrainedContender, Tag("trained")]
    | Annotated[FineTunedContender, Tag("tuned")]
    | Annotated[ImportedContender, Tag("imported")],
    Discriminator(
        _trained_or_imported,
        custom_error_type="refused",
        custom_error_message="{sentence}",
        custom_error_context={
            "sentence": "a contender needs either 'backbone' and 'head' or 'training' (fieldmark "
            "trains it) or 'predictions' (they were made elsewhere).",
            "where": (),
        },
    ),
]
