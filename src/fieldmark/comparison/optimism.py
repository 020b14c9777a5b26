"""How much better the best of several looks than it is: the optimism of choosing."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray

_REACH = 10.0
_STEPS = 4001


def expected_maximum(count: int) -> float:
    """Return the expected maximum of ``count`` independent standard normal numbers.

    Raises:
        PredictionsError: the count is below 1.

    Source:
        The integral of x k phi(x) Phi(x)^(k-1); Tippett (1925), Biometrika 17, 364 to 387.

    Example:
        >>> round(expected_maximum(9), 3), round(expected_maximum(2), 3), expected_maximum(1)
        (1.485, 0.564, 0.0)
    """
    if count < 1:
        raise PredictionsError(f"Expected at least 1 candidate to choose among; got {count}.")
    if count == 1:
        return 0.0
    x = np.linspace(-_REACH, _REACH, _STEPS)
    density = np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)
    return float(np.trapezoid(x * count * density * ndtr(x) ** (count - 1), x))


def expected_optimism(standard_error: float, candidates: int, *, correlation: float = 0.0) -> float:
    """Return by how much the best of equally good candidates is expected to look too good.

    It is SE x sqrt(1 - r) x E[maximum of k standard normal numbers], where r is the correlation of
    the candidates' values over samples of items: what all candidates share moves the best as it
    moves the others. For candidates of different quality it is an upper bound.

    Args:
        standard_error: of one candidate's value, at least 0.
        candidates: number of candidates k, at least 1.
        correlation: r, in [0, 1]; 0 where it is not known, which gives the largest optimism.

    Raises:
        PredictionsError: a number is out of range.

    Example:
        >>> round(expected_optimism(0.01, 30), 4), round(expected_optimism(0.01, 30,
        ...     correlation=0.84), 4)
        (0.0204, 0.0082)
    """
    if standard_error < 0 or not 0 <= correlation <= 1:
        raise PredictionsError(
            "Expected a standard error of at least 0 and a correlation from 0 to 1; got"
            f" {standard_error} and {correlation}."
        )
    return standard_error * float(np.sqrt(1 - correlation)) * expected_maximum(candidates)


def mean_correlation(draws: FloatArray) -> float:
    """Return the correlation of candidates' values over draws, as one number in [0, 1].

    It is 1 - (variance of a candidate's value within a draw) / (variance over draws), which makes
    `expected_optimism` right for candidates of equal variance; 0 without any variation.

    Args:
        draws: float array (candidates, draws), at least two candidates.
    """
    deviations = draws - draws.mean(axis=1, keepdims=True)
    whole = float(np.square(deviations).mean())
    if whole == 0:
        return 0.0
    return float(np.clip(1 - deviations.var(axis=0, ddof=1).mean() / whole, 0.0, 1.0))


def bootstrap_optimism(values: npt.ArrayLike, draws: FloatArray) -> float:
    """Return the optimism of the best by repeating the whole choice in every resample.

    The candidates are first drawn together by as much as chance alone spreads them: otherwise
    their chance differences would pass for real ones, and equal candidates would show only
    1 / sqrt(2) of their optimism.

    Args:
        values: float array (candidates,), the metric of each; higher is better.
        draws: float array (candidates, draws), the metric in each resample, the same items for all
            candidates in one draw.

    Returns:
        Mean over draws of how far the value of the one chosen lies above its own mean; at least 0.

    Raises:
        PredictionsError: there is no candidate, or not one row of draws for each.

    Source:
        Efron (1983), Journal of the American Statistical Association 78, 316 to 331, for the
        bootstrap of optimism; James and Stein (1961) for drawing together.
    """
    measured = np.asarray(values, np.float64)
    if len(measured) < 1 or draws.shape[:1] != measured.shape:
        raise PredictionsError(
            f"Expected draws of each of {len(measured)} candidates, at least one; got an array of"
            f" shape {draws.shape}."
        )
    if len(measured) == 1:
        return 0.0
    deviations = draws - draws.mean(axis=1, keepdims=True)
    by_chance = float(deviations.var(axis=0, ddof=1).mean())
    spread = float(measured.var(ddof=1))
    kept = max(0.0, 1 - by_chance / spread) if spread > 0 else 0.0
    shrunk = measured.mean() + kept * (measured - measured.mean())
    best = (shrunk[:, None] + deviations).argmax(axis=0)
    chosen = np.take_along_axis(deviations, best[None], axis=0)
    return max(0.0, float(chosen.mean()))
