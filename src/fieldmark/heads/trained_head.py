"""What heads share that are made of settings, a record of their training, and arrays."""

import dataclasses
from typing import Any, ClassVar, Final

import numpy as np

from fieldmark.embeddings.table import FloatArray
from fieldmark.heads.head import Arrays, Head, read_only
from fieldmark.heads.linear_scores import linear_scores
from fieldmark.predictions.header import ScoreKind

_NO_ARRAYS: Final = ("origin", "settings", "training")


class TrainedHead(Head):
    """A head whose fields are origin, settings, training, and arrays of one type.

    Attributes:
        array_type: what its arrays hold.
        settings: a record of how it was fitted.
        training: a record of what came of it.
    """

    __slots__ = ()

    array_type: ClassVar[type[np.generic]] = np.float32
    settings: Any
    training: Any

    def __post_init__(self) -> None:
        for name, array in self.arrays().items():
            object.__setattr__(self, name, read_only(array, self.array_type))

    @property
    def score_kind(self) -> ScoreKind:
        """Logits: their softmax is the modelled probability."""
        return ScoreKind.LOGITS

    def arrays(self) -> Arrays:
        """Return the arrays that make the head, by name."""
        names = (field.name for field in dataclasses.fields(self))  # type: ignore[arg-type]
        return {name: getattr(self, name) for name in names if name not in _NO_ARRAYS}

    def facts(self) -> dict[str, Any]:
        """Return the settings and the record of the training."""
        return {
            "settings": dataclasses.asdict(self.settings),
            "training": dataclasses.asdict(self.training),
        }


class StandardisedLinearHead(TrainedHead):
    """A trained head that is linear in standardised embeddings.

    Attributes:
        mean: (width,), mean of the training vectors.
        scale: (width,), their standard deviation, 1 where they are constant.
        weights: (n_classes, width).
        bias: (n_classes,).
    """

    __slots__ = ()

    mean: Any
    scale: Any
    weights: Any
    bias: Any

    def scores_of(self, vectors: FloatArray) -> FloatArray:
        """Return float32 logits (n, n_classes) of float32 vectors (n, width).

        Sums run in float64, so that an image gets the same logits alone and in a batch.
        """
        return linear_scores(
            vectors, mean=self.mean, scale=self.scale, weights=self.weights, bias=self.bias
        )
