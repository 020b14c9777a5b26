"""The contract that every head fulfils."""

import abc
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from fieldmark.core.digests import digest_of, digest_of_array
from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.origin import Origin, require_same_source
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind

Arrays = Mapping[str, npt.NDArray[Any]]


class Head(abc.ABC):
    """A frozen head: it turns embeddings into scores over its label space.

    Attributes:
        kind: the name that study files and stored heads use.
        origin: what the head was fitted on.
    """

    __slots__ = ()

    kind: ClassVar[str]
    origin: Origin

    @property
    @abc.abstractmethod
    def score_kind(self) -> ScoreKind:
        """What the scores are."""

    @abc.abstractmethod
    def scores_of(self, vectors: FloatArray) -> FloatArray:
        """Return float32 scores (n, n_classes) of float32 vectors (n, width), row by row."""

    def rank_scores_of(self, vectors: FloatArray) -> tuple[FloatArray, ...] | None:  # noqa: ARG002
        """Return the raw scores of each rank's own head, coarse to fine; None without such heads.

        Args:
            vectors: float32 array (n, width).

        Returns:
            for each rank of the taxonomy a float32 array (n, names at the rank), names in the
            order of the taxonomy; what its argmax says may contradict the other ranks.
        """
        return None

    @abc.abstractmethod
    def arrays(self) -> Arrays:
        """Return the arrays that make the head, by name."""

    @abc.abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return the settings and the record of the training, as JSON holds them."""

    @classmethod
    @abc.abstractmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""

    def with_origin(self, origin: Origin) -> Self:
        """Return the same head with another record of what it was fitted on."""
        return self.from_parts(origin, self.facts(), self.arrays())

    @property
    def label_space(self) -> LabelSpace:
        """The classes, in the order of the score columns."""
        return self.origin.label_space

    @property
    def digest(self) -> str:
        """The digest of kind, origin, facts and arrays."""
        contents = {name: digest_of_array(array) for name, array in self.arrays().items()}
        return digest_of([self.kind, self.origin.digest, self.facts(), contents])

    def predict_scores(self, embeddings: EmbeddingSet) -> FloatArray:
        """Return the scores of every image; each row depends on its own vector alone.

        Args:
            embeddings: made under the contract and tap that the head was fitted on; may be empty.

        Returns:
            float32 array (n_images, n_classes), of the kind `score_kind`.

        Raises:
            NotComparableError: contract or tap differ; names every field and both values.
        """
        require_same_source(self.origin, embeddings)
        return self.scores_of(embeddings.vectors)


def read_only(array: npt.NDArray[Any], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Return the array as ``dtype``, read-only; copied only where the dtype differs."""
    view = np.asarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view
