"""Which interval a number gets, and how that is said: resampled, or exact where nothing varies."""

import math

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Interval, clopper_pearson
from fieldmark.evaluation.resampling import FloatArray, Units, bootstrap_interval


def resampled_interval(
    value: float, draws: FloatArray, units: Units, *, level: float, trials: float | None
) -> tuple[Interval | None, str]:
    """Return the bootstrap interval of a value, and how it was made in words.

    Where no draw differs from another, the bootstrap knows nothing: a share then gets the exact
    interval of that share of the units, and other numbers get none.

    Args:
        value: the statistic of the data themselves.
        draws: float64 array (resamples,), the statistic of each resample.
        units: what was drawn.
        level: coverage aimed at, in (0, 1).
        trials: which part of the units a share is over, in (0, 1]; None for what is no share.
    """
    interval = bootstrap_interval(value, draws, units=units.count, level=level)
    if interval is not None and interval[0] < interval[1]:
        if units.clustered:
            return interval, f"cluster bootstrap by group ({units.in_words})"
        return interval, "bootstrap"
    if trials is None:
        return None, f"no interval: no variation over {units.in_words}"
    count = max(1, int(trials * units.count))
    noun = "group" if units.clustered else "item"
    low, high = clopper_pearson(round(value * count), count, level=level)
    return (
        (min(low, value), max(high, value)),
        f"Clopper-Pearson over {count_of(count, noun)}, since no resample differs",
    )


def lowered_by_noise(
    interval: Interval, value: float, noise: FloatArray, units: Units, *, level: float
) -> Interval:
    """Return the interval of a sum of absolute values, which chance alone pushes upwards.

    A calibration error cannot exceed the true one by more than the error that chance makes of
    perfect confidences, since |true + chance| <= |true| + |chance| in every bin. So the lower end
    is at most the value less the upper quantile of that noise, and 0 where the value could be
    noise alone.

    Args:
        interval: of the value, by resampling.
        value: of the data themselves.
        noise: float64 array (resamples,), the value of centred resamples.
        units: what was drawn.
        level: coverage aimed at, in (0, 1).
    """
    stretch = math.sqrt(units.count / max(units.count - 1, 1))
    chance = stretch * float(np.quantile(noise, (1 + level) / 2))
    return max(0.0, min(interval[0], value - chance)), interval[1]
