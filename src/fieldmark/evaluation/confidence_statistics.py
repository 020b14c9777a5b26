"""Statistics of confidences that can be resampled: selective areas and calibration errors."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.calibration_error import BINS, bin_edges, bin_of
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units
from fieldmark.evaluation.selective import (
    area_of_generalised_risk,
    area_of_risk,
    area_of_separation,
    coverages_at_risk,
    operating_points,
    risks_at_coverage,
)

COVERAGE = 0.80
RISK = 0.05
MOST_POINTS = 1000
SELECTIVE_STATISTICS = (
    "aurc",
    "augrc",
    "risk_at_80_coverage",
    "coverage_at_5_risk",
    "confidence_auroc",
)
CALIBRATION_STATISTICS = ("ece_equal_width", "ece_equal_mass")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SelectiveStatistics:
    """The metrics named in `SELECTIVE_STATISTICS`, in that order.

    Items are ranked once; a resample only weighs the operating points.

    Attributes:
        items: sparse array (operating points, units), how many items of each unit lie at each.
        errors: the same of the items that were answered wrongly.
    """

    items: sparse.csc_array
    errors: sparse.csc_array

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return the values, float64 array (5, draws); NaN where they are not defined."""
        return self.of_points(self.items @ weights, self.errors @ weights)

    @staticmethod
    def of_points(items: FloatArray, wrong: FloatArray) -> FloatArray:
        """Return the values of several resamples from the weight at each operating point.

        Args:
            items: float64 array (operating points, draws), weight of the items.
            wrong: the same of the items that were answered wrongly.
        """
        covered, errors = np.cumsum(items, axis=0), np.cumsum(wrong, axis=0)
        return np.stack(
            [
                area_of_risk(covered, errors),
                area_of_generalised_risk(covered, errors),
                risks_at_coverage(covered, errors, COVERAGE),
                coverages_at_risk(covered, errors, RISK),
                area_of_separation(covered, errors),
            ]
        )

    def joined(self, most_points: int) -> "SelectiveStatistics":
        """Return the statistic with neighbouring operating points joined, about equally full.

        The values change a little; how far they wander hardly does, and draws of a large table
        become many times faster.

        Args:
            most_points: about how many operating points are left, at least 1.
        """
        sizes = self.items.sum(axis=1)
        if len(sizes) <= most_points:
            return self
        share = (np.cumsum(sizes) - sizes) / sizes.sum()
        rows = np.unique((share * most_points).astype(np.int64), return_inverse=True)[1]
        join = _joined(rows)
        items, errors = (sparse.csc_array(join @ part) for part in (self.items, self.errors))
        return SelectiveStatistics(items=items, errors=errors)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class CalibrationStatistics:
    """The metrics named in `CALIBRATION_STATISTICS`, in that order, then the noise of each.

    The bins are those of the data themselves, also in a resample. The noise is what the error of a
    resample would be if the gap of every bin were as in the data and counted as 0: how large an
    error chance alone makes of perfect confidences.

    Attributes:
        gaps: sparse array (pieces, units), confidence minus 1 where right, summed over the items
            of each unit; a piece lies in one bin of either metric.
        bins: for each metric a sparse 0/1 array (bins, pieces), which pieces make a bin.
        units: which unit each item belongs to.
        centre: float64 array (pieces, 1), the gaps of the data themselves as a share of all items.
    """

    gaps: sparse.csc_array
    bins: tuple[sparse.csr_array, ...]
    units: Units
    centre: FloatArray

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return the values, float64 array (4, draws)."""
        shares = (self.gaps @ weights) / self.units.drawn_items(weights)
        of_pieces = (shares, shares - self.centre)
        return np.stack(
            [np.abs(bins @ part).sum(axis=0) for part in of_pieces for bins in self.bins]
        )


def selective_statistics(
    confidence: FloatArray, wrong: BoolArray, units: Units
) -> SelectiveStatistics:
    """Return the selective metrics as one statistic.

    Args:
        confidence: float64 array (n,), higher is surer.
        wrong: bool array (n,), whether each answer is wrong.
        units: which unit each item belongs to.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> statistic = selective_statistics(
        ...     np.array([0.9, 0.8, 0.7, 0.4]), np.array([0, 0, 1, 1]) > 0, units_of(None, n=4))
        >>> statistic(np.ones((4, 1)))[:, 0].round(4).tolist()
        [0.1458, 0.125, 0.5, 0.5, 1.0]
    """
    threshold, point = operating_points(confidence)
    return SelectiveStatistics(
        items=_summed(np.ones(len(point)), point, units, len(threshold)),
        errors=_summed(wrong.astype(np.float64), point, units, len(threshold)),
    )


def calibration_statistics(
    confidence: FloatArray, right: BoolArray, units: Units
) -> CalibrationStatistics:
    """Return the calibration errors as one statistic.

    Args:
        confidence: float64 array (n,), probability of each answer.
        right: bool array (n,), whether each answer is right.
        units: which unit each item belongs to.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> statistic = calibration_statistics(
        ...     np.array([0.6, 0.6, 0.9, 0.9]), np.array([1, 0, 1, 1]) > 0, units_of(None, n=4))
        >>> statistic(np.ones((4, 1)))[:, 0].round(3).tolist()
        [0.1, 0.1, 0.0, 0.0]
    """
    both = [bin_edges(confidence, bins=BINS, equal_mass=equal_mass) for equal_mass in (False, True)]
    pieces = np.unique(np.concatenate(both))
    gap = confidence - right.astype(np.float64)
    gaps = _summed(gap, bin_of(confidence, pieces), units, len(pieces) - 1)
    return CalibrationStatistics(
        gaps=gaps,
        bins=tuple(_joined(bin_of(pieces[1:], edges)) for edges in both),
        units=units,
        centre=gaps.sum(axis=1)[:, None] / len(gap),
    )


def _joined(rows: IntArray) -> sparse.csr_array:
    """Return the sparse 0/1 array (rows, columns) that sums columns into their rows."""
    shape = (int(rows.max()) + 1, len(rows))
    return sparse.csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=shape)


def _summed(values: FloatArray, rows: IntArray, units: Units, height: int) -> sparse.csc_array:
    some = np.flatnonzero(values)
    entries = (values[some], (rows[some], units.codes[some]))
    return sparse.csc_array(sparse.coo_array(entries, shape=(height, units.count)))
