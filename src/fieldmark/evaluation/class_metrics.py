"""Metrics made of counts per class, at all ranks at once, as a statistic that can be resampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units

PRESENT_CLASSES = ("balanced_accuracy", "macro_f1", "macro_precision", "macro_recall")
ALL_CLASSES = ("macro_f1_all_classes", "macro_precision_all_classes", "macro_recall_all_classes")
WEIGHTED = ("weighted_f1", "weighted_precision", "weighted_recall")
CLASS_METRICS = (*PRESENT_CLASSES, *ALL_CLASSES, *WEIGHTED, "matthews_correlation")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ClassCounts:
    """How cells of a confusion matrix add up to counts per class.

    Attributes:
        right, predicted, labelled: sparse 0/1 arrays (classes that occur, cells).
        candidates: number of classes that the contender chose from.
    """

    right: sparse.csr_array
    predicted: sparse.csr_array
    labelled: sparse.csr_array
    candidates: int

    def metrics(self, cells: FloatArray) -> FloatArray:
        """Return `CLASS_METRICS` of several resamples, float64 array (metrics, draws).

        A class without a right answer adds 0 to every sum, so that the sum over the classes among
        the labels is the sum over all; only the number of classes that divides it differs.

        Args:
            cells: float64 array (cells, draws), weight of the items in each cell.
        """
        right, predicted, labelled = (
            part @ cells for part in (self.right, self.predicted, self.labelled)
        )
        recall = ratio_or_zero(right, labelled)
        precision = ratio_or_zero(right, predicted)
        f1 = ratio_or_zero(2 * right, predicted + labelled)
        sums = [part.sum(axis=0) for part in (recall, f1, precision, recall)]
        present, total = np.count_nonzero(labelled, axis=0), labelled.sum(axis=0)
        weighted = [(part * labelled).sum(axis=0) / total for part in (f1, precision, recall)]
        return np.stack(
            [
                *(one / present for one in sums),
                *(one / self.candidates for one in sums[1:]),
                *weighted,
                _correlation(right, predicted, labelled),
            ]
        )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ClassMetrics:
    """The metrics named in `CLASS_METRICS`, in that order, of one level after the other.

    A resample averages over the classes that occur among its own labels, as the definition says.

    Attributes:
        cells: sparse array (cells, units), how many items of each unit fall into each cell: items
            of one cell have the same label and the same answer at every level.
        levels: how the cells add up at each level.
    """

    cells: sparse.csr_array
    levels: tuple[ClassCounts, ...]

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return the values, float64 array (levels x metrics, draws)."""
        cells = self.cells @ weights
        return np.concatenate([level.metrics(cells) for level in self.levels])


def class_metrics(levels: Sequence[Answers], units: Units) -> ClassMetrics:
    """Return the class metrics of the answers at several ranks as one statistic.

    Args:
        levels: answers to the same items at one rank each; at least one.
        units: which unit each item belongs to.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> answers = Answers(rank=None, classes=("a", "b", "c"), candidates=3,
        ...     truth=np.array([0, 0, 1]), predicted=np.array([0, 1, 1]))
        >>> values = class_metrics([answers], units_of(None, n=3))(np.ones((3, 1)))[:, 0]
        >>> dict(zip(CLASS_METRICS, values.round(3).tolist()))["macro_f1_all_classes"]
        0.444
    """
    cell, first = _cells(levels)
    shape = (len(first), units.count)
    return ClassMetrics(
        cells=_indicator(cell, units.codes, shape),
        levels=tuple(
            _counts(answers.truth[first], answers.predicted[first], answers.candidates)
            for answers in levels
        ),
    )


def _cells(levels: Sequence[Answers]) -> tuple[IntArray, IntArray]:
    """Return the cell of each item, and an item of each cell.

    The label and the answer at the first level decide those of the others wherever ranks are
    decoded as one path; where they do not, cells are split.
    """
    cell: IntArray = np.zeros(len(levels[0].truth), dtype=np.int64)
    first: IntArray = np.zeros(1, dtype=np.int64)
    for answers in levels:
        for codes in (answers.truth, answers.predicted):
            if not np.array_equal(codes[first][cell], codes):
                width = int(codes.max()) + 1
                _, first, cell = np.unique(
                    cell * width + codes, return_index=True, return_inverse=True
                )
    return cell, first


def _counts(truth: IntArray, predicted: IntArray, candidates: int) -> ClassCounts:
    occurring, rows = np.unique(np.concatenate([truth, predicted]), return_inverse=True)
    of_truth, of_predicted = rows[: len(truth)], rows[len(truth) :]
    is_right, numbers = truth == predicted, np.arange(len(truth))
    shape = (len(occurring), len(truth))
    return ClassCounts(
        right=_indicator(of_truth[is_right], numbers[is_right], shape),
        predicted=_indicator(of_predicted, numbers, shape),
        labelled=_indicator(of_truth, numbers, shape),
        candidates=candidates,
    )


def ratio_or_zero(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    """Return the ratios, 0 where there is nothing to divide by."""
    zero = np.zeros_like(numerators)
    return np.divide(numerators, denominators, out=zero, where=denominators > 0)


def _correlation(right: FloatArray, predicted: FloatArray, labelled: FloatArray) -> FloatArray:
    n = labelled.sum(axis=0)
    both, answered, true = (
        n * n - np.einsum("kd,kd->d", one, other)
        for one, other in ((predicted, labelled), (predicted, predicted), (labelled, labelled))
    )
    covariance = n * right.sum(axis=0) - (n * n - both)
    return ratio_or_zero(covariance, np.sqrt(np.maximum(answered * true, 0.0)))


def _indicator(rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> sparse.csr_array:
    ones = np.ones(len(rows))
    return sparse.csr_array(sparse.coo_array((ones, (rows, columns)), shape=shape))
