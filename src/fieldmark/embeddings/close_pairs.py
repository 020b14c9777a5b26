"""Pairs of images whose embeddings nearly point the same way."""

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import StoreError
from fieldmark.embeddings.similarity import KeyArray, cosine_similarity
from fieldmark.embeddings.table import FloatArray

_ROWS, _COLUMNS = 2048, 8192
_MOST_PAIRS = 20_000_000


def close_pairs(
    vectors: FloatArray, *, at_least: float
) -> tuple[KeyArray, npt.NDArray[np.float32]]:
    """Return every pair of vectors whose cosine reaches a threshold, exactly, in blocks.

    Args:
        vectors: float array (n, width), no row all zeros; may be empty.
        at_least: the cosine, in (0, 1].

    Returns:
        int64 array (pairs, 2) of positions, the smaller first, sorted, and their float32 cosines.

    Raises:
        StoreError: a row is all zeros, the threshold is not in (0, 1], or more than 20 million
            pairs reach it.

    Example:
        >>> vectors = np.array([[1, 0], [0, 1], [2, 0.1]], dtype=np.float32)
        >>> pairs, cosines = close_pairs(vectors, at_least=0.9)
        >>> pairs.tolist(), cosines.round(3).tolist()
        ([[0, 2]], [0.9990000128746033])
    """
    if not 0 < at_least <= 1:
        raise StoreError(f"Expected a cosine above 0 and at most 1; got {at_least}.")
    pairs, cosines = [np.empty((0, 2), dtype=np.int64)], [np.empty(0, dtype=np.float32)]
    for other in range(0, len(vectors), _COLUMNS):
        gallery = vectors[other : other + _COLUMNS]
        for start in range(0, other + len(gallery), _ROWS):
            found = cosine_similarity(vectors[start : start + _ROWS], gallery)
            row, column = np.nonzero(found >= at_least)
            forward = row + start < column + other
            row, column = row[forward], column[forward]
            pairs.append(np.stack([row + start, column + other], axis=1))
            cosines.append(found[row, column])
        _check_pairs(sum(map(len, pairs)), at_least)
    joined, of_joined = np.concatenate(pairs), np.concatenate(cosines)
    order = np.lexsort((joined[:, 1], joined[:, 0]))
    return joined[order], of_joined[order]


def _check_pairs(count: int, at_least: float) -> None:
    if count > _MOST_PAIRS:
        raise StoreError(
            f"Expected a few near pairs; more than {_MOST_PAIRS:,} reach a cosine of {at_least}, "
            "so these embeddings hardly tell images apart. Raise the threshold, or take trained "
            "weights."
        )
