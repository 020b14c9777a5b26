"""How well confidences say how often answers are right: reliability, and its mean gap (ECE)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import wilson
from fieldmark.evaluation.resampling import FloatArray, IntArray

BINS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """The answers of similar confidence.

    Attributes:
        low: lower edge of the bin, not in it (but 0 is).
        high: upper edge, in it.
        n: number of answers, at least 1.
        mean_confidence: mean confidence of these answers.
        accuracy: share of them that are right.
        accuracy_low: lower end of Wilson's interval of the share.
        accuracy_high: upper end.
    """

    low: float
    high: float
    n: int
    mean_confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float

    @property
    def gap(self) -> float:
        """Confidence minus accuracy: above 0 the answers are too sure of themselves."""
        return self.mean_confidence - self.accuracy

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self)


def reliability(
    confidence: npt.ArrayLike,
    right: npt.ArrayLike,
    *,
    bins: int = BINS,
    equal_mass: bool = False,
    level: float = 0.95,
) -> tuple[ReliabilityBin, ...]:
    """Return the bins that hold an answer, from unsure to sure.

    Args:
        confidence: float array (n,), probability of each answer, in [0, 1].
        right: bool array (n,), whether each answer is right.
        bins: number of bins, at least 1.
        equal_mass: bins of (nearly) equally many answers instead of equal width; equal confidences
            stay together, so that there may be fewer bins.
        level: coverage of Wilson's intervals, which take the answers as independent.

    Raises:
        PredictionsError: there is no answer, a confidence is no probability, or no bin is asked
            for.

    Example:
        >>> first, last = reliability([0.62, 0.64, 0.93, 0.97], [True, False, True, True], bins=10)
        >>> first.n, round(first.gap, 2), last.accuracy
        (2, 0.13, 1.0)
    """
    sure, is_right = _checked(confidence, right)
    edges = bin_edges(sure, bins=bins, equal_mass=equal_mass)
    place = bin_of(sure, edges)
    found = []
    for number in np.unique(place):
        inside = place == number
        n, count = int(inside.sum()), int(is_right[inside].sum())
        low, high = wilson(count, n, level=level)
        found.append(
            ReliabilityBin(
                low=float(edges[number]),
                high=float(edges[number + 1]),
                n=n,
                mean_confidence=float(sure[inside].mean()),
                accuracy=count / n,
                accuracy_low=low,
                accuracy_high=high,
            )
        )
    return tuple(found)


def expected_calibration_error(
    confidence: npt.ArrayLike, right: npt.ArrayLike, *, bins: int = BINS, equal_mass: bool = False
) -> float:
    """Return the mean over answers of the gap between confidence and accuracy in their bin.

    It is never negative, so with few answers it lies above 0 even for perfect confidences.

    Args:
        confidence: float array (n,), probability of each answer, in [0, 1].
        right: bool array (n,), whether each answer is right.
        bins: number of bins, at least 1.
        equal_mass: as in `reliability`.

    Raises:
        PredictionsError: as in `reliability`.

    Source:
        Naeini, Cooper and Hauskrecht (AAAI 2015); equal mass: Nguyen and O'Connor (EMNLP 2015).

    Example:
        >>> round(expected_calibration_error([0.6, 0.6, 0.9, 0.9], [True, False, True, True]), 3)
        0.1
    """
    found = reliability(confidence, right, bins=bins, equal_mass=equal_mass)
    return sum(one.n * abs(one.gap) for one in found) / sum(one.n for one in found)


def bin_edges(confidence: FloatArray, *, bins: int, equal_mass: bool) -> FloatArray:
    """Return the edges of the bins, float64, increasing, from 0 to 1.

    Raises:
        PredictionsError: no bin is asked for.
    """
    if bins < 1:
        raise PredictionsError(f"Expected at least 1 bin; got {bins}.")
    if not equal_mass:
        return np.linspace(0.0, 1.0, bins + 1)
    inner = np.quantile(confidence, np.arange(1, bins) / bins, method="inverted_cdf")
    return np.unique(np.concatenate([[0.0], inner, [1.0]]))


def bin_of(confidence: FloatArray, edges: FloatArray) -> IntArray:
    """Return the bin of each confidence, int64 (n,): low < confidence <= high, and 0 in the first.

    Example:
        >>> bin_of(np.array([0.0, 0.5, 0.51, 1.0]), np.array([0.0, 0.5, 1.0])).tolist()
        [0, 0, 1, 1]
    """
    place: IntArray = np.searchsorted(edges[1:-1], confidence, side="left")
    return place


def _checked(
    confidence: npt.ArrayLike, right: npt.ArrayLike
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    sure, is_right = np.asarray(confidence, np.float64), np.asarray(right, np.bool_)
    if sure.ndim != 1 or sure.shape != is_right.shape or not len(sure):
        raise PredictionsError(
            "Expected a confidence for each of at least one answer; got confidences of shape"
            f" {sure.shape} and answers of shape {is_right.shape}."
        )
    outside = np.flatnonzero(~((sure >= 0) & (sure <= 1)))
    if outside.size:
        raise PredictionsError(
            f"Expected confidences between 0 and 1; {outside.size} of {len(sure)} are not (first:"
            f" {sure[outside[0]]}). Calibrate them, or turn logits into probabilities."
        )
    return sure, is_right
