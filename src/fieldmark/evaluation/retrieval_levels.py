"""How similar photos of the same and of different individuals are: has the space collapsed?"""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from fieldmark.evaluation.retrieval_record import SimilarityLevels
from fieldmark.evaluation.retrieval_scopes import Coded
from fieldmark.predictions.rankings import Rankings

_QUERIES = 300
_PHOTOS = 4000


def similarity_levels(
    rankings: Rankings, coded: Coded, *, threshold: float | None = None
) -> SimilarityLevels:
    """Return the levels over up to 300 queries and 4,000 photos, evenly spread.

    A photo is never paired with itself; what is not in a list is left out, so that lists show
    their best pairs only.

    Args:
        rankings: the similarities.
        coded: the identities.
        threshold: similarity from which two photos are taken for one individual; None for none.

    Example:
        >>> import polars as pl
        >>> from fieldmark.evaluation.retrieval_scopes import coded_identities
        >>> from fieldmark.predictions.rankings import RankingsHeader, SimilarityMatrix
        >>> rankings = Rankings(
        ...     RankingsHeader(similarity="cosine", contender="trees"),
        ...     pl.DataFrame({"id": ["q"], "identity": ["oak"]}),
        ...     pl.DataFrame({"id": ["a", "b"], "identity": ["oak", "ash"]}),
        ...     SimilarityMatrix(np.array([[0.9, 0.8]])))
        >>> similarity_levels(rankings, coded_identities(rankings), threshold=0.7)
        SimilarityLevels(same=0.9, different=0.8, separation=1.0, accepted_different=1.0)
    """
    rows = _spread(rankings.n, _QUERIES)
    columns = _spread(rankings.gallery.height, _PHOTOS)
    values = rankings.similarities.block(rows, columns).astype(np.float64)
    usable = np.isfinite(values) & (rankings.self_matches[rows, None] != columns)
    is_same = coded.truth[rows, None] == coded.enrolled[columns]
    same, different = values[usable & is_same], values[usable & ~is_same]
    accepted = None if threshold is None or not different.size else different >= threshold
    return SimilarityLevels(
        same=_median(same),
        different=_median(different),
        separation=_separation(same, different),
        accepted_different=None if accepted is None else float(accepted.mean()),
    )


def _spread(n: int, most: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))


def _median(values: npt.NDArray[np.float64]) -> float | None:
    return float(np.median(values)) if values.size else None


def _separation(same: npt.NDArray[np.float64], different: npt.NDArray[np.float64]) -> float | None:
    """Return the area under the ROC curve; ties count half."""
    if not same.size or not different.size:
        return None
    ranks = rankdata(np.concatenate([same, different]))[: len(same)]
    above = ranks.sum() - len(same) * (len(same) + 1) / 2
    return float(above / (len(same) * len(different)))
