"""Everything that is reported of the queries of one scope."""

from dataclasses import dataclass

import numpy as np

from fieldmark.evaluation.baselines import skill_estimates
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.retrieval_baselines import baseline_estimates
from fieldmark.evaluation.retrieval_curves import (
    candidate_bins,
    candidate_quantities,
    margin_histogram,
    photo_bins,
    photo_quantities,
    place_counts,
    slice_quantity,
)
from fieldmark.evaluation.retrieval_estimates import Drawing, Quantity, estimates_of
from fieldmark.evaluation.retrieval_failures import (
    FEWEST_QUERIES,
    expected_right,
    failing_identities,
    worst_groups,
)
from fieldmark.evaluation.retrieval_places import RankedQueries
from fieldmark.evaluation.retrieval_quantities import Ratio, d_prime_quantity, scope_ratios
from fieldmark.evaluation.retrieval_record import QuerySlice, ScopeEvaluation
from fieldmark.evaluation.retrieval_rejection import rejection_quantities
from fieldmark.predictions.rankings import Rankings


@dataclass(frozen=True, slots=True)
class Rejection:
    """The similarity below which a query is rejected as new, and where it comes from."""

    threshold: float
    source: str


def evaluate_scope(
    rankings: Rankings,
    ranked: RankedQueries,
    drawing: Drawing,
    *,
    rejection: Rejection | None = None,
    other_sessions_only: bool = False,
) -> ScopeEvaluation:
    """Return everything that is reported of one scope, from one set of draws.

    Args:
        rankings: what was ranked.
        ranked: what became of each query.
        drawing: how intervals are made.
        rejection: threshold for new individuals; None for none.
        other_sessions_only: whether photos of the query's own session were no candidates.
    """
    whole = _whole_quantities(ranked, drawing, rejection)
    ends, by_candidates = candidate_quantities(ranked, drawing.units)
    photo_ends, by_photos = photo_quantities(ranked)
    parts = _slices(rankings, ranked)
    estimates = estimates_of([*whole, *by_candidates, *by_photos, *parts.values()], drawing)
    cuts = np.cumsum([len(whole), len(by_candidates), len(by_photos)]).tolist()
    own, of_bins = estimates[: cuts[0]], estimates[cuts[0] : cuts[1]]
    of_photos, of_parts = estimates[cuts[1] : cuts[2]], estimates[cuts[2] :]
    baselines = baseline_estimates(
        rankings, ranked, drawing, other_sessions_only=other_sessions_only
    )
    d_prime = find_estimate(own, f"d_prime{ranked.scope.suffix}")
    expected = expected_right(ranked, None if d_prime is None else d_prime.value)
    groups = rankings.queries["group"] if "group" in rankings.queries.columns else None
    failing, expected_failing = failing_identities(ranked, groups, expected)
    return ScopeEvaluation(
        scope=ranked.scope.name,
        radius_metres=ranked.scope.radius_metres,
        candidates=_spread_of_candidates(ranked),
        threshold=None if rejection is None else rejection.threshold,
        threshold_source=None if rejection is None else rejection.source,
        estimates=_in_order((*own, *skill_estimates(own, baselines))),
        baselines=baselines,
        by_candidates=candidate_bins(ranked, ends, of_bins),
        by_photos=photo_bins(photo_ends, of_photos),
        places=place_counts(ranked),
        margins=margin_histogram(ranked),
        failing=failing,
        expected_failing=expected_failing,
        fewest_queries=FEWEST_QUERIES,
        worst_groups=worst_groups(ranked, groups, expected),
        slices=tuple(
            QuerySlice(name=name, queries=estimate.n, accuracy=estimate)
            for name, estimate in zip(parts, of_parts, strict=True)
        ),
    )


def _whole_quantities(
    ranked: RankedQueries, drawing: Drawing, rejection: Rejection | None
) -> list[Quantity]:
    found: list[Quantity] = [*scope_ratios(ranked), d_prime_quantity(ranked, drawing.units)]
    if rejection is not None:
        found += rejection_quantities(ranked, rejection.threshold, drawing.units)
    return found


def _slices(rankings: Rankings, ranked: RankedQueries) -> dict[str, Ratio]:
    """Return the accuracy of queries whose identity was trained on, and of the others."""
    if rankings.training_identities is None:
        return {}
    trained = rankings.queries["identity"].is_in(list(rankings.training_identities)).to_numpy()
    parts = {"identity was trained on": trained, "identity was not trained on": ~trained}
    return {
        name: slice_quantity(ranked, chosen, f"whose {name}")
        for name, chosen in parts.items()
        if chosen.any()
    }


def _spread_of_candidates(ranked: RankedQueries) -> tuple[int, float, int]:
    counts = ranked.identities
    return int(counts.min()), float(np.median(counts)), int(counts.max())


def _in_order(estimates: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    catalogue = list(METRICS)
    return tuple(sorted(estimates, key=lambda one: catalogue.index(one.metric)))
