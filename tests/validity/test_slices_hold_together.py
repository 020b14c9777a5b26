"""Intervals of many slices hold the truth together as often as they say; unwidened ones do not."""

import functools

import numpy as np
import pytest

from fieldmark.evaluation.estimates import wilson

pytestmark = pytest.mark.validity

REPETITIONS, LEVEL = 1000, 0.95
SIZES = np.array([40, 60, 80, 120, 40, 60, 80, 120, 200, 300, 500, 50])
SHARES = np.array([0.6, 0.7, 0.8, 0.9, 0.5, 0.65, 0.75, 0.85, 0.9, 0.7, 0.8, 0.55])


@functools.cache
def interval(count: int, n: int, level: float) -> tuple[float, float]:
    return wilson(count, n, level=level)


def holding_together(level: float) -> float:
    """Return the share of repetitions in which the intervals of all slices hold their truth."""
    counts = np.random.default_rng(11).binomial(SIZES, SHARES, size=(REPETITIONS, len(SIZES)))
    held = 0
    for row in counts:
        ends = [interval(int(c), int(n), level) for c, n in zip(row, SIZES, strict=True)]
        held += all(low <= share <= high for (low, high), share in zip(ends, SHARES, strict=True))
    return held / REPETITIONS


def test_widened_intervals_hold_together_and_unwidened_ones_do_not() -> None:
    assert holding_together(1 - (1 - LEVEL) / len(SIZES)) > 0.935
    assert holding_together(LEVEL) < 0.65
