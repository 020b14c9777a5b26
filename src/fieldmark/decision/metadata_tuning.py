"""How much metadata counts: weights and shrinkage of a prior, by log loss on items with labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from fieldmark.evaluation.resampling import FloatArray, IntArray

START_WEIGHT = 0.5
START_SHRINKAGE = 10.0
_MOST_WEIGHT = 3.0
_SHRINKAGES = (0.1, 1e4)
_BLOCK_ENTRIES = 1 << 17
#: A class without training items counts as this many, so that its prior is not zero.
FLOOR_COUNT = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class MetadataCounts:
    """How often each class comes with each value of each column, among training items.

    Attributes:
        by_value: for each column int64 (values, k): items of the class with the value.
        by_class: int64 (k,): items of the class, whether or not they have values.
    """

    by_value: tuple[IntArray, ...]
    by_class: IntArray

    @property
    def prior(self) -> FloatArray:
        """Share of each class, float64 (k,); one without items counts as half an item."""
        counts = np.maximum(self.by_class.astype(np.float64), FLOOR_COUNT)
        return np.asarray(counts / counts.sum(), np.float64)

    def log_ratios(self, shrinkage: float) -> tuple[FloatArray, ...]:
        """Return log [p(y|m) / p(y)] for each column: float64 (values + 1, k).

        p(y|m) = (n_ym + a p(y)) / (n_m + a). The last row, of zeros, is that of a value that is
        missing or was never seen: it changes nothing.

        Source:
            Methods E7.

        Example:
            >>> counts = MetadataCounts((np.array([[3, 1]]),), np.array([5, 5]))
            >>> np.exp(counts.log_ratios(4.0)[0]).round(3).tolist()
            [[1.25, 0.75], [1.0, 1.0]]
        """
        return tuple(self._log_ratio(counts, shrinkage) for counts in self.by_value)

    def slopes(self, shrinkage: float) -> tuple[FloatArray, ...]:
        """Return the derivative of `log_ratios` by the logarithm of the shrinkage."""
        return tuple(self._slope(counts, shrinkage) for counts in self.by_value)

    def _log_ratio(self, counts: IntArray, shrinkage: float) -> FloatArray:
        shrunk = (counts + shrinkage * self.prior) / (counts.sum(axis=1, keepdims=True) + shrinkage)
        return _with_neutral_row(np.log(shrunk) - np.log(self.prior))

    def _slope(self, counts: IntArray, shrinkage: float) -> FloatArray:
        prior = self.prior
        first = shrinkage * prior / (counts + shrinkage * prior)
        second = shrinkage / (counts.sum(axis=1, keepdims=True) + shrinkage)
        return _with_neutral_row(first - second)


@dataclass(frozen=True, eq=False, slots=True)
class TuningItems:
    """Items with labels to tune a prior on.

    Attributes:
        logs: float64 (n, k), logarithms of calibrated probabilities.
        truth: int64 (n,), the column of each label.
        codes: int64 (columns, n), the number of each item's value, the neutral row for none.
    """

    logs: FloatArray
    truth: IntArray
    codes: IntArray

    def rows(self, chosen: IntArray) -> "TuningItems":
        """Return the items in ``chosen``, in that order."""
        return TuningItems(self.logs[chosen], self.truth[chosen], self.codes[:, chosen])


def tune(
    items: TuningItems, counts: MetadataCounts, start: tuple[Sequence[float], float] | None = None
) -> tuple[tuple[float, ...], float]:
    """Return the weights, each at least 0, and the shrinkage of the least log loss.

    Args:
        items: what is tuned on.
        counts: of the training items.
        start: weights and shrinkage to begin with; 0.5 each and 10 when None.
    """
    weights, shrinkage = start or ((START_WEIGHT,) * len(counts.by_value), START_SHRINKAGE)
    first = np.array([*weights, np.log(shrinkage)])
    ends = [(0.0, _MOST_WEIGHT)] * len(weights) + [tuple(np.log(_SHRINKAGES).tolist())]
    found = minimize(
        lambda at: _loss_and_slope(items, counts, at),
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=ends,
        options={"ftol": 1e-8, "gtol": 1e-6, "maxiter": 60},
    )
    *best, log_shrinkage = (float(one) for one in found.x)
    return tuple(best), float(np.exp(log_shrinkage))


def log_losses(
    items: TuningItems, counts: MetadataCounts, weights: Sequence[float], shrinkage: float
) -> FloatArray:
    """Return the log loss of each item under a prior, float64 (n,), in nats.

    Args:
        items: what is judged.
        counts: of the training items.
        weights: one a column, at least 0.
        shrinkage: how many items the overall prior counts for, above 0.
    """
    tables = counts.log_ratios(shrinkage)
    found = np.empty(len(items.truth))
    for rows in _blocks(items):
        scores = items.logs[rows].copy()
        for weight, table, codes in zip(weights, tables, items.codes, strict=True):
            scores += weight * table[codes[rows]]
        found[rows] = _log_sums(scores) - scores[np.arange(len(scores)), items.truth[rows]]
    return found


def _loss_and_slope(
    items: TuningItems, counts: MetadataCounts, at: FloatArray
) -> tuple[float, FloatArray]:
    weights, shrinkage = at[:-1], float(np.exp(at[-1]))
    tables, slopes = counts.log_ratios(shrinkage), counts.slopes(shrinkage)
    # What moves with the shrinkage is one table a column, weighted as the column is.
    moved = [weight * slope for weight, slope in zip(weights, slopes, strict=True)]
    loss, gradient = 0.0, np.zeros(len(at))
    for rows in _blocks(items):
        codes, truth = items.codes[:, rows], items.truth[rows]
        parts = [table[own] for table, own in zip(tables, codes, strict=True)]
        scores = items.logs[rows].copy()
        for weight, part in zip(weights, parts, strict=True):
            scores += weight * part
        sums, of_truth = _log_sums(scores), np.arange(len(truth))
        loss += float((sums - scores[of_truth, truth]).sum())
        shares = np.exp(scores - sums[:, None])
        for place, part in enumerate(parts):
            gradient[place] += np.vdot(shares, part) - part[of_truth, truth].sum()
        for table, own in zip(moved, codes, strict=True):
            part = table[own]
            gradient[-1] += np.vdot(shares, part) - part[of_truth, truth].sum()
    n = len(items.truth)
    return loss / n, gradient / n


def _blocks(items: TuningItems) -> Iterator[slice]:
    step = max(1, _BLOCK_ENTRIES // items.logs.shape[1])
    for start in range(0, len(items.truth), step):
        yield slice(start, start + step)


def _log_sums(scores: FloatArray) -> FloatArray:
    top = scores.max(axis=1)
    sums: FloatArray = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
    return sums


def _with_neutral_row(table: FloatArray) -> FloatArray:
    return np.vstack([table, np.zeros((1, table.shape[1]))])
