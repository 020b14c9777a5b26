"""The head of the k nearest neighbours under cosine similarity."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError
from fieldmark.embeddings.similarity import nearest_neighbours, unit_rows
from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.head import Arrays, Head, read_only
from fieldmark.heads.origin import Origin, PositionArray, check_training_labels, origin_of
from fieldmark.heads.settings import check_number, check_whole
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind

_ROWS: Final = 4096


@dataclasses.dataclass(frozen=True, slots=True)
class KnnSettings:
    """How the neighbours vote.

    Attributes:
        neighbours: how many vote, at least 1.
        temperature: divides the cosines, whose softmax over the neighbours weighs the votes: the
            smaller, the more the nearest decides. None gives every neighbour the same vote.

    Raises:
        StudyError: a value is not a number or out of range.

    Example:
        >>> KnnSettings(neighbours=3)
        KnnSettings(neighbours=3, temperature=0.05)
    """

    neighbours: int = 5
    temperature: float | None = 0.05

    def __post_init__(self) -> None:
        check_whole("neighbours", self.neighbours)
        if self.temperature is not None:
            check_number("temperature", self.temperature)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class KnnHead(Head):
    """Shares of the vote of the nearest training images, as probabilities.

    Neighbours of equal similarity are ordered by their row in the training set; classes of equal
    share by the label space, as the first maximum of a row.

    Attributes:
        origin: what the head was fitted on.
        settings: how the neighbours vote.
        gallery: float32 array (n_training, width), the training vectors at length 1.
        positions: int64 array (n_training,), their classes.
    """

    kind: ClassVar[str] = "knn"

    origin: Origin
    settings: KnnSettings
    gallery: FloatArray
    positions: PositionArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "gallery", read_only(self.gallery, np.float32))
        object.__setattr__(self, "positions", read_only(self.positions, np.int64))

    @property
    def score_kind(self) -> ScoreKind:
        """Probabilities: the shares of the vote, rows sum to 1."""
        return ScoreKind.PROBABILITIES

    def scores_of(self, vectors: FloatArray) -> FloatArray:
        """Return float32 shares (n, n_classes) of float32 vectors (n, width); rows sum to 1.

        Raises:
            StoreError: a vector is all zeros.
        """
        shares = np.zeros((len(vectors), len(self.label_space)), dtype=np.float32)
        for start in range(0, len(vectors), _ROWS):
            block = shares[start : start + _ROWS]
            cosines, rows = nearest_neighbours(
                vectors[start : start + _ROWS],
                self.gallery,
                neighbours=self.settings.neighbours,
            )
            voters = np.arange(len(block))[:, None]
            np.add.at(block, (voters, self.positions[rows]), self._votes(cosines))
        return shares

    def arrays(self) -> Arrays:
        """Return gallery and positions."""
        return {"gallery": self.gallery, "positions": self.positions}

    def facts(self) -> dict[str, Any]:
        """Return the settings."""
        return {"settings": dataclasses.asdict(self.settings)}

    @classmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""
        return cls(origin, KnnSettings(**facts["settings"]), **arrays)

    def _votes(self, cosines: FloatArray) -> npt.NDArray[np.float64]:
        if self.settings.temperature is None:
            return np.full(cosines.shape, 1 / cosines.shape[1])
        wide = cosines.astype(np.float64)
        votes: npt.NDArray[np.float64] = np.exp((wide - wide[:, :1]) / self.settings.temperature)
        votes /= votes.sum(axis=1, keepdims=True)
        return votes


def fit_knn(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    settings: KnnSettings | None = None,
) -> KnnHead:
    """Return the head that lets the nearest training images vote; there is nothing to train.

    Args:
        embeddings: the training images; at least as many as neighbours.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes; one without a training image always has a share of 0.
        settings: how the neighbours vote; None takes the defaults.

    Raises:
        ManifestError: labels do not fit the embeddings or the label space.
        StudyError: there are fewer training images than neighbours.
        StoreError: a vector is all zeros.

    Source:
        The vote weighted by a softmax of cosines: Wu et al. (2018), Unsupervised feature learning
        via non-parametric instance discrimination, section 3.4.

    Example:
        >>> vectors = np.array([[0, 1], [1, 2], [1, 0]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b", "c"), vectors, {}, {})
        >>> labels = np.array([0, 0, 1])
        >>> trees = LabelSpace(("ash", "oak"))
        >>> settings = KnnSettings(neighbours=2, temperature=None)
        >>> head = fit_knn(embeddings, labels, label_space=trees, settings=settings)
        >>> head.predict_scores(embeddings).tolist()
        [[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]]
    """
    positions = check_training_labels(embeddings, labels, label_space)
    chosen = settings or KnnSettings()
    if chosen.neighbours > len(embeddings):
        raise StudyError(
            f"Expected at most as many neighbours as training images; got {chosen.neighbours} "
            f"neighbours and {count_of(len(embeddings), 'training image')}. Write a smaller "
            "`neighbours`."
        )
    origin = origin_of(embeddings, label_space)
    return KnnHead(origin, chosen, unit_rows(embeddings.vectors), positions)
