"""Selective prediction: what the error is where only sure answers are given (E14).

Items are ranked by confidence. Items of equal confidence cannot be told apart by a threshold, so
they enter together: a curve has one operating point for each distinct confidence.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RiskCoverage:
    """The share of answers that are given, and how many of these are wrong, threshold by threshold.

    Attributes:
        threshold: float64 (k,), distinct confidences, decreasing; answers at least as sure are
            given.
        coverage: float64 (k,), share of all items whose answer is given; increasing, ends at 1.
        risk: float64 (k,), share of the given answers that are wrong.
        n: number of items, at least 1.
    """

    threshold: FloatArray
    coverage: FloatArray
    risk: FloatArray
    n: int

    @property
    def generalised_risk(self) -> FloatArray:
        """Share of all items whose answer is given and wrong, float64 (k,)."""
        return self.risk * self.coverage


def risk_coverage(confidence: npt.ArrayLike, wrong: npt.ArrayLike) -> RiskCoverage:
    """Return the risk-coverage curve, with one operating point for each distinct confidence.

    Args:
        confidence: float array (n,), higher is surer; any scale, not NaN.
        wrong: bool array (n,), whether each answer is wrong.

    Raises:
        PredictionsError: there is no item, not one answer for each confidence, or a NaN.

    Source:
        Methods E14; El-Yaniv and Wiener (2010), JMLR 11, 1605 to 1641.

    Example:
        >>> curve = risk_coverage([0.9, 0.8, 0.8, 0.4], [False, False, True, True])
        >>> curve.coverage.tolist(), curve.risk.round(3).tolist()
        ([0.25, 0.75, 1.0], [0.0, 0.333, 0.5])
    """
    sure, is_wrong = np.asarray(confidence, np.float64), np.asarray(wrong, np.bool_)
    if sure.ndim != 1 or sure.shape != is_wrong.shape or not len(sure) or np.isnan(sure).any():
        raise PredictionsError(
            "Expected a confidence that is a number for each of at least one answer; got"
            f" confidences of shape {sure.shape} ({np.isnan(sure).sum()} not a number) and answers"
            f" of shape {is_wrong.shape}."
        )
    threshold, point = operating_points(sure)
    covered = np.bincount(point).cumsum().astype(np.float64)
    errors = np.bincount(point, is_wrong).cumsum()
    n = len(sure)
    return RiskCoverage(threshold=threshold, coverage=covered / n, risk=errors / covered, n=n)


def operating_points(confidence: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return the distinct confidences, decreasing, and which of them each item has, int64 (n,)."""
    negated, point = np.unique(-confidence, return_inverse=True)
    return -negated, point


def aurc(curve: RiskCoverage) -> float:
    """Return the area under the risk-coverage curve, 0 to 1; lower is better.

    The risk is joined by straight lines over coverage; below the first operating point it is taken
    to be the risk there. Without ties this differs from the mean of the risks at coverages 1/n,
    ..., 1 by less than 1/(2n).

    Source:
        Methods E14; Geifman, Uziel and El-Yaniv (ICLR 2019).

    Example:
        >>> round(aurc(risk_coverage([0.9, 0.8, 0.7, 0.4], [0, 0, 1, 1])), 4)
        0.1458
    """
    return float(area_of_risk(*_counts(curve))[0])


def augrc(curve: RiskCoverage) -> float:
    """Return the area under the generalised risk over coverage, 0 to 1; lower is better.

    It is the mean, over thresholds, of the share of items that are answered wrongly. With accuracy
    a and A = P(a right answer is surer than a wrong one) it equals (1 - A) a (1 - a) + (1 - a)²/2.

    Source:
        Methods E14; Traub et al. (NeurIPS 2024).

    Example:
        >>> augrc(risk_coverage([0.9, 0.8, 0.7, 0.4], [0, 0, 1, 1]))
        0.125
    """
    return float(area_of_generalised_risk(*_counts(curve))[0])


