"""New individuals: is a query rejected when its identity is no candidate, and only then?"""

import numpy as np

from fieldmark.core.checks import count_of, field_differences, first_few
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.evaluation.resampling import FloatArray, Units
from fieldmark.evaluation.retrieval_places import RankedQueries, rank_queries
from fieldmark.evaluation.retrieval_quantities import Pooled, Ratio
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import Rankings


def rejection_quantities(
    ranked: RankedQueries, threshold: float, units: Units
) -> tuple[Ratio | Pooled, ...]:
    """Return BAKS, BAUS and their geometric mean at a threshold.

    A query is rejected as new when no candidate is at least as similar as the threshold. Every
    identity has the same weight, however many queries it has.

    Args:
        ranked: the queries.
        threshold: similarity below which a query is rejected.
        units: what is drawn.

    Source:
        E24; balanced accuracy on known and unknown samples, as in the AnimalCLEF 2025 challenge.
    """
    accepted = ranked.best >= threshold
    known, new = _weights(ranked)
    sides = (
        ("baks", known, ranked.right & accepted, "identities that are candidates"),
        ("baus", new, ~accepted, "identities that are no candidates"),
    )
    ratios = [
        Ratio(
            metric=f"{metric}{ranked.scope.suffix}",
            top=np.where(rightly, weights, 0.0),
            bottom=weights,
            denominator=f"{count_of(int(np.count_nonzero(weights)), 'query', 'queries')} of "
            f"{words}, at a threshold of {threshold:.6g}",
        )
        for metric, weights, rightly, words in sides
    ]
    sums = [(units.sums(ratio.top), units.sums(ratio.bottom)) for ratio in ratios]

    def geometric(weights: FloatArray) -> FloatArray:
        shares = []
        for top, bottom in sums:
            below = bottom @ weights
            shares.append(
                np.divide(top @ weights, below, out=np.full_like(below, np.nan), where=below > 0)
            )
        both: FloatArray = np.sqrt(shares[0] * shares[1])[None, :]
        return both

    words = f"all {count_of(ranked.n, 'query', 'queries')}, at a threshold of {threshold:.6g}"
    metric = f"baks_baus{ranked.scope.suffix}"
    return (
        *ratios,
        Pooled(
            metric=metric,
            statistic=geometric,
            counted=np.ones(ranked.n, bool),
            denominator=words,
        ),
    )


def fit_threshold(ranked: RankedQueries) -> float:
    """Return the threshold with the greatest geometric mean of BAKS and BAUS.

    It lies halfway between the two similarities that it parts; of equal ones it is the greatest.

    Args:
        ranked: queries that are not reported, some of them without their identity.

    Raises:
        PredictionsError: no query is of a new individual, or none of a known one.
    """
    known, new = _weights(ranked)
    if not known.any() or not new.any():
        missing = "of a new individual" if known.any() else "with its identity"
        raise PredictionsError(
            f"Expected queries of known and of new individuals to fit a threshold on; none is "
            f"{missing} among the {ranked.scope.in_words}. Leave some identities out of the "
            f"gallery of the calibration part."
        )
    steps, place = np.unique(ranked.best, return_inverse=True)
    tops = [
        np.bincount(place, np.where(chosen, weights, 0.0), len(steps))
        for weights, chosen in ((known, ranked.right), (new, True))
    ]
    # at the threshold number i all queries whose best is step i or above are accepted
    kept = np.cumsum(tops[0][::-1])[::-1] / known.sum()
    rejected = (np.cumsum(tops[1]) - tops[1]) / new.sum()
    score = kept * rejected
    best = len(steps) - 1 - int(score[::-1].argmax())
    below = steps[best - 1] if best and np.isfinite(steps[best - 1]) else steps[best]
    return float((steps[best] + below) / 2)


def threshold_from(
    calibration: Rankings, reported: Rankings, scope: Scope, *, other_sessions_only: bool
) -> float:
    """Return the threshold that suits other queries of the same contender best.

    Raises:
        PredictionsError: a query is in both, or the calibration cannot be fitted on.
        NotComparableError: the similarities are not of the same making.
    """
    reported_ids = frozenset(reported.queries["id"].to_list())
    both = [name for name in calibration.queries["id"].to_list() if name in reported_ids]
    if both:
        raise PredictionsError(
            f"Expected a threshold that was fitted on other queries than those reported; "
            f"{count_of(len(both), 'query is', 'queries are')} in both (first: "
            f"{first_few(both, 1)}). Fit it on a calibration part."
        )
    facts = [
        {
            "contender": one.header.contender,
            "similarity": one.header.similarity.value,
            "contract": one.header.contract,
            "tap": one.header.tap,
        }
        for one in (calibration, reported)
    ]
    differences = field_differences(facts[0], facts[1])
    if differences:
        raise NotComparableError(
            f"Expected the threshold to come from the same similarities; they differ in "
            f"{'; '.join(differences)}. Rank the calibration part with the same contender."
        )
    return fit_threshold(rank_queries(calibration, scope, other_sessions_only=other_sessions_only))


def _weights(ranked: RankedQueries) -> tuple[FloatArray, FloatArray]:
    """Return the weights of covered and of other queries that give each identity the same sum."""
    found = []
    for chosen in (ranked.covered, ~ranked.covered):
        counts = np.bincount(ranked.coded.truth[chosen], minlength=len(ranked.coded.names))
        each = 1.0 / np.maximum(counts, 1)
        found.append(np.where(chosen, each[ranked.coded.truth], 0.0))
    return found[0], found[1]
