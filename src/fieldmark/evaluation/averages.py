"""Statistics that can be resampled: averages over items, and what is made of several statistics.

Each is built once from the data and then takes weights (units, draws), as `resampling` draws them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray, Statistic, Units

_STRETCH = 8192


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ItemAverages:
    """Weighted means of per-item values.

    Each mean is a sum divided by another; where items are units, what is 0 or 1 takes one byte.

    Attributes:
        flags: bool array (distinct flags, units).
        values: float64 array (values, units), summed over each unit.
        dividends: int64 array (means,), which sum each mean divides: flags first, then values.
        divisors: int64 array (means,), which sum it divides by.
    """

    flags: npt.NDArray[np.bool_]
    values: FloatArray
    dividends: IntArray
    divisors: IntArray

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return the means, float64 array (means, draws); NaN where nothing was counted."""
        return self.of_sums(np.concatenate([self._counts(weights), self.values @ weights]))

    def of_sums(self, sums: FloatArray) -> FloatArray:
        """Return the means from the sums over flags, then values, float64 array (sums, draws)."""
        return _ratio(sums[self.dividends], sums[self.divisors])

    def _counts(self, weights: FloatArray) -> FloatArray:
        """Return the sums over flags, a stretch of units at a time; sums of integers are exact."""
        counts: FloatArray = np.zeros((len(self.flags), weights.shape[1]))
        for start in range(0, self.flags.shape[1], _STRETCH):
            units = slice(start, start + _STRETCH)
            counts += self.flags[:, units].astype(np.float64) @ weights[units]
        return counts


def item_averages(
    columns: Sequence[tuple[npt.ArrayLike, npt.ArrayLike | None]], units: Units
) -> ItemAverages:
    """Return the means of several columns as one statistic.

    Args:
        columns: pairs (values, counted), each (n_items,); ``counted`` says which items are in the
            mean, None for all. Values of items that are not counted are ignored.
        units: which unit each item belongs to.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> statistic = item_averages([([1, 0, 1, 1], None), ([5, 7, 9, 9], [1, 1, 0, 0])],
        ...     units_of(None, n=4))
        >>> statistic(np.ones((4, 1))).ravel().tolist()
        [0.75, 6.0]
    """
    rows = _Rows(units)
    dividends, divisors = [], []
    for column, counted in columns:
        values = np.asarray(column)
        mask = np.ones(len(values), np.bool_) if counted is None else np.asarray(counted, np.bool_)
        nothing = values.dtype.type(0)
        dividends.append(
            rows.place_of(values if counted is None else np.where(mask, values, nothing))
        )
        divisors.append(rows.place_of(mask))
    return rows.averages(dividends, divisors)


class _Rows:
    """Collects what is summed, each row once: most means divide by the same number of items."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._flags: dict[bytes, tuple[int, npt.NDArray[np.bool_]]] = {}
        self._values: dict[bytes, tuple[int, FloatArray]] = {}

    def place_of(self, column: npt.NDArray[np.generic]) -> tuple[bool, int]:
        """Return whether a column (n_items,) is a row of values, and which row it is."""
        if self._units.clustered or column.dtype != np.bool_:
            sums = self._units.sums(column)
            key = hashlib.sha256(sums.tobytes()).digest()
            return True, self._values.setdefault(key, (len(self._values), sums))[0]
        flag = column.astype(np.bool_, copy=False)
        place, _ = self._flags.setdefault(np.packbits(flag).tobytes(), (len(self._flags), flag))
        return False, place

    def averages(
        self, dividends: Sequence[tuple[bool, int]], divisors: Sequence[tuple[bool, int]]
    ) -> ItemAverages:
        """Return the means of rows divided by others."""
        flags = [column for _, column in self._flags.values()]
        values = [sums for _, sums in self._values.values()]
        shape = (0, self._units.count)
        return ItemAverages(
            flags=np.stack(flags) if flags else np.empty(shape, np.bool_),
            values=np.stack(values) if values else np.empty(shape),
            dividends=np.array([row + is_value * len(flags) for is_value, row in dividends]),
            divisors=np.array([row + is_value * len(flags) for is_value, row in divisors]),
        )


def mean_of(statistics: Sequence[Statistic]) -> Statistic:
    """Return the statistic that is the mean of several, such as one for each seed.

    Raises:
        PredictionsError: there is none.
    """
    if not statistics:
        raise PredictionsError("Expected at least one statistic to average; got none.")

    def mean(weights: FloatArray) -> FloatArray:
        total: FloatArray = np.add.reduce([statistic(weights) for statistic in statistics])
        return total / len(statistics)

    return mean if len(statistics) > 1 else statistics[0]


def stacked(statistics: Sequence[Statistic]) -> Statistic:
    """Return the statistic that gives the values of several, one below the other.

    Raises:
        PredictionsError: there is none.
    """
    if not statistics:
        raise PredictionsError("Expected at least one statistic to stack; got none.")
    return lambda weights: np.concatenate([statistic(weights) for statistic in statistics])


def value_of(statistic: Statistic, units: Units) -> FloatArray:
    """Return the values of a statistic on the data themselves: float64 array (values,)."""
    return statistic(np.ones((units.count, 1)))[:, 0]


def _ratio(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    empty = np.full_like(numerators, np.nan)
    return np.divide(numerators, denominators, out=empty, where=denominators > 0)
