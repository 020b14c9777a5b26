"""Cosine similarity, and the exact nearest neighbours under it."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.errors import StoreError
from fieldmark.embeddings.table import FloatArray

KeyArray: TypeAlias = npt.NDArray[np.int64]

_QUERY_ROWS = 512
_GALLERY_ROWS = 8192
_POSITION_BITS = 32


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Return the rows scaled to length 1, computed in float64.

    Args:
        vectors: float array (n, width), finite.

    Returns:
        float32 array (n, width); empty for no rows.

    Raises:
        StoreError: a row is all zeros and thus has no direction; says how many and the first.

    Example:
        >>> unit_rows(np.array([[3.0, 4.0]], dtype=np.float32)).round(3).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    dead = np.flatnonzero(lengths == 0)
    if dead.size:
        raise StoreError(
            f"Cosine similarity needs vectors with a direction; {count_of(dead.size, 'vector')} of "
            f"{len(vectors):,} are all zeros (first: row {dead[0]}). Leave those images out, or "
            "check the weights."
        )
    units: FloatArray = (wide / lengths).astype(np.float32)
    return units


def cosine_similarity(queries: FloatArray, gallery: FloatArray) -> FloatArray:
    """Return the cosine of every query with every vector of the gallery.

    Products are summed in float64, so that a query gets the same values alone and in a batch.

    Args:
        queries: float array (n_queries, width), no row all zeros.
        gallery: float array (n_gallery, width), no row all zeros.

    Returns:
        float32 array (n_queries, n_gallery), from -1 to 1.

    Raises:
        StoreError: a row is all zeros.

    Example:
        >>> axes = np.eye(2, dtype=np.float32)
        >>> cosine_similarity(axes[:1], axes).tolist()
        [[1.0, 0.0]]
    """
    target = unit_rows(gallery).astype(np.float64).T
    found = np.empty((len(queries), len(gallery)), dtype=np.float32)
    for start in range(0, len(queries), _QUERY_ROWS):
        block = unit_rows(queries[start : start + _QUERY_ROWS])
        found[start : start + _QUERY_ROWS] = _products(block, target)
    return found


def nearest_neighbours(
    queries: FloatArray, gallery: FloatArray, *, neighbours: int
) -> tuple[FloatArray, KeyArray]:
    """Return the most similar vectors of the gallery for every query, exactly, in blocks.

    Equal similarities are ordered by position in the gallery.

    Args:
        queries: float array (n_queries, width), no row all zeros; may be empty.
        gallery: float array (n_gallery, width), no row all zeros.
        neighbours: how many to return, 1 to n_gallery.

    Returns:
        Two arrays (n_queries, neighbours): float32 cosines, falling, and int64 positions.

    Raises:
        StoreError: a row is all zeros.

    Example:
        >>> gallery = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32)
        >>> cosines, positions = nearest_neighbours(gallery[:1], gallery, neighbours=2)
        >>> positions.tolist(), cosines.round(3).tolist()
        ([[0, 2]], [[1.0, 0.7070000171661377]])
    """
    units, targets = unit_rows(queries), unit_rows(gallery)
    best = np.empty((len(units), 0), dtype=np.int64)
    for start in range(0, len(targets), _GALLERY_ROWS):
        target = targets[start : start + _GALLERY_ROWS].astype(np.float64).T
        best = _merge(best, units, target, start, neighbours)
    best = np.sort(best, axis=1)[:, ::-1]
    return _cosines_of(best), _positions_of(best)


def _merge(
    best: KeyArray, units: FloatArray, target: npt.NDArray[np.float64], offset: int, keep: int
) -> KeyArray:
    """Return the ``keep`` greatest keys per query of those so far and those of one block."""
    kept = min(keep, best.shape[1] + target.shape[1])
    merged = np.empty((len(units), kept), dtype=np.int64)
    for start in range(0, len(units), _QUERY_ROWS):
        rows = slice(start, start + _QUERY_ROWS)
        keys = _keys(_products(units[rows], target), offset)
        both = np.concatenate([best[rows], keys], axis=1)
        merged[rows] = np.partition(both, both.shape[1] - kept, axis=1)[:, -kept:]
    return merged


def _products(units: FloatArray, target: npt.NDArray[np.float64]) -> FloatArray:
    return np.clip(units.astype(np.float64) @ target, -1.0, 1.0).astype(np.float32)


def _keys(cosines: FloatArray, offset: int) -> KeyArray:
    """Return integers that order by falling cosine and, where it is equal, rising position."""
    bits = _flip_negative((cosines + np.float32(0)).view(np.int32)).astype(np.int64)
    positions = offset + np.arange(cosines.shape[1], dtype=np.int64)
    return (bits << _POSITION_BITS) | ((1 << _POSITION_BITS) - 1 - positions)


def _cosines_of(keys: KeyArray) -> FloatArray:
    bits = (keys >> _POSITION_BITS).astype(np.int32)
    return _flip_negative(bits).view(np.float32)


def _positions_of(keys: KeyArray) -> KeyArray:
    return (1 << _POSITION_BITS) - 1 - (keys & ((1 << _POSITION_BITS) - 1))


def _flip_negative(bits: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return IEEE-754 bits so that they order as their floats do; its own inverse."""
    return bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))
