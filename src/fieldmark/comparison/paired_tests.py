"""A difference on the same items, with an interval and a p-value that never disagree."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.estimates import clopper_pearson, require_level
from fieldmark.evaluation.resampling import FloatArray, Units

ENUMERATED_UNITS = 12
CHUNK_ENTRIES = 1 << 20
CHUNK_DRAWS = 64
_POWER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """A difference between two contenders on the same items.

    The interval excludes 0 exactly when the p-value is below 1 - level.

    Attributes:
        difference: mean of the first minus mean of the second.
        low: lower end of the interval; -inf where nothing bounds it.
        high: upper end of the interval; inf where nothing bounds it.
        p_value: two-sided, of no difference.
        standard_error: of the difference, for planning; 0 when no unit differs.
        test: what was done, in words.
        chance: how much of the difference chance alone may have made, which the interval and the
            p-value allow for; 0 for a metric that chance does not push to one side.
    """

    difference: float
    low: float
    high: float
    p_value: float
    standard_error: float
    test: str
    chance: float = 0.0


def needed_units(n: int, paired: PairedDifference, *, level: float = 0.95) -> int | None:
    """Return how many items of this kind would show the difference with 80 % power.

    The standard error is taken to shrink with the root of the number of items, as is what chance
    alone may have made of the difference.

    Args:
        n: number of items that the difference was measured on.
        paired: the difference and its standard error.
        level: confidence of the test, in (0, 1).

    Returns:
        Number of items, rounded up; None when the difference or its standard error is 0.
    """
    require_level(level)
    if paired.difference == 0 or paired.standard_error == 0:
        return None
    quantiles = float(ndtri((1 + level) / 2)) + float(ndtri(_POWER))
    reach = quantiles * paired.standard_error + paired.chance
    return math.ceil(n * (reach / paired.difference) ** 2)


def fewest_resamples(level: float) -> int:
    """Return how many draws a test at 1 - level needs, so that its p-values are fine enough.

    Example:
        >>> fewest_resamples(0.95), fewest_resamples(0.99)
        (200, 1000)
    """
    return round(10 / (1 - level))


def require_resamples(resamples: int, level: float) -> None:
    """Raise unless there are enough draws for a test at 1 - level.

    Raises:
        NotComparableError: there are not; the message says how many are needed.
    """
    fewest = fewest_resamples(level)
    if resamples < fewest:
        raise NotComparableError(
            f"Expected at least {fewest:,} resamples for a test at level {level:g}; got"
            f" {resamples:,}."
        )


def without_variation(
    units: Units, *, level: float, test: str, limit: float = 1.0
) -> PairedDifference:
    """Return no difference, bounded by how many differing units as many draws could hide.

    Args:
        units: none of which differs.
        level: coverage, in (0, 1).
        test: what was done, in words.
        limit: largest difference that one unit can make.
    """
    reach = limit * clopper_pearson(0, units.count, level=level)[1]
    return PairedDifference(
        difference=0.0, low=-reach, high=reach, p_value=1.0, standard_error=0.0, test=test
    )


def every_pattern(count: int) -> FloatArray:
    """Return every 0/1 pattern of ``count`` units but the empty one: float64 (count, 2^count - 1).

    Example:
        >>> every_pattern(2).tolist()
        [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    """
    return (np.arange(1, 2**count) >> np.arange(count)[:, None] & 1).astype(np.float64)


def chunks(resamples: int, entries: int) -> Iterator[int]:
    """Yield how many draws to make at a time, so that a chunk of them stays small.

    Args:
        resamples: number of draws in all.
        entries: numbers that one draw takes.

    Example:
        >>> list(chunks(150, 10))
        [64, 64, 22]
    """
    step = max(1, min(CHUNK_DRAWS, CHUNK_ENTRIES // entries))
    for start in range(0, resamples, step):
        yield min(step, resamples - start)
