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
_AT_A_TIME = 64
#: Up to so many units are left out one at a time.
JACKKNIFED_UNITS = 2000


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
    chance: tuple[Statistic, Statistic] | None = None,
) -> PairedDifference:
    """Return the difference of two contenders on any metric by drawing the same units for both.

    The interval is the expanded percentile interval of the differences, centred on the measured
    one; the p-value is the smallest 1 - level at which that interval would exclude 0, so that the
    two never disagree. Draws of few units wander too little, most of all on class averages, where
    a class may be in one group alone: up to 2,000 units they are spread out until their standard
    error is that of the jackknife, where that is larger.

    A sum of absolute gaps is pushed upwards by chance, in each contender by another amount: at
    least 0, and at most the error that chance makes of gaps that are all 0. The interval is then
    as much wider on either side as that side's contender may owe to chance.

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
        chance: for a sum of absolute gaps, how far chance alone pushes it upwards in a resample,
            of the first and of the second contender; None for other metrics.

    Raises:
        PredictionsError: the level is no coverage.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 13 and 15;
        Hesterberg (2015), The American Statistician 69, 371 to 386, section 4.4; Efron and Stein
        (1981), The Annals of Statistics 9, 586 to 596, for the jackknife, which errs upwards.
    """
    require_level(level)

    def drawn(weights: FloatArray) -> FloatArray:
        of_chance = [one(weights) for one in chance or ()]
        return np.concatenate([of_a(weights) - of_b(weights), *of_chance])

    if difference is None:
        difference = float(value_of(drawn, units)[0])
    rng = generator_for("paired bootstrap", seed)
    draws, *by_chance = resampled(drawn, units, resamples=resamples, rng=rng)
    owed_by_a, owed_by_b = (float(one.mean()) for one in by_chance) if chance else (0.0, 0.0)
    less = ", less the gaps of chance" if chance else ""
    test = f"paired bootstrap over {units.in_words}{less}"
    if difference == 0 and not draws.any():
        bound = limit if np.isfinite(limit) else 0.0
        return without_variation(units, level=level, test=test, limit=bound)
    draws = _spread_out(draws, _jackknife_error(drawn, units), units.count)
    interval = bootstrap_interval(difference, draws, units=units.count, level=level)
    low, high = interval or (-_INFINITE, _INFINITE)
    low, high = low - owed_by_a, high + owed_by_b
    shown = min(max(0.0, difference - owed_by_a), difference + owed_by_b)
    p_value = 1.0 if interval is None or shown == 0 else _p_value(shown, draws, units.count)
    excludes = low > 0 or high < 0
    below = float(np.nextafter(1 - level, 0))
    return PairedDifference(
        difference=difference,
        low=max(-limit, low),
        high=min(limit, high),
        p_value=min(p_value, below) if excludes else max(p_value, 1 - level),
        standard_error=float(np.nanstd(draws)),
        test=test,
        chance=owed_by_a if difference > 0 else owed_by_b,
    )


def _jackknife_error(difference_of: Statistic, units: Units) -> float:
    """Return the standard error by leaving out one unit at a time; 0 where they are too many."""
    if not 2 <= units.count <= JACKKNIFED_UNITS:
        return 0.0
    parts = []
    for start in range(0, units.count, _AT_A_TIME):
        left_out = np.arange(start, min(start + _AT_A_TIME, units.count))
        kept = np.ones((units.count, len(left_out)))
        kept[left_out, np.arange(len(left_out))] = 0.0
        parts.append(difference_of(kept)[0])
    found = np.concatenate(parts)
    if not np.isfinite(found).all():
        return 0.0
    return float(np.sqrt((units.count - 1) * found.var()))


def _spread_out(draws: FloatArray, error: float, units: int) -> FloatArray:
    """Return draws whose standard error, widened for few units, is at least ``error``."""
    centre, spread = np.nanmean(draws), float(np.nanstd(draws))
    widened = spread * float(np.sqrt(units / max(units - 1, 1)))
    if not 0 < widened < error:
        return draws
    stretched: FloatArray = centre + (draws - centre) * (error / widened)
    return stretched


def _p_value(difference: float, draws: FloatArray, units: int) -> float:
    """Return the smallest 1 - level at which the interval of the draws would exclude 0."""
    defined = draws[np.isfinite(draws)]
    centred = np.sort(defined + (difference - defined.mean()))
    below = np.searchsorted(centred, 0.0, side="right") / len(defined)
    above = 1 - np.searchsorted(centred, 0.0, side="left") / len(defined)
    tail = min(max(min(below, above), 1 / (len(defined) + 1)), 0.5)
    stretch = np.sqrt(units / (units - 1))
    return float(min(1.0, 2 * stdtr(units - 1, ndtri(tail) / stretch)))
