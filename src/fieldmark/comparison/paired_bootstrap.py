"""The paired bootstrap: an interval of the difference of any metric, clustered by group."""

import numpy as np
from scipy.special import ndtri, stdtr

from fieldmark.comparison.paired_tests import PairedDifference, without_variation
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.averages import value_of
from fieldmark.evaluation.estimates import require_level
from fieldmark.evaluation.resampling import (
    FloatArray,
    Statistic,
    Units,
    bootstrap_interval,
    resampled,
)

_INFINITE = float("inf")


def bootstrapped_difference(
    of_a: Statistic,
    of_b: Statistic,
    units: Units,
    *,
    difference: float | None = None,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    limit: float = 1.0,
) -> PairedDifference:
    """Return the difference of two contenders on any metric by drawing the same units for both.

    The interval is the expanded percentile interval of the differences, centred on the measured
    one; the p-value is the smallest 1 - level at which that interval would exclude 0, so that the
    two never disagree. With few groups, and on class averages, it calls equal contenders different
    too often: see the validity tests. Where the test of record decides, use that.

    Args:
        of_a: takes weights (units, draws) and gives the metric of the first contender, (1, draws).
        of_b: the same of the second contender.
        units: what is drawn: items, or groups that stay whole.
        difference: the measured difference, where it is known more exactly than the statistics
            say; None to take it from them.
        resamples: number of draws.
        seed: of the draws.
        level: coverage aimed at, in (0, 1).
        limit: largest difference that is possible: 1 for shares, inf for what has no bound.

    Raises:
        PredictionsError: the level is no coverage.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 13 and 15;
        Hesterberg (2015), The American Statistician 69, 371 to 386, section 4.4.
    """
    require_level(level)

    def difference_of(weights: FloatArray) -> FloatArray:
        return of_a(weights) - of_b(weights)

    if difference is None:
        difference = float(value_of(difference_of, units)[0])
    rng = generator_for("paired bootstrap", seed)
    draws = resampled(difference_of, units, resamples=resamples, rng=rng)[0]
    test = f"paired bootstrap over {units.in_words}"
    if difference == 0 and not draws.any():
        bound = limit if np.isfinite(limit) else 0.0
        return without_variation(units, level=level, test=test, limit=bound)
    interval = bootstrap_interval(difference, draws, units=units.count, level=level)
    low, high = interval or (-_INFINITE, _INFINITE)
    p_value = 1.0 if interval is None else _p_value(difference, draws, units.count)
    excludes = low > 0 or high < 0
    below = float(np.nextafter(1 - level, 0))
    return PairedDifference(
        difference=difference,
        low=max(-limit, low),
        high=min(limit, high),
        p_value=min(p_value, below) if excludes else max(p_value, 1 - level),
        standard_error=float(np.nanstd(draws)),
        test=test,
    )


def _p_value(difference: float, draws: FloatArray, units: int) -> float:
    """Return the smallest 1 - level at which the interval of the draws would exclude 0."""
    defined = draws[np.isfinite(draws)]
    centred = np.sort(defined + (difference - defined.mean()))
    below = np.searchsorted(centred, 0.0, side="right") / len(defined)
    above = 1 - np.searchsorted(centred, 0.0, side="left") / len(defined)
    tail = min(max(min(below, above), 1 / (len(defined) + 1)), 0.5)
    stretch = np.sqrt(units / (units - 1))
    return float(min(1.0, 2 * stdtr(units - 1, ndtri(tail) / stretch)))
