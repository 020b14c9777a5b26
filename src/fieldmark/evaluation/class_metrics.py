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
_WRONG = -1
_TABLE_ENTRIES = 1 << 20


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ClassCounts:
    """How many items of each class are labelled, answered and right, told from their lineages.

    Attributes:
        right, predicted, labelled: sparse 0/1 arrays (classes that occur, lineages).
        candidates: number of classes that the contender chose from.
    """

    right: sparse.csr_array
    predicted: sparse.csr_array
    labelled: sparse.csr_array
    candidates: int

    def metrics(self, items: FloatArray) -> FloatArray:
        """Return `CLASS_METRICS` of several resamples, float64 array (metrics, draws).

        A class without a right answer adds 0 to every sum, so that the sum over the classes among
        the labels is the sum over all; only the number of classes that divides it differs.

        Args:
            items: float64 array (lineages, draws), weight of the items of each lineage.
        """
        right, predicted, labelled = (
            part @ items for part in (self.right, self.predicted, self.labelled)
        )
        recall = ratio_or_zero(right, labelled)
        precision = ratio_or_zero(right, predicted)
        f1 = ratio_or_zero(2 * right, predicted + labelled)
        sums = [part.sum(axis=0) for part in (recall, f1, precision, recall)]
        present, total = np.count_nonzero(labelled, axis=0), labelled.sum(axis=0)
        weighted = [
            np.einsum("kd,kd->d", part, labelled) / total for part in (f1, precision, recall)
        ]
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
    Each item has three lineages: of its label, of its answer, and of what is right of the answer;
    each is weighed once, and then counts at every level.

    Attributes:
        lineages: sparse array (lineages, units), how many items of each unit have each lineage.
        levels: how the lineages add up at each level.
    """

    lineages: sparse.csc_array
    levels: tuple[ClassCounts, ...]

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return the values, float64 array (levels x metrics, draws)."""
        return self.of_items(self.lineages @ weights)

    def of_items(self, items: FloatArray) -> FloatArray:
        """Return the values of several resamples from the items of each lineage, (., draws)."""
        return np.concatenate([level.metrics(items) for level in self.levels])


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
    kinds = [
        _lineages([answers.truth for answers in levels]),
        _lineages([answers.predicted for answers in levels]),
        _lineages([np.where(answers.right, answers.truth, _WRONG) for answers in levels]),
    ]
    *starts, count = np.cumsum([0, *(classes.shape[1] for _, classes in kinds)])
    rows = [of_items + start for (of_items, _), start in zip(kinds, starts, strict=True)]
    entries = np.concatenate(rows), np.tile(units.codes, len(kinds))
    return ClassMetrics(
        lineages=_indicator(*entries, (count, units.count)).tocsc(),
        levels=tuple(
            _counts(*(classes[level] for _, classes in kinds), candidates=answers.candidates)
            for level, answers in enumerate(levels)
        ),
    )


def _lineages(codes: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """Return the lineage of each item, (n,), and the class at each level of each lineage.

    Wherever ranks are decoded as one path, the codes at the first level decide all others.
    """
    lineage: IntArray = np.zeros(len(codes[0]), dtype=np.int64)
    an_item: IntArray = np.zeros(1, dtype=np.int64)
    for of_level in codes:
        if not np.array_equal(of_level[an_item][lineage], of_level):
            width = int(of_level.max()) + 2
            lineage = _numbered(lineage * width + of_level + 1)
            an_item = np.empty(int(lineage.max()) + 1, dtype=np.int64)
            an_item[lineage] = np.arange(len(lineage))
    return lineage, np.stack([of_level[an_item] for of_level in codes])


def _numbered(codes: IntArray) -> IntArray:
    """Return the codes, at least 0, numbered from 0 in their order; by a table unless sparse."""
    span = int(codes.max()) + 1
    if span > _TABLE_ENTRIES:
        return np.unique(codes, return_inverse=True)[1]
    occurs = np.zeros(span, dtype=np.bool_)
    occurs[codes] = True
    numbers = np.cumsum(occurs, dtype=np.int32)
    return numbers[codes].astype(np.int64) - 1


def _counts(
    labelled: IntArray, predicted: IntArray, right: IntArray, *, candidates: int
) -> ClassCounts:
    """Return the counts at one level, from the class there of each lineage of each kind."""
    occurring = np.unique(np.concatenate([labelled, predicted]))
    classes = np.concatenate([labelled, predicted, right])
    kinds = np.repeat(np.arange(3), [len(labelled), len(predicted), len(right)])
    shape = (len(occurring), len(classes))
    parts = []
    for kind in range(3):
        of_kind = np.flatnonzero((kinds == kind) & (classes != _WRONG))
        rows = np.searchsorted(occurring, classes[of_kind])
        parts.append(_indicator(rows, of_kind, shape))
    return ClassCounts(labelled=parts[0], predicted=parts[1], right=parts[2], candidates=candidates)


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
