"""Paired means tested by flipping the sign of whole units, with the interval by inversion."""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fieldmark.comparison.paired_tests import (
    CHUNK_ENTRIES,
    ENUMERATED_UNITS,
    PairedDifference,
    every_pattern,
    without_variation,
)
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.estimates import require_level
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units, units_of

_ZERO = 1e-12
_FEW_KINDS = 64
_BITS = 8


def paired_difference(
    a_values: npt.ArrayLike,
    b_values: npt.ArrayLike,
    groups: Iterable[str] | Units | None,
    *,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    limit: float = 1.0,
) -> PairedDifference:
    """Return the difference of two paired means by flipping the sign of whole units.

    When neither contender is better, each unit's difference could as well have had the other sign.
    The p-value is the share of sign patterns that are at least as lopsided as the data; the
    interval holds every difference that the same test does not reject, which are quantiles of the
    means over random halves of the units. Up to 12 units all patterns are enumerated. With fewer
    than six units no p-value below 0.05 is possible, and the interval says nothing.

    Args:
        a_values: float array (n,), such as whether each item was answered rightly, or the mean of
            that over seeds; finite.
        b_values: float array (n,), of the same items in the same order.
        groups: group of each item, kept whole, or the units; None for independent items.
        resamples: number of sign patterns that are drawn when they are too many to enumerate.
        seed: of the draws.
        level: coverage aimed at, in (0, 1).
        limit: largest difference that is possible: 1 for shares, inf for what has no bound.

    Raises:
        PredictionsError: the arrays differ in length or are empty.

    Source:
        Fisher (1935), The Design of Experiments, section 21; Hartigan (1969), Journal of the
        American Statistical Association 64, 1303 to 1317, for the interval.

    Example:
        >>> found = paired_difference([1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 1], None)
        >>> found.difference, found.p_value
        (0.875, 0.015625)
    """
    require_level(level)
    differences = np.asarray(a_values, np.float64) - np.asarray(b_values, np.float64)
    units = groups if isinstance(groups, Units) else units_of(groups, n=len(differences))
    sums, sizes = units.sums(differences), units.sums(np.ones(len(differences)))
    difference = float(differences.mean())
    error = float(np.sqrt(np.square(sums - difference * sizes).sum()) / len(differences))
    test = f"sign flips over {units.in_words}"
    if not np.any(np.abs(sums) > _ZERO):
        seen = limit if math.isfinite(limit) else float(np.ptp(np.asarray(a_values, np.float64)))
        return without_variation(units, level=level, test=test, limit=seen)
    # The same draws whichever contender comes first, so that both orders say the same.
    sign = -1.0 if difference < 0 else 1.0
    rng = generator_for("sign flips", seed)
    halves = _half_means(sign * sums, sizes, resamples=resamples, rng=rng)
    *ends, p_value = _inverted(halves, level)
    low, high = sorted(sign * end for end in ends)
    return PairedDifference(
        difference=difference,
        low=max(-limit, min(low, difference)),
        high=min(limit, max(high, difference)),
        p_value=p_value,
        standard_error=error,
        test=test,
    )


def _half_means(
    sums: FloatArray, sizes: FloatArray, *, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return the mean difference of the items in random halves of the units; NaN for empty ones."""
    if len(sums) <= ENUMERATED_UNITS:
        every = every_pattern(len(sums))
        means: FloatArray = _zeroed(sums @ every) / (sizes @ every)
        return means
    # Pairs as complex numbers, which sort in the same order and ten times as fast as rows.
    pairs, counts = np.unique(sums.round(12) + 1j * sizes, return_counts=True)
    kinds = np.stack([pairs.real, pairs.imag], axis=1)
    if len(kinds) <= _FEW_KINDS:
        flipped = rng.binomial(counts, 0.5, size=(resamples, len(kinds)))
        totals = flipped @ kinds
    else:
        totals = _half_sums(np.stack([sums, sizes], axis=1), resamples, rng)
    empty: FloatArray = np.full(resamples, np.nan)
    np.divide(_zeroed(totals[:, 0]), totals[:, 1], out=empty, where=totals[:, 1] > 0)
    return empty


def _half_sums(values: FloatArray, resamples: int, rng: np.random.Generator) -> FloatArray:
    """Return the sums of ``values`` (units, 2) over random halves of the units: (resamples, 2).

    Eight units at a time: a random byte says which of them are in, and points to their sum.
    """
    short = -len(values) % _BITS
    padded = np.concatenate([values, np.zeros((short, 2))]).reshape(-1, _BITS, 2)
    choices = (np.arange(2**_BITS)[:, None] >> np.arange(_BITS) & 1).astype(np.float64)
    totals: FloatArray = np.zeros((resamples, 2))
    step = max(1, CHUNK_ENTRIES // resamples)
    for start in range(0, len(padded), step):
        tables = choices @ padded[start : start + step]
        bytes_ = rng.integers(2**_BITS, size=(len(tables), resamples), dtype=np.uint8)
        totals += _looked_up(tables, bytes_)
    return totals


def _looked_up(
    tables: FloatArray, rows: np.ndarray[tuple[int, int], np.dtype[np.uint8]]
) -> FloatArray:
    places: IntArray = rows + 2**_BITS * np.arange(len(tables))[:, None]
    flat = tables.reshape(-1, 2)
    return np.stack([flat[:, 0][places].sum(axis=0), flat[:, 1][places].sum(axis=0)], axis=1)


def _inverted(halves: FloatArray, level: float) -> tuple[float, float, float]:
    """Return the interval and the p-value of no difference that random halves give."""
    total = len(halves) + 1
    lower = np.sort(np.nan_to_num(halves, nan=-np.inf, neginf=-np.inf))
    upper = np.sort(np.nan_to_num(-halves, nan=-np.inf, neginf=-np.inf))
    beyond = min(
        np.searchsorted(lower, 0.0, side="right"), np.searchsorted(upper, 0.0, side="right")
    )
    p_value = min(1.0, 2 * (1 + int(beyond)) / total)
    place = math.ceil((1 - level) * total / 2 - 1)
    if place < 1:
        return -math.inf, math.inf, p_value
    return float(lower[place - 1]), -float(upper[place - 1]), p_value


def _zeroed(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < _ZERO * len(values), 0.0, values)
