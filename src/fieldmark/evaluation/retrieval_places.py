"""At which place the right identity comes, for every query, exactly and a block at a time.

Ties are broken against the contender: a right photo that is as similar as a wrong one comes after
it. A rule by position would let the order of the gallery decide, which may follow the identities;
sharing the place would make a collapsed model look like chance and right answers fractions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldmark.evaluation.retrieval_blocks import judge_block
from fieldmark.evaluation.retrieval_scopes import (
    BoolArray,
    Coded,
    FloatArray,
    IntArray,
    Scope,
    candidate_blocks,
    coded_identities,
)
from fieldmark.predictions.rankings import Rankings


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RankedQueries:
    """What became of each query in one scope; all arrays have one value for each query.

    A query is covered when its identity is among its candidates. Places count from 1; what is not
    covered has the place after the last.

    Attributes:
        scope: which photos were candidates.
        coded: the identities.
        photos: int64, number of candidate photos.
        listed: int64, number of candidate photos whose similarity is known.
        identities: int64, number of candidate identities.
        right_photos: int64, number of candidate photos of the right identity; 0: not covered.
        place: int64, place of the right identity, each identity being as similar as its best photo.
        first_right: int64, place of the best photo of the right identity among the photos.
        average_precision: float64, mean over the right photos of the precision at their place.
        precision_at_r: float64, the same over places up to the number of right photos.
        first: int64, the identity that comes first; len(coded.names) without a candidate.
        best_right: float64, similarity of the right identity; -inf where not covered.
        best_other: float64, similarity of the best other identity; -inf where there is none.
        others_spread: float64, sum of squared differences of the other identities' similarities to
            their mean.
        tied: bool, whether the right and the best other identity are equally similar.
        is_known: bool, whether the place is known; with lists it may lie beyond the list, and is
            then the first place beyond it.
        is_whole: bool, whether the place of every right photo is known.
    """

    scope: Scope
    coded: Coded
    photos: IntArray
    listed: IntArray
    identities: IntArray
    right_photos: IntArray
    place: IntArray
    first_right: IntArray
    average_precision: FloatArray
    precision_at_r: FloatArray
    first: IntArray
    best_right: FloatArray
    best_other: FloatArray
    others_spread: FloatArray
    tied: BoolArray
    is_known: BoolArray
    is_whole: BoolArray

    @property
    def n(self) -> int:
        """Number of queries."""
        return len(self.place)

    @property
    def covered(self) -> BoolArray:
        """Whether the right identity is among the candidates, bool (n,)."""
        return self.right_photos > 0

    @property
    def right(self) -> BoolArray:
        """Whether the right identity comes first, bool (n,)."""
        found: BoolArray = self.covered & (self.place == 1) & self.is_known
        return found

    @property
    def is_choice(self) -> BoolArray:
        """Whether there is something to tell apart: covered, and at least two identities."""
        return self.covered & (self.identities > 1)

    @property
    def best(self) -> FloatArray:
        """Similarity of the identity that comes first, float64 (n,); -inf without a candidate."""
        return np.maximum(self.best_right, self.best_other)


def rank_queries(
    rankings: Rankings, scope: Scope, *, other_sessions_only: bool = False
) -> RankedQueries:
    """Return at which place the right identity of each query comes.

    Args:
        rankings: similarities of queries to a gallery.
        scope: which photos are candidates.
        other_sessions_only: whether photos of the query's own session are left out.

    Raises:
        PredictionsError: a column that the scope or the sessions need is missing.

    Example:
        >>> import polars as pl
        >>> from fieldmark.predictions.rankings import RankingsHeader, SimilarityMatrix
        >>> ranked = rank_queries(Rankings(
        ...     RankingsHeader(similarity="cosine", contender="trees"),
        ...     pl.DataFrame({"id": ["q", "r"], "identity": ["oak", "elm"]}),
        ...     pl.DataFrame({"id": ["a", "b", "c"], "identity": ["oak", "ash", "elm"]}),
        ...     SimilarityMatrix(np.array([[0.9, 0.3, 0.1], [0.7, 0.8, 0.7]])),
        ... ), Scope("gallery"))
        >>> ranked.place.tolist(), ranked.average_precision.round(3).tolist()
        ([1, 3], [1.0, 0.333])
    """
    coded = coded_identities(rankings)
    rows: list[IntArray] = []
    judged = []
    for block in candidate_blocks(rankings, scope, coded, other_sessions_only=other_sessions_only):
        values = rankings.similarities.block(block.rows, block.columns)
        judged.append(judge_block(block, values, coded))
        rows.append(block.rows)
    found = _nothing_found(rankings.n, nobody=len(coded.names))
    for name, column in found.items():
        if rows:
            column[np.concatenate(rows)] = np.concatenate([one[name] for one in judged])
        column.flags.writeable = False
    return RankedQueries(scope=scope, coded=coded, **found)


def _nothing_found(n: int, *, nobody: int) -> dict[str, Any]:
    counts = ("photos", "listed", "identities", "right_photos")
    return {
        **{name: np.zeros(n, np.int64) for name in counts},
        "place": np.ones(n, np.int64),
        "first_right": np.ones(n, np.int64),
        "first": np.full(n, nobody),
        **{name: np.zeros(n) for name in ("average_precision", "precision_at_r", "others_spread")},
        **{name: np.full(n, -np.inf) for name in ("best_right", "best_other")},
        "tied": np.zeros(n, bool),
        "is_known": np.ones(n, bool),
        "is_whole": np.ones(n, bool),
    }
