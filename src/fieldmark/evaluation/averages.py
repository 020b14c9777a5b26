"""Statistics that can be resampled: averages over items, and what is made of several statistics.

Each is built once from the data and then takes weights (units, draws), as `resampling` draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray, Statistic, Units


@dataclass(frozen=True, eq=False, slots=True)
class ItemAverages:
    """Weighted means of per-item values.

    Attributes:
        numerators: float64 array (means, units), values summed over each unit.
        denominators: float64 array (distinct, units), number of counted items of each unit.
        divided_by: int64 array (means,), the row of ``denominators`` that each mean is divided by.
    """

    numerators: FloatArray
    denominators: FloatArray
    divided_by: IntArray

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return the means, float64 array (means, draws); NaN where nothing was counted."""
        return _ratio(self.numerators @ weights, (self.denominators @ weights)[self.divided_by])


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
    masks = [None if counted is None else np.asarray(counted, np.bool_) for _, counted in columns]
    keys = [b"" if mask is None else mask.tobytes() for mask in masks]
    distinct = dict(zip(keys, masks, strict=True))
    numerators: FloatArray = np.empty((len(columns), units.count))
    denominators: FloatArray = np.empty((len(distinct), units.count))
    for row, (values, _), mask in zip(numerators, columns, masks, strict=True):
        row[:] = units.sums(values if mask is None else np.where(mask, values, 0.0))
    for row, mask in zip(denominators, distinct.values(), strict=True):
        row[:] = units.sums(np.ones(len(units.codes)) if mask is None else mask)
    place = {key: row for row, key in enumerate(distinct)}
    return ItemAverages(numerators, denominators, np.array([place[key] for key in keys]))


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
