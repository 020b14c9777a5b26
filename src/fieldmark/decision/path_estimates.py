"""Decoded paths as Estimates: every number with its interval, over items or whole groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieldmark.core.randomness import generator_for
from fieldmark.decision.path_quantities import Poison, Ratio, ratios_of
from fieldmark.decision.paths import Paths
from fieldmark.evaluation.alike_units import resampled_sums
from fieldmark.evaluation.estimates import Estimate, Interval, wilson
from fieldmark.evaluation.intervals import resampled_interval
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import FloatArray, Units, units_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """How intervals are made.

    Attributes:
        level: coverage that they aim at, in (0, 1).
        resamples: number of bootstrap draws.
        seed: of the draws.
    """

    level: float = 0.95
    resamples: int = 2000
    seed: int = 0


PLAIN = Intervals()


def path_estimates(
    paths: Paths, *, poison: Poison | None = None, how: Intervals = PLAIN
) -> tuple[Estimate, ...]:
    """Return what is measured of paths: right, answered and consistent, at every rank.

    Shares of independent items get Wilson's interval; everything else a bootstrap over items or,
    where items have groups, over whole groups.

    Args:
        paths: answers of a decoder, or the diagnosis of each rank by itself.
        poison: what poison costs; None leaves the cost out.
        how: level, draws and seed.

    Raises:
        DecisionError: a poisonous class is no leaf of the taxonomy.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> names = {"genus": ["Quercus", "Ulmus"], "species": ["oak", "elm"]}
        >>> paths = Paths(
        ...     decoder="threshold",
        ...     taxonomy=build_taxonomy(pl.DataFrame(names), ("genus", "species")),
        ...     nodes=np.array([[0, 1], [0, -1]] * 20),
        ...     items=pl.DataFrame({"id": [f"{i}" for i in range(40)], "label": ["oak"] * 40}),
        ...     contender="probe",
        ... )
        >>> for one in path_estimates(paths):
        ...     if one.metric in ("all_ranks_right", "hierarchical_f1"):
        ...         print(one.metric, one.value_text())
        all_ranks_right 50.00 %
        hierarchical_f1 85.71 %
    """
    groups = paths.items["group"] if "group" in paths.items.columns else None
    units = units_of(groups, n=paths.n)
    ratios = ratios_of(paths, poison=poison)
    drawn = [one for one in ratios if one.n and (units.clustered or not one.is_share)]
    rng = generator_for("path bootstrap", how.seed)
    draws = iter(_draws(drawn, units, resamples=how.resamples, rng=rng) if drawn else ())
    return tuple(
        _estimate(one, next(draws) if one in drawn else None, units, paths, how) for one in ratios
    )


def _draws(
    ratios: Sequence[Ratio], units: Units, *, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return each ratio in each resample, float64 (ratios, resamples); NaN over nothing."""

    def ratios_of_sums(sums: FloatArray) -> FloatArray:
        empty = np.full((len(ratios), sums.shape[1]), np.nan)
        np.divide(sums[::2], sums[1::2], out=empty, where=sums[1::2] > 0)
        return empty

    sums = [units.sums(part) for one in ratios for part in (one.above, one.below)]
    return resampled_sums(ratios_of_sums, sums, resamples=resamples, rng=rng)


def _estimate(
    ratio: Ratio, draws: FloatArray | None, units: Units, paths: Paths, how: Intervals
) -> Estimate:
    above, below = (float(np.sum(part, dtype=np.float64)) for part in (ratio.above, ratio.below))
    value = above / below if below else None
    interval: Interval | None
    estimate = Estimate(
        metric=ratio.metric,
        value=value,
        low=None,
        high=None,
        level=how.level,
        n=ratio.n,
        method="nothing to divide by",
        split=paths.split,
        classes=paths.candidates,
        rank=ratio.rank,
        denominator=ratio.words,
        contender=paths.contender,
    )
    if value is None:
        return estimate
    if draws is None:
        interval, method = wilson(round(above), ratio.n, level=how.level), "Wilson"
    else:
        interval, method = _resampled(ratio, value, draws, units, how)
    low, high = interval or (None, None)
    return replace(estimate, low=low, high=high, method=method)


def _resampled(
    ratio: Ratio, value: float, draws: FloatArray, units: Units, how: Intervals
) -> tuple[Interval | None, str]:
    is_share = METRICS[ratio.metric].scale == "share"
    trials = ratio.n / len(ratio.below) if is_share else None
    interval, method = resampled_interval(value, draws, units, level=how.level, trials=trials)
    if interval is not None and is_share:
        interval = max(interval[0], 0.0), min(interval[1], 1.0)
    return interval, method
