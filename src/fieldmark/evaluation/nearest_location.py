"""The nearest known place on earth, without an item's own group."""

import numpy as np
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.evaluation.retrieval_distance import on_sphere

PLACE = ("latitude", "longitude")
_LIMITS = (90.0, 180.0)
_FIRST_NEIGHBOURS = 4
_CHUNK_ENTRIES = 1 << 22


def places_of(frame: pl.DataFrame) -> FloatArray:
    """Return latitude and longitude in degrees, float64 (n, 2); NaN where one is missing.

    Raises:
        PredictionsError: a value is no number, or not on earth.

    Example:
        >>> places_of(pl.DataFrame({"latitude": ["55.7", None], "longitude": [12, 8]})).tolist()
        [[55.7, 12.0], [nan, nan]]
    """
    columns = []
    for name, limit in zip(PLACE, _LIMITS, strict=True):
        given = frame[name]
        numbers = given.cast(pl.Float64, strict=False)
        wrong = given.filter(given.is_not_null() & ~(numbers.abs() <= limit).fill_null(value=False))
        if len(wrong):
            raise PredictionsError(
                f"Expected {name} in degrees between -{limit:g} and {limit:g}; {len(wrong)} of"
                f" {len(given)} are not (first: '{wrong[0]}'). Leave out what is not known."
            )
        columns.append(numbers.to_numpy().astype(np.float64))
    places = np.stack(columns, axis=1)
    places[np.isnan(places).any(axis=1)] = np.nan
    return places


def nearest_rows(
    known: FloatArray, asked: FloatArray, own: tuple[IntArray, IntArray] | None
) -> IntArray:
    """Return the known item that is nearest to each asked item, by great circle.

    Args:
        known: float64 (m, 2), latitude and longitude in degrees; NaN for an item without a place.
        asked: float64 (n, 2), the same of the asked items.
        own: groups of the known (m,) and asked (n,) items; an item of the asked item's own group
            is passed over. None to pass over none.

    Returns:
        int64 array (n,), rows of ``known``; -1 where there is none or the asked place is missing.
        Which of equally near items is taken is fixed, but not by any rule.

    Example:
        >>> places = np.array([[55.0, 12.0], [55.1, 12.0], [57.0, 9.0]])
        >>> nearest_rows(places, places, (np.array([0, 0, 1]), np.array([0, 0, 1]))).tolist()
        [2, 2, 1]
    """
    from scipy.spatial import KDTree

    usable = np.flatnonzero(~np.isnan(known[:, 0]))
    found = np.full(len(asked), -1, dtype=np.int64)
    open_rows = np.flatnonzero(~np.isnan(asked[:, 0]))
    if not usable.size:
        return found
    tree, points = KDTree(on_sphere(known[usable])), on_sphere(asked)
    neighbours = 1 if own is None else _FIRST_NEIGHBOURS
    while open_rows.size:
        neighbours = min(neighbours, len(usable))
        parts = np.array_split(open_rows, -(-len(open_rows) * neighbours // _CHUNK_ENTRIES))
        for rows in parts:
            near = usable[tree.query(points[rows], k=np.arange(1, neighbours + 1))[1]]
            is_other = np.ones(near.shape, dtype=np.bool_)
            if own is not None:
                is_other = own[0][near] != own[1][rows, None]
            first = near[np.arange(len(rows)), is_other.argmax(axis=1)]
            found[rows] = np.where(is_other.any(axis=1), first, -1)
        if neighbours == len(usable):
            break
        open_rows = open_rows[found[open_rows] < 0]
        neighbours *= 4
    return found
