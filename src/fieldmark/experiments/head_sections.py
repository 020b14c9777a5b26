"""The section ``head`` of a contender: what is fitted on the embeddings of its backbone."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fieldmark.experiments.section import Number, Section, Whole, refused
from fieldmark.experiments.tree_section import TreeSection

Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[Whole, Field(ge=1)]
# Keys that several heads have.
Epochs = Annotated[Count, Field(description="Passes over the training part.")]
LearningRate = Annotated[Positive, Field(description="The step size of AdamW.")]
WeightDecay = Annotated[Number, Field(ge=0, description="The weight decay of AdamW.")]
BatchSize = Annotated[Count, Field(description="Images in one step.")]
Patience = Annotated[
    Count | None, Field(description="Epochs without a better choice after which training stops.")
]
ClassWeights = Annotated[
    Literal["none", "balanced"],
    Field(description="'balanced' lets each class count the same, however few its images."),
]


class LinearHead(Section):
    """A linear layer on standardised embeddings, trained from a seed."""

    kind: Annotated[Literal["linear"], Field(description="The kind of head: 'linear'.")]
    epochs: Epochs = 100
    learning_rate: LearningRate = 1e-3
    weight_decay: WeightDecay = 1.0
    batch_size: BatchSize = 32
    patience: Patience = None
    class_weights: ClassWeights = "none"


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
    class_weights: ClassWeights = "none"


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
    epochs: Epochs = 50
    learning_rate: LearningRate = 1e-3
    weight_decay: WeightDecay = 0.1
    batch_size: BatchSize = 32
    patience: Patience = None
    class_weights: ClassWeights = "none"


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


class HierarchicalHead(TreeSection):
    """Leaves, ranks, siblings or blocks of the taxonomy on standardised embeddings, from a seed.

    Example:
        >>> HierarchicalHead(kind="hierarchical", structure="ranks").words
        'hierarchical (ranks, cross-entropy)'
    """

    kind: Annotated[Literal["hierarchical"], Field(description="The kind of head: 'hierarchical'.")]
    epochs: Epochs = 100
    learning_rate: LearningRate = 1e-3
    weight_decay: WeightDecay = 1.0
    batch_size: BatchSize = 32
    patience: Patience = None
    class_weights: Annotated[
        Literal["none", "balanced"],
        Field(description="'balanced' lets each leaf count the same, however few its images."),
    ] = "none"

    @property
    def words(self) -> str:
        """The kind with its structure and loss."""
        return f"{self.kind} ({self.structure}, {self.loss})"

    @model_validator(mode="after")
    def _check_beside(self) -> Self:
        if self.loss == "logit-adjusted" and self.class_weights != "none":
            raise refused(
                "the loss 'logit-adjusted' corrects for rare classes already, and class weights "
                "would correct twice; take one of the two.",
                "class_weights",
            )
        return self


Head = Annotated[
    LinearHead | LogisticHead | RidgeHead | MlpHead | KnnHead | PrototypesHead | HierarchicalHead,
    Field(discriminator="kind"),
]

SEEDED_HEADS = (LinearHead, MlpHead, HierarchicalHead)
