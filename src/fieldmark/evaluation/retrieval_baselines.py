"""What is right without looking at a photo: guessing, the nearest place, the most photographed.

Baselines share their place where they cannot decide, so that none is weaker than it has to be.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.nearest_location import places_of
from fieldmark.evaluation.retrieval_blocks import Layout, layout_of, photos_of_identities
from fieldmark.evaluation.retrieval_distance import on_sphere
from fieldmark.evaluation.retrieval_estimates import Drawing, estimates_of
from fieldmark.evaluation.retrieval_metrics import RANKS
from fieldmark.evaluation.retrieval_places import RankedQueries
from fieldmark.evaluation.retrieval_quantities import Ratio, chance_by_identity, scope_ratios
from fieldmark.evaluation.retrieval_scopes import (
    CandidateBlock,
    FloatArray,
    candidate_blocks,
    has_places,
)
from fieldmark.predictions.rankings import Rankings

RANDOM_IDENTITY = "random candidate identity"
RANDOM_PHOTO = "random order of the candidate photos"
NEAREST = "nearest location"
MOST_PHOTOGRAPHED = "most photographed candidate"


def baseline_estimates(
    rankings: Rankings,
    ranked: RankedQueries,
    drawing: Drawing,
    *,
    other_sessions_only: bool = False,
) -> tuple[Estimate, ...]:
    """Return what the trivial baselines score in the scope of ``ranked``, on the same queries.

    Guesses are exact expectations over their order, with the interval of the queries. The nearest
    location is left out where a side has no locations.

    Args:
        rankings: queries and gallery.
        ranked: what the contender made of them.
        drawing: how intervals are made.
        other_sessions_only: as it was for the contender.
    """
    tables = {
        RANDOM_IDENTITY: _random_identity(ranked),
        RANDOM_PHOTO: random_order(ranked.photos, ranked.right_photos),
        MOST_PHOTOGRAPHED: np.zeros((len(RANKS), ranked.n)),
    }
    points: list[FloatArray] = []
    if has_places(rankings):
        tables[NEAREST] = np.zeros((len(RANKS), ranked.n))
        points = [on_sphere(places_of(side)) for side in (rankings.queries, rankings.gallery)]
    for block in candidate_blocks(
        rankings, ranked.scope, ranked.coded, other_sessions_only=other_sessions_only
    ):
        layout = layout_of(block, ranked.coded)
        counts = photos_of_identities(block, layout)
        shares = _shared_places(counts.astype(np.float64), counts > 0, layout)
        tables[MOST_PHOTOGRAPHED][:, block.rows] = shares
        if points:
            nearness = _nearness(block, layout, points[0], points[1])
            shares = _shared_places(nearness, np.isfinite(nearness), layout)
            tables[NEAREST][:, block.rows] = shares
    return tuple(
        estimate
        for name, table in tables.items()
        for estimate in estimates_of(
            list(_as_ratios(table, name, ranked)), replace(drawing, contender=name)
        )
    )


def random_order(photos: npt.ArrayLike, right: npt.ArrayLike) -> FloatArray:
    """Return what putting the candidate photos in a random order scores on average.

    Args:
        photos: int (n,), number of candidate photos.
        right: int (n,), how many of them show the right identity.

    Returns:
        float64 (7, n): probability of a right one among the first 1, 3, 5, 10; then the expected
        average precision, the same up to place R, and the expected reciprocal rank. All are 0
        without a right photo.

    Example:
        >>> random_order([2], [1]).round(3).ravel().tolist()
        [0.5, 1.0, 1.0, 1.0, 0.75, 0.5, 0.75]
    """
    pairs = np.stack([np.asarray(photos, np.int64), np.asarray(right, np.int64)], axis=1)
    distinct, place = np.unique(pairs, axis=0, return_inverse=True)
    columns = np.array([_random_order(int(n), int(r)) for n, r in distinct])
    found: FloatArray = columns[place.ravel()].T
    return found


def _random_order(n: int, right: int) -> list[float]:
    if right == 0:
        return [0.0] * (len(RANKS) + 3)
    places = np.arange(1, n + 1)
    # no right photo among the first i: product of (n - right - j) / (n - j) for j below i
    missed = np.cumprod(np.maximum(n - right - places + 1, 0) / (n - places + 1))
    hits = [float(1 - missed[min(k, n) - 1]) for k in RANKS]
    again = (right - 1) / (n - 1) if n > 1 else 0.0
    precision = (1 + (places - 1) * again) / places
    first = np.concatenate([[1.0], missed[:-1]]) - missed
    return [*hits, precision.mean(), precision[:right].sum() / n, (first / places).sum()]


def _random_identity(ranked: RankedQueries) -> FloatArray:
    chance = chance_by_identity(ranked)
    return np.minimum(np.array(RANKS)[:, None] * chance, ranked.covered)


def _as_ratios(table: FloatArray, name: str, ranked: RankedQueries) -> Iterator[Ratio]:
    by_identity = ("rank_1", *(f"identity_rank_{k}" for k in RANKS[1:]))
    by_photo = (*(f"rank_{k}" for k in RANKS), "mean_average_precision", "map_at_r", "mrr")
    own = {ratio.metric: ratio for ratio in scope_ratios(ranked)}
    for metric, values in zip(
        by_photo if name == RANDOM_PHOTO else by_identity, table, strict=True
    ):
        ratio = own[f"{metric}{ranked.scope.suffix}"]
        yield replace(ratio, top=values, unknown=0)


def _shared_places(values: FloatArray, listed: npt.NDArray[np.bool_], layout: Layout) -> FloatArray:
    """Return the probability of the right identity among the first 1, 3, 5, 10, ties shared."""
    rows = np.arange(len(values))
    has = layout.present & listed[rows, layout.asked]
    right = np.where(has, values[rows, layout.asked], np.inf)[:, None]
    others = listed.copy()
    others[rows[layout.present], layout.asked[layout.present]] = False
    before = np.count_nonzero(others & (values > right), axis=1)
    beside = np.count_nonzero(others & (values == right), axis=1) + 1
    share = np.clip((np.array(RANKS)[:, None] - before) / beside, 0.0, 1.0)
    return np.where(has, share, 0.0)


def _nearness(
    block: CandidateBlock, layout: Layout, here: FloatArray, there: FloatArray
) -> FloatArray:
    """Return minus the squared chord to the nearest photo of each identity; NaN: not known."""
    squared = np.zeros((len(block.rows), len(block.columns)))
    for axis in range(3):
        squared += (here[block.rows, axis, None] - there[block.columns, axis]) ** 2
    unknown = np.isnan(squared) if block.allowed is None else np.isnan(squared) | ~block.allowed
    nearest = np.maximum.reduceat(np.where(unknown, -np.inf, -squared), layout.starts, axis=1)
    return np.where(np.isfinite(nearest), nearest, np.nan)
