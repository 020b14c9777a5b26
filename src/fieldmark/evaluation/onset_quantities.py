"""From specimens to Estimates: ratios, AUROC and concordance that can be resampled by group."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.averages import stacked, value_of
from fieldmark.evaluation.estimates import Estimate, Interval, wilson
from fieldmark.evaluation.intervals import resampled_interval
from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import (
    FloatArray,
    Statistic,
    Units,
    resampled,
)

_STATES = 2


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Quantity:
    """One number before it has an interval.

    Attributes:
        metric: identifier in the catalogue.
        statistic: takes weights (units, draws) and gives (1, draws); NaN where not defined.
        n: number of items it is computed from.
        denominator: what it is divided by, in words.
        successes: of a share of specimens, how many; None for anything else.
        trials: of a share of specimens, which part of the units holds any that are counted, in
            (0, 1]; None for anything else.
        note: what else its method says, such as where a threshold comes from.
    """

    metric: str
    statistic: Statistic
    n: int
    denominator: str
    successes: int | None = None
    trials: float | None = None
    note: str = ""


def share(
    metric: str, values: npt.ArrayLike, *, among: npt.ArrayLike, units: Units, note: str = ""
) -> Quantity:
    """Return the share of specimens with a property.

    Args:
        metric: identifier in the catalogue.
        values: bool (n,), who has the property.
        among: bool (n,), who is counted.
        units: which unit each specimen belongs to.
        note: what else the method says.
    """
    counted = np.asarray(among, bool)
    inside = np.asarray(values, bool) & counted
    n = int(np.count_nonzero(counted))
    return Quantity(
        metric=metric,
        statistic=_ratio(inside, counted, units),
        n=n,
        denominator=f"{n:,} {METRICS[metric].denominator}",
        successes=int(np.count_nonzero(inside)),
        trials=np.count_nonzero(units.sums(counted)) / units.count or None,
        note=note,
    )


def mean(
    metric: str, values: npt.ArrayLike, *, among: npt.ArrayLike, units: Units, note: str = ""
) -> Quantity:
    """Return the mean of a number over specimens; what is not counted may be inf or NaN.

    Args:
        metric: identifier in the catalogue.
        values: float (n,).
        among: bool (n,), who is counted.
        units: which unit each specimen belongs to.
        note: what else the method says.
    """
    counted = np.asarray(among, bool)
    n = int(np.count_nonzero(counted))
    filled = np.where(counted, np.asarray(values, np.float64), 0.0)
    return Quantity(
        metric=metric,
        statistic=_ratio(filled, counted, units),
        n=n,
        denominator=f"{n:,} {METRICS[metric].denominator}",
        note=note,
    )


def ratio(metric: str, above: npt.ArrayLike, below: npt.ArrayLike, *, units: Units) -> Quantity:
    """Return a ratio of two sums over specimens, such as F1.

    Args:
        metric: identifier in the catalogue.
        above: float (n,), what is summed in the numerator.
        below: float (n,), what is summed in the denominator.
        units: which unit each specimen belongs to.
    """
    total = float(np.sum(below))
    return Quantity(
        metric=metric,
        statistic=_ratio(above, below, units),
        n=round(total),
        denominator=f"{total:,.0f} {METRICS[metric].denominator}",
    )


def estimates_of(
    quantities: Sequence[Quantity], how: Resampling, *, contenders: Sequence[str]
) -> tuple[Estimate, ...]:
    """Return every quantity with its interval, all from the same draws.

    A share of independent specimens gets Wilson's interval, all else a bootstrap over specimens or
    whole groups; without any variation between draws a share gets Clopper-Pearson over the units,
    and a number none.

    Args:
        quantities: what is measured.
        how: what is drawn, and how often.
        contenders: who each quantity belongs to.
    """
    if not quantities:
        return ()
    whole = stacked([quantity.statistic for quantity in quantities])
    rng = generator_for("bootstrap", how.seed)
    values = value_of(whole, how.units)
    draws = resampled(whole, how.units, resamples=how.resamples, rng=rng)
    return tuple(
        _estimate(quantity, float(value), of_draws, how=how, contender=contender)
        for quantity, value, of_draws, contender in zip(
            quantities, values, draws, contenders, strict=True
        )
    )


def _ratio(above: npt.ArrayLike, below: npt.ArrayLike, units: Units) -> Statistic:
    numerator, denominator = units.sums(above), units.sums(below)

    def statistic(weights: FloatArray) -> FloatArray:
        upper, lower = numerator @ weights, denominator @ weights
        empty = np.full(lower.shape, np.nan)
        found: FloatArray = np.divide(upper, lower, out=empty, where=lower > 0)
        return found[None]

    return statistic


def _estimate(
    quantity: Quantity, value: float, draws: FloatArray, *, how: Resampling, contender: str
) -> Estimate:
    defined = math.isfinite(value)
    interval, method = _interval(quantity, value, draws, how) if defined else (None, "no such item")
    low, high = interval or (None, None)
    return Estimate(
        metric=quantity.metric,
        value=value if defined else None,
        low=low,
        high=high,
        level=how.level,
        n=quantity.n,
        method=f"{method}; {quantity.note}" if quantity.note else method,
        split=how.split,
        classes=_STATES,
        denominator=quantity.denominator,
        contender=contender,
    )


def _interval(
    quantity: Quantity, value: float, draws: FloatArray, how: Resampling
) -> tuple[Interval | None, str]:
    units = how.units
    if quantity.successes is not None and not units.clustered:
        return wilson(quantity.successes, quantity.n, level=how.level), "Wilson"
    interval, method = resampled_interval(
        value, draws, units, level=how.level, trials=quantity.trials
    )
    if interval is not None and METRICS[quantity.metric].scale == "share":
        interval = max(interval[0], 0.0), min(interval[1], 1.0)
    drawn = "bootstrap" in method
    return interval, f"{method}, {how.resamples:,} resamples, seed {how.seed}" if drawn else method
