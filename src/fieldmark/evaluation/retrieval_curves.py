"""How accuracy goes with the number of candidates and of enrolled photos, and margins."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.resampling import Units
from fieldmark.evaluation.retrieval_places import RankedQueries
from fieldmark.evaluation.retrieval_quantities import (
    Pooled,
    Ratio,
    chance_by_identity,
    d_prime_quantity,
    margins,
)
from fieldmark.evaluation.retrieval_record import CandidateBin, MarginHistogram, PhotoBin

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Ends = tuple[int, int]

_CANDIDATES = (1, 2, 3, 4, 6, 11, 16, 21, 28, 51, 101)
_PHOTOS = (1, 2, 3, 6, 11, 21)
_PLACES = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10))
_EDGES = tuple(np.arange(-6.0, 6.25, 0.5).tolist())


def candidate_quantities(
    ranked: RankedQueries, units: Units
) -> tuple[list[Ends], list[Ratio | Pooled]]:
    """Return the ends of the bins by number of candidates, and two quantities for each.

    The quantities are the accuracy and d' of the queries of the bin that have their identity among
    the candidates; bins without such a query are left out.
    """
    ends = _filled(_CANDIDATES, ranked.identities[ranked.covered])
    found: list[Ratio | Pooled] = []
    for low, high in ends:
        inside = ranked.covered & _between(ranked.identities, low, high)
        words = f"with {_range(low, high)} candidate identities"
        found += [
            _accuracy(ranked, inside, words),
            d_prime_quantity(ranked, units, among=inside),
        ]
    return ends, found


def candidate_bins(
    ranked: RankedQueries, ends: Iterable[Ends], estimates: Sequence[Estimate]
) -> tuple[CandidateBin, ...]:
    """Return the bins by number of candidates, with their Estimates in the order of `ends`."""
    chance = chance_by_identity(ranked)
    found = []
    for place, (low, high) in enumerate(ends):
        inside = ranked.covered & _between(ranked.identities, low, high)
        accuracy, d_prime = estimates[2 * place : 2 * place + 2]
        found.append(
            CandidateBin(
                low=low,
                high=high,
                queries=int(np.count_nonzero(inside)),
                accuracy=accuracy,
                chance=float(chance[inside].mean()),
                d_prime=d_prime if high > 1 else None,
            )
        )
    return tuple(found)


def photo_quantities(ranked: RankedQueries) -> tuple[list[Ends], list[Ratio | Pooled]]:
    """Return the ends of the bins by number of enrolled photos, and the accuracy of each.

    Only queries that ask for a choice count; bins without one are left out.
    """
    ends = _filled(_PHOTOS, ranked.right_photos[ranked.is_choice])
    found: list[Ratio | Pooled] = []
    for low, high in ends:
        inside = ranked.is_choice & _between(ranked.right_photos, low, high)
        words = f"with a choice and {_range(low, high)} candidate photos of the right identity"
        found.append(_accuracy(ranked, inside, words))
    return ends, found


def photo_bins(ends: Iterable[Ends], estimates: Sequence[Estimate]) -> tuple[PhotoBin, ...]:
    """Return the bins by number of enrolled photos, with their Estimates in the order of `ends`."""
    return tuple(
        PhotoBin(low=low, high=high, queries=estimate.n, accuracy=estimate)
        for (low, high), estimate in zip(ends, estimates, strict=True)
    )


def slice_quantity(ranked: RankedQueries, among: BoolArray, words: str) -> Ratio:
    """Return the rank-1 accuracy of some of the queries.

    Args:
        ranked: the queries.
        among: bool (n,), which of them.
        words: which they are, such as "whose identity was trained on".
    """
    return _accuracy(ranked, among, words)


def place_counts(ranked: RankedQueries) -> tuple[tuple[str, int], ...]:
    """Return the number of queries by the place of the right identity; they sum to all queries."""
    known = ranked.covered & ranked.is_known
    found = [
        (_range(low, high), int((known & _between(ranked.place, low, high)).sum()))
        for low, high in _PLACES
    ]
    beyond = _PLACES[-1][1]
    return (
        *found,
        (f"above {beyond}", int((known & (ranked.place > beyond)).sum())),
        ("beyond the list", int((ranked.covered & ~ranked.is_known).sum())),
        ("no candidate", int((~ranked.covered).sum())),
    )


def margin_histogram(ranked: RankedQueries) -> MarginHistogram | None:
    """Return the standardised margins of right and of wrong queries, or None without any."""
    values = margins(ranked)
    counted = np.isfinite(values)
    if not counted.any():
        return None
    inside = np.clip(values, _EDGES[0], _EDGES[-1])
    right, wrong = (
        tuple(np.histogram(inside[counted & chosen], _EDGES)[0].tolist())
        for chosen in (ranked.right, ~ranked.right)
    )
    return MarginHistogram(edges=_EDGES, right=right, wrong=wrong)


def _accuracy(ranked: RankedQueries, inside: BoolArray, words: str) -> Ratio:
    n = int(np.count_nonzero(inside))
    return Ratio(
        metric=f"rank_1{ranked.scope.suffix}",
        top=(ranked.right & inside).astype(np.float64),
        bottom=inside.astype(np.float64),
        denominator=f"{count_of(n, 'query', 'queries')} {words}",
        unknown=int(np.count_nonzero(inside & ~ranked.is_known & (ranked.place <= 1))),
    )


def _filled(starts: Sequence[int], values: IntArray) -> list[Ends]:
    """Return the ends of the bins that hold a value; the last bin ends with the greatest value."""
    if not values.size:
        return []
    stops = [*(start - 1 for start in starts[1:]), max(int(values.max()), starts[-1])]
    return [
        (low, high)
        for low, high in zip(starts, stops, strict=True)
        if _between(values, low, high).any()
    ]


def _between(values: IntArray, low: int, high: int) -> BoolArray:
    inside: BoolArray = (values >= low) & (values <= high)
    return inside


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"
