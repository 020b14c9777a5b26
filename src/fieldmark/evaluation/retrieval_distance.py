"""Distances between places on the globe, and which of many places lie near."""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EARTH_RADIUS_METRES = 6_371_008.8
_TOGETHER = 256
_ROUNDING = 1e-9


def haversine_metres(here: FloatArray, there: FloatArray) -> FloatArray:
    """Return the distance along a great circle between every pair of places, in metres.

    Args:
        here: float64 (n, 2), latitude and longitude in degrees.
        there: float64 (m, 2), the same.

    Returns:
        float64 (n, m); NaN where a place is not known (NaN).

    Source:
        Sinnott (1984), Virtues of the haversine, Sky and Telescope 68, 159; mean radius of IUGG.

    Example:
        >>> haversine_metres(np.array([[52.0, 13.0]]), np.array([[53.0, 13.0]])).round().tolist()
        [[111195.0]]
    """
    latitude, longitude = (np.radians(here[:, axis])[:, None] for axis in (0, 1))
    others = np.radians(there)
    north = np.sin((others[:, 0] - latitude) / 2) ** 2
    east = np.sin((others[:, 1] - longitude) / 2) ** 2
    share = north + np.cos(latitude) * np.cos(others[:, 0]) * east
    metres: FloatArray = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0)))
    return metres


def near_places(
    here: FloatArray, there: FloatArray, *, radius_metres: float
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield rows of ``here`` that lie together, with all rows of ``there`` near any of them.

    Together they are few, so that a matrix of their pairs is small; whether a pair really lies
    within the radius is left to `haversine_metres`. Places that are not known are left out.

    Args:
        here: float64 (n, 2), latitude and longitude in degrees; NaN where not known.
        there: float64 (m, 2), the same.
        radius_metres: above 0.
    """
    known = [np.flatnonzero(np.isfinite(places).all(axis=1)) for places in (here, there)]
    if not known[0].size or not known[1].size:
        return
    angle = min(radius_metres / EARTH_RADIUS_METRES, math.pi)
    chord = 2 * math.sin(angle / 2) * (1 + _ROUNDING) + _ROUNDING
    tree = KDTree(on_sphere(there[known[1]]))
    cells = np.floor(np.degrees(angle) ** -1 * here[known[0]])
    rows = known[0][np.lexsort((here[known[0], 1], cells[:, 1], cells[:, 0]))]
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        found = tree.query_ball_point(on_sphere(here[some]), chord)
        near = np.unique(np.concatenate([np.asarray(one, np.int64) for one in found]))
        yield some, known[1][near]


def on_sphere(places: FloatArray) -> FloatArray:
    """Return places (n, 2) in degrees as points (n, 3) on a sphere of radius 1; NaN stays NaN."""
    latitude, longitude = np.radians(places[:, 0]), np.radians(places[:, 1])
    return np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=1,
    )
