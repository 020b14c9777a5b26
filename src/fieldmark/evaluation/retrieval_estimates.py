"""From what is measured of ranked queries to Estimates: one set of draws for all of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.estimates import Estimate, Interval, clopper_pearson, wilson
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import (
    FloatArray,
    Statistic,
    Units,
    bootstrap_interval,
    resampled,
    units_of,
)
from fieldmark.evaluation.retrieval_quantities import Pooled, Ratio
from fieldmark.predictions.rankings import Rankings

CLUSTERS = ("group", "identity")
FEWEST_UNITS = 5
_NO_WIDTH = 1e-12

Quantity = Ratio | Pooled


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Drawing:
    """What is drawn to make intervals, and what all numbers of an evaluation share.

    Attributes:
        units: which queries are drawn together.
        unit: what a unit is: "group", "identity" or "query".
        contender: who made the similarities.
        split: part of the split that the queries come from.
        candidates: number of identities of the gallery.
        level: coverage aimed at, in (0, 1).
        resamples: number of draws, at least 1.
        seed: of the draws.
    """

    units: Units
    unit: str
    contender: str
    split: str
    candidates: int
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0

    @property
    def in_words(self) -> str:
        """How many units are drawn: "335 groups"."""
        return self.in_words_of(self.units.count)

    def in_words_of(self, number: int) -> str:
        """Return a number of units in words."""
        plural = {"identity": "identities", "query": "queries"}.get(self.unit)
        return count_of(number, self.unit, plural)


def units_of_queries(rankings: Rankings, cluster: str | None) -> tuple[Units, str]:
    """Return which queries are drawn together, and what such a unit is.

    Photos of one individual are right or wrong together, and so are look-alikes of one group; so
    None takes the groups where there are at least two, and else the identities.

    Args:
        rankings: the queries.
        cluster: "group", "identity" or None.

    Raises:
        PredictionsError: the cluster is neither, or the queries have no groups.
    """
    if cluster not in (*CLUSTERS, None):
        raise PredictionsError(
            f"Expected the cluster to be {' or '.join(CLUSTERS)}; got '{cluster}'."
        )
    has_groups = "group" in rankings.queries.columns
    if cluster == "group" and not has_groups:
        raise PredictionsError(
            "Expected a column 'group' in the queries, to draw groups; there is none. Draw "
            "identities, or add the groups."
        )
    several = has_groups and rankings.queries["group"].n_unique() > 1
    column = cluster or ("group" if several else "identity")
    units = units_of(rankings.queries[column].to_list(), n=rankings.n)
    return units, column if units.clustered else "query"


def estimates_of(quantities: Sequence[Quantity], drawing: Drawing) -> tuple[Estimate, ...]:
    """Return one Estimate for each quantity, in their order, from the same draws.

    A plain share of independent queries gets Wilson's interval, all else a bootstrap over units; a
    share that no draw changes gets Clopper and Pearson's interval over the number of units. What
    rests on fewer than five groups or identities gets no interval, since that few cannot show how
    far such units differ.

    Args:
        quantities: what is measured; may be empty.
        drawing: what is drawn, and how often.

    Raises:
        PredictionsError: the number of resamples is below 1, or the level is no coverage.
    """
    if not quantities:
        return ()
    ratios = [place for place, one in enumerate(quantities) if isinstance(one, Ratio)]
    pooled = [place for place, one in enumerate(quantities) if isinstance(one, Pooled)]
    statistic = _statistic(quantities, drawing.units)
    rng = generator_for("bootstrap", drawing.seed)
    draws = resampled(statistic, drawing.units, resamples=drawing.resamples, rng=rng)
    values = statistic(np.ones((drawing.units.count, 1)))[:, 0]
    row_of = {place: row for row, place in enumerate((*ratios, *pooled))}
    return tuple(
        _estimate(quantity, float(values[row_of[place]]), draws[row_of[place]], drawing)
        for place, quantity in enumerate(quantities)
    )


def _statistic(quantities: Sequence[Quantity], units: Units) -> Statistic:
    """Return all values as one statistic: those of the ratios first."""
    ratios = [one for one in quantities if isinstance(one, Ratio)]
    pooled = [one for one in quantities if isinstance(one, Pooled)]
    sums = [
        np.array([units.sums(values) for values in side]).reshape(len(ratios), units.count)
        for side in ([one.top for one in ratios], [one.bottom for one in ratios])
    ]

    def values(weights: FloatArray) -> FloatArray:
        top, bottom = (side @ weights for side in sums)
        shares = np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
        return np.concatenate([shares, *(one.statistic(weights) for one in pooled)])

    return values


def _estimate(quantity: Quantity, value: float, draws: FloatArray, drawing: Drawing) -> Estimate:
    reason = _why_undefined(quantity, value)
    interval, method = (None, reason) if reason else _interval(quantity, value, draws, drawing)
    low, high = interval or (None, None)
    return Estimate(
        metric=quantity.metric,
        value=None if reason else value,
        low=low,
        high=high,
        level=drawing.level,
        n=quantity.n,
        method=method,
        split=drawing.split,
        classes=drawing.candidates,
        denominator=quantity.denominator,
        contender=drawing.contender,
    )


def _why_undefined(quantity: Quantity, value: float) -> str:
    if quantity.unknown:
        queries = count_of(quantity.unknown, "query ends", "queries end")
        return f"not known: the lists of {queries} before the right photo"
    if not math.isfinite(value):
        return "nothing to divide"
    if isinstance(quantity, Pooled) and value in quantity.ends:
        return "not defined: all answers are right, or all wrong"
    return ""


def _interval(
    quantity: Quantity, value: float, draws: FloatArray, drawing: Drawing
) -> tuple[Interval | None, str]:
    successes = quantity.successes if isinstance(quantity, Ratio) else None
    if successes is not None and not drawing.units.clustered:
        return wilson(successes, quantity.n, level=drawing.level), "Wilson"
    units = len(np.unique(drawing.units.codes[quantity.counted]))
    over = drawing.in_words_of(units)
    if drawing.units.clustered and units < FEWEST_UNITS:
        return None, f"no interval: only {over}"
    interval = bootstrap_interval(value, draws, units=units, level=drawing.level)
    is_share = METRICS[quantity.metric].scale == "share"
    if interval is not None and interval[1] - interval[0] > _NO_WIDTH:
        low, high = interval
        kind = f"cluster bootstrap by {drawing.unit}" if drawing.units.clustered else "bootstrap"
        method = f"{kind} ({over}), {drawing.resamples:,} resamples"
        ends = (max(low, 0.0), min(high, 1.0)) if is_share else interval
        return ends, f"{method}, seed {drawing.seed}"
    if not is_share or (successes is None and value not in (0.0, 1.0)):
        return None, f"no interval: no variation over {over}"
    low, high = clopper_pearson(round(value * units), units, level=drawing.level)
    method = f"Clopper-Pearson over {over}, since no resample differs"
    return (min(low, value), max(high, value)), method
