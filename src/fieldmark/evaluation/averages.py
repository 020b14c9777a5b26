"""Statistics that can be resampled: averages over items, and averages over classes.

Each is built once from the data and then takes weights (units, draws), as `resampling` draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray, Statistic, Units

CLASS_AVERAGES = ("balanced_accuracy", "macro_f1", "macro_precision", "macro_recall")


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
    numerators: FloatArray = np.empty((len(columns), units.count))
    denominators: dict[bytes, FloatArray] = {}
    divided_by: list[int] = []
    for row, (values, counted) in zip(numerators, columns, strict=True):
        inside = None if counted is None else np.asarray(counted, np.bool_)
        row[:] = units.sums(values if inside is None else np.where(inside, values, 0.0))
        key = b"" if inside is None else inside.tobytes()
        if key not in denominators:
            everything = np.ones(len(units.codes)) if inside is None else inside
            denominators[key] = units.sums(everything)
        divided_by.append(list(denominators).index(key))
    return ItemAverages(numerators, np.stack(list(denominators.values())), np.array(divided_by))


@dataclass(frozen=True, eq=False, slots=True)
class ClassAverages:
    """The averages over classes that are named in `CLASS_AVERAGES`, in that order.

    A resample averages over the classes that occur among its own labels, as the definition says.

    Attributes:
        cells: sparse array (cells, units), how many items of each unit fall into each cell of the
            confusion matrix that is not empty.
        right, predicted, labelled: sparse 0/1 arrays (classes among the labels, cells).
    """

    cells: sparse.csr_array
    right: sparse.csr_array
    predicted: sparse.csr_array
    labelled: sparse.csr_array

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return the averages, float64 array (4, draws)."""
        cells = self.cells @ weights
        right, predicted, labelled = (
            part @ cells for part in (self.right, self.predicted, self.labelled)
        )
        classes = np.count_nonzero(labelled, axis=0)
        recall = _ratio_or_zero(right, labelled).sum(axis=0) / classes
        precision = _ratio_or_zero(right, predicted).sum(axis=0) / classes
        f1 = _ratio_or_zero(2 * right, predicted + labelled).sum(axis=0) / classes
        return np.stack([recall, f1, precision, recall])


def class_averages(truth: IntArray, predicted: IntArray, units: Units) -> ClassAverages:
    """Return the averages over classes of a labelling as one statistic.

    Args:
        truth: int array (n_items,), the class of each label.
        predicted: int array (n_items,), the class of each answer, in the same coding.
        units: which unit each item belongs to.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> statistic = class_averages(np.array([0, 0, 1]), np.array([0, 1, 1]),
        ...     units_of(None, n=3))
        >>> statistic(np.ones((3, 1))).ravel().round(3).tolist()
        [0.75, 0.667, 0.75, 0.75]
    """
    width = int(max(truth.max(), predicted.max())) + 1
    pairs, cell = np.unique(truth * width + predicted, return_inverse=True)
    of_truth, of_predicted = pairs // width, pairs % width
    present, row = np.unique(of_truth, return_inverse=True)
    place = np.searchsorted(present, of_predicted).clip(max=len(present) - 1)
    is_present = present[place] == of_predicted
    is_right = of_truth == of_predicted
    numbers = np.arange(len(pairs))
    shape = (len(present), len(pairs))
    return ClassAverages(
        cells=_indicator(cell, units.codes, (len(pairs), units.count)),
        right=_indicator(row[is_right], numbers[is_right], shape),
        predicted=_indicator(place[is_present], numbers[is_present], shape),
        labelled=_indicator(row, numbers, shape),
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


def _indicator(rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> sparse.csr_array:
    ones = np.ones(len(rows))
    return sparse.csr_array(sparse.coo_array((ones, (rows, columns)), shape=shape))


def _ratio(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    empty = np.full_like(numerators, np.nan)
    return np.divide(numerators, denominators, out=empty, where=denominators > 0)


def _ratio_or_zero(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    zero = np.zeros_like(numerators)
    return np.divide(numerators, denominators, out=zero, where=denominators > 0)
