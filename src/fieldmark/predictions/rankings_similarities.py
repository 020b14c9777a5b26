"""Every similarity of queries to a gallery: as a matrix, or by the embeddings of both sides."""

import dataclasses
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.digests import digest_of_array, digest_of_strings
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.blocks import FloatArray

IntArray: TypeAlias = npt.NDArray[np.int64]

FLOATS = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))
_MANY_COLUMNS = 4


class Similarities(Protocol):
    """How alike each query is to each photo of the gallery.

    Attributes:
        kind: "matrix", "embeddings" or "lists".
        is_partial: whether some similarities are unknown.
    """

    kind: ClassVar[str]
    is_partial: ClassVar[bool]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of queries and of gallery photos."""
        ...

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays that hold them, by the name under which they are stored."""
        ...

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Return float32 or float64 (len(rows), len(columns)); NaN where it is unknown."""
        ...


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class SimilarityMatrix:
    """Every similarity, as an array.

    Args:
        values: float16, float32 or float64 (n_queries, n_gallery), possibly memory-mapped.

    Raises:
        PredictionsError: the array has another type or number of axes.

    Example:
        >>> matrix = SimilarityMatrix(np.array([[0.9, 0.1]]))
        >>> matrix.block(np.array([0]), np.array([1, 0])).tolist()
        [[0.1, 0.9]]
    """

    kind: ClassVar[str] = "matrix"
    is_partial: ClassVar[bool] = False

    values: FloatArray

    def __post_init__(self) -> None:
        _check_matrix(self.values, "similarities (queries, gallery)")
        object.__setattr__(self, "values", read_only(self.values))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of queries and of gallery photos."""
        return int(self.values.shape[0]), int(self.values.shape[1])

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The array, by the name under which it is stored."""
        return {"similarities": self.values}

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Return float32 or float64 (len(rows), len(columns)); half precision is widened."""
        if _MANY_COLUMNS * len(columns) < self.shape[1]:
            found = np.asarray(self.values[np.ix_(rows, columns)])
        else:
            found = np.asarray(self.values[rows])[:, columns]
        return found.astype(np.float32) if found.dtype == np.float16 else found


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class EmbeddingPair:
    """The embeddings of both sides, whose cosines are computed when they are asked for.

    Products are summed in float64 and rounded to float32, so that a query gets the same cosines
    alone and in a block.

    Args:
        queries: float16, float32 or float64 (n_queries, width), finite, no row all zeros.
        gallery: the same (n_gallery, width).

    Raises:
        PredictionsError: shapes or types do not fit, or a row is not finite or all zeros.

    Example:
        >>> pair = EmbeddingPair(np.array([[3.0, 4.0]]), np.array([[1.0, 0.0], [3.0, 4.0]]))
        >>> pair.block(np.array([0]), np.array([0, 1])).round(2).tolist()
        [[0.6000000238418579, 1.0]]
    """

    kind: ClassVar[str] = "embeddings"
    is_partial: ClassVar[bool] = False

    queries: FloatArray
    gallery: FloatArray
    query_lengths: npt.NDArray[np.float64] = dataclasses.field(init=False, repr=False)
    gallery_lengths: npt.NDArray[np.float64] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        for side in ("queries", "gallery"):
            vectors = self.queries if side == "queries" else self.gallery
            _check_matrix(vectors, f"embeddings of the {side} (photos, width)")
            lengths = _lengths(vectors, side)
            name = "query_lengths" if side == "queries" else "gallery_lengths"
            object.__setattr__(self, name, lengths)
            object.__setattr__(self, side, read_only(vectors))
        if self.queries.shape[1] != self.gallery.shape[1]:
            raise PredictionsError(
                f"Expected embeddings of one width on both sides; got {self.queries.shape[1]:,} "
                f"for the queries and {self.gallery.shape[1]:,} for the gallery."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Number of queries and of gallery photos."""
        return len(self.queries), len(self.gallery)

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The embeddings of both sides, by the names under which they are stored."""
        return {"query_embeddings": self.queries, "gallery_embeddings": self.gallery}

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Return float32 cosines (len(rows), len(columns)), from -1 to 1."""
        left = np.take(self.queries, rows, axis=0).astype(np.float64)
        right = np.take(self.gallery, columns, axis=0).astype(np.float64)
        products = left @ right.T
        products /= self.query_lengths[rows, None]
        products /= self.gallery_lengths[columns]
        cosines: FloatArray = np.clip(products, -1.0, 1.0).astype(np.float32)
        return cosines


def digest_of_similarities(similarities: Similarities) -> str:
    """Return the digest of the arrays that hold the similarities."""
    arrays = similarities.arrays
    return digest_of_strings(
        text for name in sorted(arrays) for text in (name, digest_of_array(arrays[name]))
    )


def _check_matrix(values: npt.NDArray[Any], what: str) -> None:
    if values.ndim != 2 or 0 in values.shape or values.dtype not in FLOATS:
        raise PredictionsError(
            f"Expected {what} as a filled float16, float32 or float64 array with two axes; got "
            f"{values.dtype} of shape {values.shape}."
        )


def _lengths(vectors: FloatArray, side: str) -> npt.NDArray[np.float64]:
    lengths: npt.NDArray[np.float64] = np.sqrt(
        np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    )
    broken = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if broken.size:
        raise PredictionsError(
            f"Expected finite embeddings with a direction; {broken.size:,} of "
            f"{count_of(len(vectors), 'embedding')} of the {side} are all zeros, NaN or infinite "
            f"(first: row {broken[0]}). Leave those photos out and say so, or embed them again."
        )
    return lengths


def read_only(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a view that cannot be written to."""
    view = values.view()
    view.flags.writeable = False
    return view
