"""What is drawn again and again to see how far a number may wander: items, or whole groups.

Draws are weights: how often each unit came up. A statistic takes weights and gives values, so that
rows are never copied and every metric of a table is resampled with the same draws.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr, stdtrit

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import Interval, require_level

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Statistic = Callable[[FloatArray], FloatArray]

_CHUNK_ENTRIES = 3 << 20
_CHUNK_DRAWS = 64
_LANES = 8
_CACHED_ENTRIES = 1 << 16


@dataclass(frozen=True, eq=False, slots=True)
class Units:
    """Which unit each item belongs to: itself, or the group that must not be torn apart.

    Attributes:
        codes: int64 array (n_items,), read-only, values 0 to count - 1; where each item is a unit
            of its own, in the order of the items.
        count: number of units.
        clustered: whether some unit holds several items.

    Example:
        >>> units = units_of(["plant 1", "plant 2", "plant 1"], n=3)
        >>> units.codes.tolist(), units.count, units.clustered
        ([0, 1, 0], 2, True)
    """

    codes: IntArray
    count: int
    clustered: bool

    def sums(self, values: npt.ArrayLike) -> FloatArray:
        """Return the sum of ``values`` (n_items,) over each unit: float64 array (count,)."""
        weights = np.asarray(values, dtype=np.float64)
        if not self.clustered:
            return weights
        return np.bincount(self.codes, weights, self.count).astype(np.float64, copy=False)

    def drawn_items(self, weights: FloatArray) -> FloatArray:
        """Return how many items each draw holds: float64 (draws,), of weights (units, draws)."""
        sizes = np.bincount(self.codes, minlength=self.count) if self.clustered else None
        items: FloatArray = weights.sum(axis=0) if sizes is None else sizes @ weights
        return items

    @property
    def in_words(self) -> str:
        """What the units are: "1,226 items" or "40 groups"."""
        return count_of(self.count, "group" if self.clustered else "item")


def units_of(groups: Iterable[str] | None, *, n: int) -> Units:
    """Return the units of ``n`` items: their groups where at least two share one, else the items.

    Args:
        groups: the group of each item, or None when there are none.
        n: number of items, at least 1.

    Raises:
        PredictionsError: there is no item, or not one group for each item.
    """
    if n < 1:
        raise PredictionsError("Expected at least one item to resample; there is none.")
    if groups is not None:
        of_items = groups if isinstance(groups, pl.Series) else pl.Series(list(map(str, groups)))
        if len(of_items) != n:
            raise PredictionsError(f"Expected a group for each of {n} items; got {len(of_items)}.")
        places = of_items.cast(pl.String).fill_null("None").rank("dense").to_numpy()
        codes = places.astype(np.int64) - 1
        count = int(codes.max()) + 1
        if count < n:
            return Units(_read_only(codes), count, clustered=True)
    return Units(_read_only(np.arange(n)), n, clustered=False)


def draw_weights(units: Units, resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield float64 arrays (units, draws): how often each unit came up in each resample.

    Every column sums to the number of units: units are drawn with replacement, multinomially. The
    draws do not depend on how they are cut into chunks.

    Raises:
        PredictionsError: ``resamples`` is below 1.

    Example:
        >>> units = units_of(None, n=4)
        >>> weights = next(draw_weights(units, 3, np.random.default_rng(0)))
        >>> weights.shape, weights.sum(axis=0).tolist()
        ((4, 3), [4.0, 4.0, 4.0])
    """
    if resamples < 1:
        raise PredictionsError(f"Expected at least 1 resample; got {resamples}.")
    count = units.count
    step = max(1, min(_CHUNK_DRAWS, _CHUNK_ENTRIES // count))
    step -= step % _LANES if step > _LANES else 0
    for start in range(0, resamples, step):
        tallies = _tallies(count, min(step, resamples - start), rng)
        yield np.ascontiguousarray(tallies.T, dtype=np.float64)


def draw_part(
    units: Units, part: int, resamples: int, rng: np.random.Generator
) -> Iterator[FloatArray]:
    """Yield float64 arrays (part, draws): how often each of some units came up in each resample.

    All units are drawn, as by `draw_weights`, but those outside the part are only counted: how
    many draws the part gets is binomial, and these are spread evenly over it. So a number over few
    units of a large table costs no more than those units.

    Args:
        units: what is drawn.
        part: number of units that matter, from 1 to all.
        resamples: number of draws, at least 1.
        rng: where the draws come from.

    Raises:
        PredictionsError: ``part`` or ``resamples`` is out of range.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> weights = next(draw_part(units_of(None, n=40_000), 2, 9000, rng))
        >>> weights.shape, round(float(weights.mean()), 1), round(float(weights.var()), 1)
        ((2, 9000), 1.0, 1.0)
    """
    if not 1 <= part <= units.count or resamples < 1:
        raise PredictionsError(
            f"Expected from 1 to {units.count} units to matter, and at least 1 resample; got"
            f" {part} and {resamples}."
        )
    step = max(1, _CHUNK_ENTRIES // part)
    for start in range(0, resamples, step):
        draws = min(step, resamples - start)
        totals = rng.binomial(units.count, part / units.count, size=draws)
        drawn = rng.integers(part, size=int(totals.sum()))
        drawn += part * np.repeat(np.arange(draws), totals)
        tallies = np.bincount(drawn, minlength=draws * part).reshape(draws, part)
        yield np.ascontiguousarray(tallies.T, dtype=np.float64)


def _tallies(count: int, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Return how often each unit came up, int32 (draws, count); so few at a time stay in cache."""
    tallies = np.empty((draws, count), dtype=np.int32)
    together = max(1, _CACHED_ENTRIES // count)
    for first in range(0, draws, together):
        part = tallies[first : first + together]
        drawn = rng.integers(count, size=part.shape)
        drawn += count * np.arange(len(part))[:, None]
        part[...] = np.bincount(drawn.ravel(), minlength=part.size).reshape(part.shape)
    return tallies


def resampled(
    statistic: Statistic, units: Units, *, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return the values of a statistic in every resample: float64 array (values, resamples).

    Args:
        statistic: takes weights (units, draws) and gives values (values, draws).
        units: what is drawn.
        resamples: number of draws, at least 1.
        rng: where the draws come from.
    """
    parts = [statistic(weights) for weights in draw_weights(units, resamples, rng)]
    return np.concatenate(parts, axis=1)


def bootstrap_interval(
    value: float, draws: FloatArray, *, units: int, level: float = 0.95
) -> Interval | None:
    """Return the expanded percentile interval of resampled values, centred on the value.

    The percentiles are widened as a t interval with ``units - 1`` degrees of freedom is wider than
    a normal one, since few groups are too sure of themselves; and the draws are shifted by their
    bias, so that the interval holds the value. Draws that are not defined (NaN) are left out.

    Args:
        value: the statistic of the data themselves.
        draws: float array (resamples,), the statistic of each resample.
        units: number of units that were drawn.
        level: coverage aimed at, in (0, 1).

    Returns:
        The interval, or None with fewer than 2 units or when half of the draws are not defined.

    Source:
        Hesterberg (2015), The American Statistician 69, 371 to 386, section 4.4.

    Example:
        >>> draws = np.linspace(0.4, 0.6, 2001)
        >>> low, high = bootstrap_interval(0.5, draws, units=1000)
        >>> round(low, 3), round(high, 3)
        (0.405, 0.595)
    """
    require_level(level)
    defined = draws[np.isfinite(draws)]
    if units < 2 or 2 * len(defined) < len(draws):
        return None
    stretch = math.sqrt(units / (units - 1))
    tail = float(ndtr(stretch * stdtrit(units - 1, (1 - level) / 2)))
    low, high = np.quantile(defined, [tail, 1 - tail]) + (value - defined.mean())
    return min(float(low), value), max(float(high), value)


def _read_only(codes: IntArray) -> IntArray:
    codes.setflags(write=False)
    return codes
