"""Any metric tested by swapping the answers of two contenders over whole units."""

import math
from collections.abc import Iterator

import numpy as np

from fieldmark.comparison.paired_tests import (
    ENUMERATED_UNITS,
    PairedDifference,
    chunks,
    every_pattern,
    without_variation,
)
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.estimates import require_level
from fieldmark.evaluation.resampling import FloatArray, IntArray, Statistic, Units

_DIGITS = 12


def swapped_difference(
    metric: Statistic,
    units: Units,
    *,
    counts: IntArray | None = None,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    limit: float = 1.0,
) -> PairedDifference:
    """Return the difference of two contenders on any metric by swapping their answers.

    When neither contender is better, the answers of a whole unit could as well have been given by
    the other. The p-value is the share of swap patterns with a difference at least as large as the
    measured one; the interval reaches as far on both sides of it as the swaps reach around 0,
    which is right near 0 and generous for large differences. Up to 12 units all patterns are
    enumerated. A plain paired bootstrap is no substitute: on macro F1 it rejects equal contenders
    up to 12 % of the time at level 0.95, see the validity tests.

    Args:
        metric: takes weights (2 x kinds, draws) of the answers of the first and, below them, of
            the second contender, and gives the metric of the mixture, (1, draws).
        units: what is swapped as a whole: items or groups.
        counts: int array (kinds,), how many units there are of each kind, where units with the
            same answers are taken together; None for one kind a unit.
        resamples: number of swap patterns that are drawn when they are too many to enumerate.
        seed: of the draws.
        level: coverage aimed at, in (0, 1).
        limit: largest difference that is possible: 1 for shares, inf for what has no bound.

    Raises:
        PredictionsError: the level is no coverage.

    Source:
        Fisher (1935), The Design of Experiments, section 21; Noreen (1989), Computer-Intensive
        Methods for Testing Hypotheses, chapter 2, as approximate randomisation.
    """
    require_level(level)
    rng = generator_for("swaps", seed)
    of_kinds = np.ones(units.count, np.int64) if counts is None else counts
    difference = float(_mixed(metric, of_kinds, np.zeros((len(of_kinds), 1)))[0])
    patterns = _patterns(of_kinds, resamples, rng)
    reach = np.abs(np.concatenate([_mixed(metric, of_kinds, swaps) for swaps in patterns]))
    reach = reach.round(_DIGITS)
    test = f"answers swapped over {units.in_words}"
    if not reach.any() and round(difference, _DIGITS) == 0:
        bound = limit if math.isfinite(limit) else 0.0
        return without_variation(units, level=level, test=test, limit=bound)
    total = len(reach) + 1
    beyond = int(np.count_nonzero(reach >= round(abs(difference), _DIGITS)))
    place = math.ceil((1 - level) * total - 1)
    width = float(np.sort(reach)[-place]) if place >= 1 else 2 * limit
    if width == round(abs(difference), _DIGITS):
        width = abs(difference)
    return PairedDifference(
        difference=difference,
        low=max(-limit, difference - width),
        high=min(limit, difference + width),
        p_value=min(1.0, (1 + beyond) / total),
        standard_error=float(np.sqrt(np.square(reach).mean())),
        test=test,
    )


def _mixed(metric: Statistic, counts: IntArray, swaps: FloatArray) -> FloatArray:
    """Return the difference with the answers of some units swapped, float64 (draws,)."""
    kept = counts[:, None] - swaps
    mixed = metric(np.concatenate([kept, swaps])) - metric(np.concatenate([swaps, kept]))
    return np.asarray(mixed[0], dtype=np.float64)


def _patterns(counts: IntArray, resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield float64 arrays (kinds, draws), how many units of each kind are swapped."""
    if len(counts) <= ENUMERATED_UNITS and counts.max() == 1:
        yield every_pattern(len(counts))
        return
    for draws in chunks(resamples, len(counts)):
        yield _swapped_counts(counts, draws, rng)


def _swapped_counts(counts: IntArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return how many units of each kind are swapped, each with probability 1/2."""
    single = counts == 1
    several = counts[~single]
    swaps: FloatArray = np.empty((len(counts), draws))
    octets = rng.integers(256, size=(len(counts) - len(several), -(-draws // 8)), dtype=np.uint8)
    swaps[single] = np.unpackbits(octets, axis=1, count=draws)
    swaps[~single] = rng.binomial(several[:, None], 0.5, size=(len(several), draws))
    return swaps
