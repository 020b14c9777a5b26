"""The head of the nearest class mean under cosine similarity."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import softmax

from fieldmark.embeddings.similarity import cosine_similarity, unit_rows
from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.head import Arrays, Head, read_only
from fieldmark.heads.origin import Origin, PositionArray, check_training_labels, origin_of
from fieldmark.heads.settings import check_number
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind


@dataclasses.dataclass(frozen=True, slots=True)
class PrototypeSettings:
    """What becomes of the similarity to a class mean.

    Attributes:
        scale: the cosines are multiplied by it, and their softmax is the score, a probability;
            above 0. None keeps the bare cosines, which are similarities and no probabilities.

    Raises:
        StudyError: the scale is not a number above 0.

    Example:
        >>> PrototypeSettings(scale=20.0).scale
        20.0
    """

    scale: float | None = None

    def __post_init__(self) -> None:
        if self.scale is not None:
            check_number("scale", self.scale)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class PrototypeHead(Head):
    """Cosine similarity to the mean of each class, or its softmax at a stated scale.

    Attributes:
        origin: what the head was fitted on.
        settings: what becomes of the similarities.
        prototypes: float32 array (n_classes, width), class means at length 1; zeros for a class
            that had no training image.
    """

    kind: ClassVar[str] = "prototypes"

    origin: Origin
    settings: PrototypeSettings
    prototypes: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "prototypes", read_only(self.prototypes, np.float32))

    @property
    def score_kind(self) -> ScoreKind:
        """Similarities without a scale, probabilities with one."""
        bare = self.settings.scale is None
        return ScoreKind.SIMILARITIES if bare else ScoreKind.PROBABILITIES

    def scores_of(self, vectors: FloatArray) -> FloatArray:
        """Return float32 scores (n, n_classes) of float32 vectors (n, width).

        Cosines from -1 to 1, or probabilities whose rows sum to 1. A class without a prototype is
        as unlike as can be: its cosine is -1.

        Raises:
            StoreError: a vector is all zeros.
        """
        known = np.any(self.prototypes != 0, axis=1)
        cosines = np.full((len(vectors), len(self.prototypes)), -1, dtype=np.float32)
        cosines[:, known] = cosine_similarity(vectors, self.prototypes[known])
        if self.settings.scale is None:
            return cosines
        shares: FloatArray = softmax(cosines.astype(np.float64) * self.settings.scale, axis=1)
        return shares.astype(np.float32)

    def arrays(self) -> Arrays:
        """Return the prototypes."""
        return {"prototypes": self.prototypes}

    def facts(self) -> dict[str, Any]:
        """Return the settings."""
        return {"settings": dataclasses.asdict(self.settings)}

    @classmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""
        return cls(origin, PrototypeSettings(**facts["settings"]), **arrays)


def fit_prototypes(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    settings: PrototypeSettings | None = None,
) -> PrototypeHead:
    """Return the head of the class means: of vectors at length 1, brought to length 1 again.

    Args:
        embeddings: the training images; a class without any gets no prototype, and is as unlike
            every image as can be.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes.
        settings: what becomes of the similarities; None keeps bare cosines.

    Raises:
        ManifestError: labels do not fit the embeddings or the label space.
        StoreError: a vector is all zeros, or the vectors of a class cancel out.

    Source:
        Snell, Swersky and Zemel (2017), Prototypical networks for few-shot learning, equation 1,
        on vectors at length 1.

    Example:
        >>> vectors = np.array([[0, 1], [1, 0]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b"), vectors, {}, {})
        >>> trees = LabelSpace(("ash", "oak"))
        >>> head = fit_prototypes(embeddings, np.array([1, 0]), label_space=trees)
        >>> head.predict_scores(embeddings).tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    positions = check_training_labels(embeddings, labels, label_space)
    counts = np.bincount(positions, minlength=len(label_space))
    known = counts > 0
    sums = np.zeros((len(label_space), embeddings.width), dtype=np.float64)
    np.add.at(sums, positions, unit_rows(embeddings.vectors))
    prototypes = np.zeros(sums.shape, dtype=np.float32)
    prototypes[known] = unit_rows((sums[known] / counts[known, None]).astype(np.float32))
    origin = origin_of(embeddings, label_space)
    return PrototypeHead(origin, settings or PrototypeSettings(), prototypes)
