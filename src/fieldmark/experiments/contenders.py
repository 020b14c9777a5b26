"""The section ``contenders``: backbones with a head, fine-tuned ones, and foreign predictions."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, JsonValue, Tag

from fieldmark.experiments.section import Number, Section, Text, Whole
from fieldmark.experiments.tuning import TrainingConfig

_FILE_ENDINGS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")

Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[Whole, Field(ge=1)]


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


class LinearHead(Section):
    """A linear layer on standardised embeddings, trained from a seed."""

    kind: Annotated[Literal["linear"], Field(description="The kind of head: 'linear'.")]
    epochs: Annotated[Count, Field(description="Passes over the training part.")] = 100
    learning_rate: Annotated[Positive, Field(description="The step size of AdamW.")] = 1e-3
    weight_decay: Annotated[Number, Field(ge=0, description="The weight decay of AdamW.")] = 1.0
    batch_size: Annotated[Count, Field(description="Images in one step.")] = 32
    patience: Annotated[
        Count | None,
        Field(description="Epochs without a better choice after which training stops."),
    ] = None
    class_weights: Annotated[
        Literal["none", "balanced"],
        Field(description="'balanced' lets each class count the same, however few its images."),
    ] = "none"


class LogisticHead(Section):
    """A logistic regression whose penalty is chosen within the training part."""

    kind: Annotated[Literal["logistic"], Field(description="The kind of head: 'logistic'.")]
    inverse_penalty: Annotated[
        Positive | None,
        Field(description="The C of scikit-learn; without it, chosen from 1e-5 to 10."),
    ] = None
    inner_folds: Annotated[
        Whole, Field(ge=2, description="Folds of the training part that it is chosen on.")
    ] = 5
    class_weights: Annotated[
        Literal["none", "balanced"],
        Field(description="'balanced' lets each class count the same, however few its images."),
    ] = "none"


class RidgeHead(Section):
    """A least-squares regression on each class, with a penalty; its scores only order classes."""

    kind: Annotated[Literal["ridge"], Field(description="The kind of head: 'ridge'.")]
    penalty: Annotated[
        Positive | None,
        Field(
            description="Relative to the variance of the embeddings; without it, chosen from 1e-4 "
            "to 1e4 on training groups that are left out."
        ),
    ] = None


class MlpHead(Section):
    """A network of one hidden layer on standardised embeddings, trained from a seed."""

    kind: Annotated[Literal["mlp"], Field(description="The kind of head: 'mlp'.")]
    hidden: Annotated[Count, Field(description="The width of the hidden layer.")] = 256
    dropout: Annotated[
        Number, Field(ge=0, lt=1, description="The share of hidden values a step leaves out.")
    ] = 0.1
    epochs: Annotated[Count, Field(description="Passes over the training part.")] = 50
    learning_rate: Annotated[Positive, Field(description="The step size of AdamW.")] = 1e-3
    weight_decay: Annotated[Number, Field(ge=0, description="The weight decay of AdamW.")] = 0.1
    batch_size: Annotated[Count, Field(description="Images in one step.")] = 32
    patience: Annotated[
        Count | None,
        Field(description="Epochs without a better choice after which training stops."),
    ] = None
    class_weights: Annotated[
        Literal["none", "balanced"],
        Field(description="'balanced' lets each class count the same, however few its images."),
    ] = "none"


class KnnHead(Section):
    """A vote of the nearest training embeddings."""

    kind: Annotated[Literal["knn"], Field(description="The kind of head: 'knn'.")]
    neighbours: Annotated[Count, Field(description="How many neighbours vote.")] = 5
    temperature: Annotated[
        Positive | None,
        Field(description="Divides the cosines that weigh votes; null lets all count one."),
    ] = 0.05


class PrototypesHead(Section):
    """The nearest class mean."""

    kind: Annotated[Literal["prototypes"], Field(description="The kind of head: 'prototypes'.")]
    scale: Annotated[
        Positive | None,
        Field(description="Multiplies the cosines before a softmax; without it they stay cosines."),
    ] = None


Head = Annotated[
    LinearHead | LogisticHead | RidgeHead | MlpHead | KnnHead | PrototypesHead,
    Field(discriminator="kind"),
]


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
        """Whether two seeds give two results; linear and MLP heads are trained from a seed."""
        return isinstance(self.head, LinearHead | MlpHead)


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