def risk_at_coverage(curve: RiskCoverage, coverage: float) -> float:
    """Return the risk at the first operating point that covers at least ``coverage``.

    Args:
        curve: of one contender.
        coverage: share of items that must be answered, in (0, 1].

    Raises:
        PredictionsError: the coverage is no such share.

    Example:
        >>> risk_at_coverage(risk_coverage([0.9, 0.8, 0.7, 0.4], [0, 0, 1, 1]), 0.5)
        0.0
    """
    if not 0 < coverage <= 1:
        raise PredictionsError(f"Expected a coverage above 0, at most 1; got {coverage}.")
    return float(risks_at_coverage(*_counts(curve), coverage)[0])


def coverage_at_risk(curve: RiskCoverage, risk: float) -> float:
    """Return the largest coverage of an operating point whose risk is at most ``risk``; 0 if none.

    The threshold is found on the items that are reported, so this describes them and promises
    nothing: fit the threshold on another split to decide.

    Args:
        curve: of one contender.
        risk: share of the given answers that may be wrong, in [0, 1].

    Raises:
        PredictionsError: the risk is no such share.

    Example:
        >>> coverage_at_risk(risk_coverage([0.9, 0.8, 0.7, 0.4], [0, 0, 1, 1]), 0.4)
        0.75
    """
    if not 0 <= risk <= 1:
        raise PredictionsError(f"Expected a risk between 0 and 1; got {risk}.")
    return float(coverages_at_risk(*_counts(curve), risk)[0])


def area_of_risk(covered: FloatArray, errors: FloatArray) -> FloatArray:
    """Return the AURC of several resamples at once, float64 (draws,).

    Args:
        covered: float64 (k, draws), weight of the items covered at each operating point, last: all.
        errors: float64 (k, draws), weight of the wrong ones among them.
    """
    risk = np.divide(errors, covered, out=np.zeros_like(errors), where=covered > 0)
    before = np.where(covered[:-1] > 0, risk[:-1], risk[1:])
    area = _summed_products(np.diff(covered, axis=0), before + risk[1:]) / 2
    return _quotient(area + covered[0] * risk[0], covered[-1])


def area_of_generalised_risk(covered: FloatArray, errors: FloatArray) -> FloatArray:
    """Return the AUGRC of several resamples at once; arguments as in `area_of_risk`."""
    area = _summed_products(np.diff(covered, axis=0), errors[:-1] + errors[1:])
    return _quotient(area + covered[0] * errors[0], 2 * covered[-1] ** 2)


def area_of_separation(covered: FloatArray, errors: FloatArray) -> FloatArray:
    """Return the probability that a right answer is surer than a wrong one, ties counted half.

    NaN where all answers of a resample are right or all are wrong. Arguments as in `area_of_risk`.
    """
    right = covered - errors
    above = _summed_products(np.diff(errors, axis=0), right[:-1] + right[1:])
    pairs = 2 * errors[-1] * right[-1]
    return _quotient(above + errors[0] * right[0], np.where(pairs > 0, pairs, np.nan))


def risks_at_coverage(covered: FloatArray, errors: FloatArray, coverage: float) -> FloatArray:
    """Return the risk at a coverage in several resamples; arguments as in `area_of_risk`."""
    reached = covered >= coverage * (1 - _ROUNDING) * covered[-1]
    first, draws = reached.argmax(axis=0), np.arange(covered.shape[1])
    return _quotient(errors[first, draws], covered[first, draws])


def coverages_at_risk(covered: FloatArray, errors: FloatArray, risk: float) -> FloatArray:
    """Return the coverage at a risk in several resamples; arguments as in `area_of_risk`."""
    allowed = errors <= risk * (1 + _ROUNDING) * covered
    return _quotient(np.max(covered, axis=0, where=allowed, initial=0.0), covered[-1])


def _summed_products(one: FloatArray, other: FloatArray) -> FloatArray:
    sums: FloatArray = np.einsum("kd,kd->d", one, other)
    return sums


def _quotient(numerators: FloatArray, denominators: FloatArray) -> FloatArray:
    ratios: FloatArray = np.divide(numerators, denominators)
    return ratios


def _counts(curve: RiskCoverage) -> tuple[FloatArray, FloatArray]:
    return curve.coverage[:, None] * curve.n, curve.generalised_risk[:, None] * curve.n
