"""McNemar's exact test, an interval that agrees with it, and how many items it would need."""

import math

from scipy.special import bdtr, ndtri

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import Interval, clopper_pearson, require_level, wilson

_POWER = 0.8
_ROUNDING = 1e-12


def mcnemar_exact(b: int, c: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    Args:
        b: number of items that only the first contender answered rightly.
        c: number of items that only the second contender answered rightly.

    Returns:
        2 min(P(Bin(b + c, 1/2) <= min(b, c)), 1/2); 1 when no item is discordant.

    Raises:
        PredictionsError: a count is negative.

    Source:
        Methods E15; McNemar (1947), Psychometrika 12, 153 to 157.

    Example:
        >>> round(mcnemar_exact(12, 10), 4), round(mcnemar_exact(15, 2), 4)
        (0.8318, 0.0023)
    """
    if min(b, c) < 0:
        raise PredictionsError(f"Expected discordant counts of at least 0; got {b} and {c}.")
    return min(1.0, 2 * float(bdtr(min(b, c), b + c, 0.5)))


def mcnemar_interval(b: int, c: int, n: int, *, level: float = 0.95) -> Interval:
    """Return an interval of the difference between two paired shares, (b - c) / n.

    The difference is the share of discordant items times how lopsided they are. The interval of
    the lopsidedness is Clopper and Pearson's, which inverts the exact test, and is combined with
    Wilson's of the discordant share (MOVER). It excludes 0 exactly when `mcnemar_exact` is below
    1 - level.

    Args:
        b: number of items that only the first contender answered rightly.
        c: number of items that only the second contender answered rightly.
        n: number of items.
        level: coverage aimed at, in (0, 1).

    Raises:
        PredictionsError: a count is negative, or b + c is above n.

    Source:
        Zou and Donner (2008), Statistics in Medicine 27, 1693 to 1702, for the combination; for
        this product it is derived here and checked by simulation.

    Example:
        >>> low, high = mcnemar_interval(12, 10, 1226)
        >>> round(low, 4), round(high, 4)
        (-0.0064, 0.0092)
    """
    discordant = b + c
    share_low, share_high = wilson(discordant, n, level=level)
    of_first = clopper_pearson(b, discordant, level=level)
    lopsided_low, lopsided_high = (2 * end - 1 for end in of_first)
    if n == 0 or discordant == 0:
        return -share_high, share_high
    share, lopsided = discordant / n, (b - c) / discordant
    low = _mover_end(share - share_low, share_high - share, lopsided, lopsided_low)
    high = _mover_end(share - share_low, share_high - share, -lopsided, -lopsided_high)
    return (
        max(-1.0, share * lopsided - math.hypot(share * (lopsided - lopsided_low), low)),
        min(1.0, share * lopsided + math.hypot(share * (lopsided - lopsided_high), high)),
    )


def needed_items(
    discordant_share: float, difference: float, *, power: float = _POWER, level: float = 0.95
) -> int | None:
    """Return how many items McNemar's test needs to see a difference of this size.

    Args:
        discordant_share: share of items on which exactly one of the two is right, in [0, 1].
        difference: difference between the shares of right answers, at most ``discordant_share``.
        power: probability of seeing it, in (0, 1).
        level: confidence of the test, in (0, 1).

    Returns:
        Number of items, rounded up; None when the difference is 0 and no number would do.

    Raises:
        PredictionsError: the difference is larger than the discordant share.

    Source:
        Methods E15; Connor (1987), Biometrics 43, 207 to 211.

    Example:
        >>> needed_items(22 / 1226, 2 / 1226)
        52923
    """
    require_level(level)
    require_level(power)
    if abs(difference) > discordant_share + _ROUNDING:
        raise PredictionsError(
            f"Expected a difference of at most the discordant share {discordant_share:.4g};"
            f" got {difference:.4g}."
        )
    if difference == 0:
        return None
    spread = math.sqrt(max(0.0, discordant_share - difference**2))
    root = (
        float(ndtri((1 + level) / 2)) * math.sqrt(discordant_share) + float(ndtri(power)) * spread
    )
    return math.ceil((root / difference) ** 2)


def _mover_end(below: float, above: float, lopsided: float, end: float) -> float:
    """How far the discordant share moves the lower end; 0 where the end itself is 0."""
    return min(abs(lopsided), abs(end)) * (above if end < 0 else below)
