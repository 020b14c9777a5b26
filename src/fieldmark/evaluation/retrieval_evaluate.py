"""Evaluate rankings: from similarities to everything that is reported of them."""

import math
from dataclasses import dataclass

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import require_level
from fieldmark.evaluation.retrieval_estimates import Drawing, units_of_queries
from fieldmark.evaluation.retrieval_flags import filter_flags, level_flags, scope_flags, table_flags
from fieldmark.evaluation.retrieval_levels import similarity_levels
from fieldmark.evaluation.retrieval_measuring import Rejection, evaluate_scope
from fieldmark.evaluation.retrieval_places import RankedQueries, rank_queries
from fieldmark.evaluation.retrieval_record import RetrievalEvaluation, ScopeEvaluation
from fieldmark.evaluation.retrieval_rejection import threshold_from
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import Rankings

__all__ = ["RetrievalEvaluation", "RetrievalSettings", "evaluate_rankings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSettings:
    """How rankings are evaluated.

    Attributes:
        radius_metres: also look among the photos within this distance; None for not.
        threshold: similarity below which a query is rejected as new; None for no rejection.
        calibration: rankings of other queries to fit that threshold on, in every scope by itself;
            None when it is stated, or there is none.
        other_sessions_only: whether photos of the query's own session are no candidates.
        cluster: what is drawn together, "group" or "identity"; None takes groups where there are
            several, and else identities.
        resamples: number of bootstrap draws, at least 1.
        seed: of the draws.
        level: coverage that the intervals aim at, in (0, 1).

    Raises:
        PredictionsError: a threshold is stated and to be fitted too.
    """

    radius_metres: float | None = None
    threshold: float | None = None
    calibration: Rankings | None = None
    other_sessions_only: bool = False
    cluster: str | None = None
    resamples: int = 2000
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        require_level(self.level)
        if self.threshold is not None and math.isnan(self.threshold):
            raise PredictionsError("Expected a similarity as threshold; got NaN.")
        if self.threshold is not None and self.calibration is not None:
            raise PredictionsError(
                f"Expected a stated threshold or one that is fitted on a calibration part; got "
                f"both ({self.threshold:g} and '{self.calibration.header.split}'). Leave one out."
            )


_DEFAULTS = RetrievalSettings()


def evaluate_rankings(
    rankings: Rankings, settings: RetrievalSettings = _DEFAULTS
) -> RetrievalEvaluation:
    """Return everything that is reported of rankings, in every scope that the data allow.

    The whole gallery is always searched, the group where both sides have groups, a radius where
    one is stated. Every share is over all queries: one whose identity is no candidate counts as
    wrong, and the coverage and the trivial queries stand beside it.

    Args:
        rankings: similarities of queries to a gallery.
        settings: what else is asked, and how intervals are made.

    Raises:
        PredictionsError: a setting does not fit the data, or a threshold would be fitted on
            queries that are reported.
        NotComparableError: the calibration part was not ranked by the same contender.

    Example:
        >>> import polars as pl
        >>> from fieldmark.predictions.rankings import RankingsHeader, SimilarityMatrix
        >>> names = [f"tree {number}" for number in range(20)]
        >>> sides = [pl.DataFrame({"id": [f"{side}{i}" for i in range(20)], "identity": names})
        ...     for side in "qg"]
        >>> found = evaluate_rankings(Rankings(
        ...     RankingsHeader(similarity="cosine", contender="trees"), sides[0], sides[1],
        ...     SimilarityMatrix(np.roll(np.eye(20), 5, axis=0) * (np.arange(20) < 3)[:, None]
        ...         + 0.5 * np.eye(20))))
        >>> print(found.estimate("rank_1"))
        85.00 % (95 % interval 64.0 to 94.8, n = 20, Wilson)
    """
    units, unit = units_of_queries(rankings, settings.cluster)
    drawing = Drawing(
        units=units,
        unit=unit,
        contender=rankings.header.contender,
        split=rankings.header.split,
        candidates=len(rankings.identities),
        level=settings.level,
        resamples=settings.resamples,
        seed=settings.seed,
    )
    ranked = [
        rank_queries(rankings, scope, other_sessions_only=settings.other_sessions_only)
        for scope in _scopes(rankings, settings)
    ]
    scopes = tuple(_scope(rankings, one, drawing, settings) for one in ranked)
    return _evaluation(rankings, ranked, scopes, drawing=drawing, settings=settings)


def _scopes(rankings: Rankings, settings: RetrievalSettings) -> list[Scope]:
    scopes = [Scope("gallery")]
    if all("group" in table.columns for table in (rankings.queries, rankings.gallery)):
        scopes.append(Scope("group"))
    if settings.radius_metres is not None:
        scopes.append(Scope("radius", settings.radius_metres))
    return scopes


def _scope(
    rankings: Rankings, ranked: RankedQueries, drawing: Drawing, settings: RetrievalSettings
) -> ScopeEvaluation:
    others = settings.other_sessions_only
    rejection = None
    if settings.threshold is not None:
        rejection = Rejection(settings.threshold, "stated")
    elif settings.calibration is not None:
        fitted = threshold_from(
            settings.calibration, rankings, ranked.scope, other_sessions_only=others
        )
        rejection = Rejection(fitted, f"fitted on '{settings.calibration.header.split}'")
    return evaluate_scope(
        rankings, ranked, drawing, rejection=rejection, other_sessions_only=others
    )


def _evaluation(
    rankings: Rankings,
    ranked: list[RankedQueries],
    scopes: tuple[ScopeEvaluation, ...],
    *,
    drawing: Drawing,
    settings: RetrievalSettings,
) -> RetrievalEvaluation:
    header, coded = rankings.header, ranked[0].coded
    thresholds = [one.threshold for one in scopes if one.threshold is not None]
    levels = similarity_levels(rankings, coded, threshold=thresholds[0] if thresholds else None)
    flags = level_flags(levels, header.similarity, thresholds)
    for one, scope in zip(ranked, scopes, strict=True):
        flags += scope_flags(one, scope.estimates, scope.baselines)
        flags += filter_flags(rankings, one.scope, other_sessions_only=settings.other_sessions_only)
    flags += table_flags(rankings, ranked[0], drawing)
    return RetrievalEvaluation(
        contender=header.contender,
        split=header.split,
        split_digest=header.split_digest,
        seed=header.seed,
        queries=rankings.n,
        photos=rankings.gallery.height,
        identities=coded.enrolled_count,
        new_queries=int(np.count_nonzero(coded.truth >= coded.enrolled_count)),
        self_matches=int(np.count_nonzero(rankings.self_matches < rankings.gallery.height)),
        excluded=header.excluded,
        other_sessions_only=settings.other_sessions_only,
        similarity=header.similarity.value,
        kind=rankings.similarities.kind,
        cluster=drawing.in_words,
        queries_digest=rankings.queries_digest,
        gallery_digest=rankings.gallery_digest,
        resamples=drawing.resamples,
        resampling_seed=drawing.seed,
        levels=levels,
        scopes=scopes,
        warnings=tuple(flags),
    )
