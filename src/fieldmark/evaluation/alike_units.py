"""Drawing units that cannot be told apart: how often each kind comes up, not each unit.

Resampling units and counting how many of each kind were drawn is a multinomial draw over the kinds.
Where what is summed takes few values, as numbers of right nodes do, there are some hundred kinds in
tens of thousands of units, and the draws have the same distribution at a fraction of the cost.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray, Statistic, resampled, units_of

_CHUNK_ENTRIES = 1 << 21
# So many units to a kind make the kinds worth drawing.
_WORTH = 4


def resampled_sums(
    of_sums: Statistic, sums: Sequence[FloatArray], *, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return what is made of resampled sums, in every resample: float64 array (values, resamples).

    Args:
        of_sums: takes sums, float64 (sums, draws), and gives values (values, draws).
        sums: at least one, each float64 (units,): what each unit adds.
        resamples: number of draws of all units, at least 1.
        rng: where the draws come from.

    Raises:
        PredictionsError: there is nothing to sum, or no resample.

    Example:
        >>> ones, rng = np.ones(1000), np.random.default_rng(0)
        >>> resampled_sums(lambda sums: sums, [ones], resamples=3, rng=rng).tolist()
        [[1000.0, 1000.0, 1000.0]]
    """
    if not sums or resamples < 1:
        raise PredictionsError(
            f"Expected something to sum and at least 1 resample; got {len(sums)} and {resamples}."
        )
    places: dict[bytes, int] = {}
    where = [places.setdefault(one.tobytes(), len(places)) for one in sums]
    distinct = [sums[where.index(place)] for place in range(len(places))]
    columns, counts = _kinds(distinct)
    if len(counts) * _WORTH > len(distinct[0]):
        return _by_unit(of_sums, np.stack(distinct), where, resamples=resamples, rng=rng)
    units = int(counts.sum())
    step = max(1, _CHUNK_ENTRIES // len(counts))
    parts = []
    for start in range(0, resamples, step):
        draws = min(step, resamples - start)
        weights = rng.multinomial(units, counts / units, size=draws)
        parts.append(of_sums((columns @ weights.T.astype(np.float64))[where]))
    return np.concatenate(parts, axis=1)


def _by_unit(
    of_sums: Statistic,
    columns: FloatArray,
    where: Sequence[int],
    *,
    resamples: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw each unit by itself: drawing one is faster than drawing how often a kind comes up."""
    units = units_of(None, n=columns.shape[1])
    return resampled(
        lambda weights: of_sums((columns @ weights)[where]), units, resamples=resamples, rng=rng
    )


def _kinds(sums: Sequence[FloatArray]) -> tuple[FloatArray, IntArray]:
    """Return the sums (sums, kinds) of each kind of unit, and how many units are of each kind."""
    table = pl.DataFrame({str(place): one for place, one in enumerate(sums)})
    found = table.group_by(pl.all(), maintain_order=True).agg(pl.len().alias("units"))
    counts = found["units"].to_numpy().astype(np.int64)
    return np.ascontiguousarray(found.drop("units").to_numpy().T), counts
