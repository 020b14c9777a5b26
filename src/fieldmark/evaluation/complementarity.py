"""Whether two contenders err on different items, before anybody mixes them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.estimates import wilson
from fieldmark.evaluation.resampling import (
    FloatArray,
    IntArray,
    Statistic,
    Units,
    bootstrap_interval,
    resampled,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share or coefficient with its interval.

    Attributes:
        value: the number; None when it is not defined.
        low: lower end of the interval; None when there is none.
        high: upper end of the interval.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complementarity:
    """What two contenders get right together and apart.

    Attributes:
        first: name of the first contender.
        second: name of the second contender.
        n: number of items.
        groups: number of groups that were resampled; None for independent items.
        both_right: share of items that both have right.
        only_first: share that only the first has right.
        only_second: share that only the second has right.
        both_wrong: share that both have wrong, the double fault.
        oracle: share that at least one has right: no choice between the two can do better.
        oracle_gain: oracle minus the better of the two.
        agreement_kappa: Cohen's kappa of the answers; 1 when they always give the same.
        error_kappa: Cohen's kappa of being right; 0 when errors are independent.
        method: how the intervals were made.
    """

    first: str
    second: str
    n: int
    groups: int | None
    both_right: Share
    only_first: Share
    only_second: Share
    both_wrong: Share
    oracle: Share
    oracle_gain: Share
    agreement_kappa: Share
    error_kappa: Share
    method: str

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """Return what it says in one sentence."""
        oracle, gain = self.oracle.value or 0.0, self.oracle_gain.value or 0.0
        return (
            f"At least one of {self.first} and {self.second} is right on {100 * oracle:.2f} % of"
            f" {count_of(self.n, 'item')}, {100 * gain:.2f} points more than the better of them;"
            f" both are wrong on {100 * (self.both_wrong.value or 0.0):.2f} %."
        )


def complementarity(
    names: tuple[str, str],
    answers: tuple[IntArray, IntArray],
    right: tuple[BoolArray, BoolArray],
    units: Units,
    *,
    level: float = 0.95,
    resamples: int = 1000,
) -> Complementarity:
    """Return how far two contenders complement each other.

    Shares of independent items get Wilson's interval; kappas, the gain and whatever is clustered
    by group a bootstrap over items or groups. A kappa is not defined where chance alone agrees
    always.

    Args:
        names: of the two contenders.
        answers: int arrays (n,), the classes that they answered, coded alike.
        right: bool arrays (n,), whether that was right.
        units: items, or groups that stay whole.
        level: coverage of the intervals, in (0, 1).
        resamples: number of draws.

    Source:
        Kuncheva and Whitaker (2003), Measures of diversity in classifier ensembles, Machine
        Learning 51; Cohen (1960) for kappa.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> one, two = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0])
        >>> truth = np.array([0, 0, 1, 1])
        >>> found = complementarity(("a", "b"), (one, two), (one == truth, two == truth),
        ...     units_of(None, n=4))
        >>> found.oracle.value, found.only_first.value, found.agreement_kappa.value
        (1.0, 0.5, 0.0)
    """
    a, b = right
    cells = {
        "both_right": a & b,
        "only_first": a & ~b,
        "only_second": ~a & b,
        "both_wrong": ~a & ~b,
        "oracle": a | b,
    }
    statistics = {name: _share(values, units) for name, values in cells.items()} | {
        "oracle_gain": _gain(a, b, units),
        "agreement_kappa": _kappa(answers[0], answers[1], units),
        "error_kappa": _kappa(a.astype(np.int64), b.astype(np.int64), units),
    }
    found = _resampled(statistics, units, resamples=resamples, level=level)
    if not units.clustered:
        for name, values in cells.items():
            low, high = wilson(int(values.sum()), len(a), level=level)
            found[name] = Share(value=float(values.mean()), low=low, high=high)
    return Complementarity(
        first=names[0],
        second=names[1],
        n=len(a),
        groups=units.count if units.clustered else None,
        method="bootstrap over groups"
        if units.clustered
        else "Wilson for shares, otherwise a bootstrap over items",
        **found,
    )


def _resampled(
    statistics: Mapping[str, Statistic], units: Units, *, resamples: int, level: float
) -> dict[str, Share]:
    """Return each statistic with its bootstrap interval."""

    def stacked(weights: FloatArray) -> FloatArray:
        return np.stack([statistic(weights) for statistic in statistics.values()])

    rng = generator_for("complementarity", 0)
    draws = resampled(stacked, units, resamples=resamples, rng=rng)
    values = stacked(np.ones((units.count, 1)))[:, 0]
    found = {}
    for name, value, of_draws in zip(statistics, values, draws, strict=True):
        if not np.isfinite(value):
            found[name] = Share(value=None, low=None, high=None)
            continue
        interval = bootstrap_interval(float(value), of_draws, units=units.count, level=level)
        low, high = interval or (None, None)
        found[name] = Share(value=float(value), low=low, high=high)
    return found


def _share(values: BoolArray, units: Units) -> Statistic:
    sums, sizes = units.sums(values), units.sums(np.ones(len(values)))
    return lambda weights: (sums @ weights) / (sizes @ weights)


def _gain(a: BoolArray, b: BoolArray, units: Units) -> Statistic:
    oracle, first, second = (_share(values, units) for values in (a | b, a, b))
    return lambda weights: oracle(weights) - np.maximum(first(weights), second(weights))


def _kappa(first: IntArray, second: IntArray, units: Units) -> Statistic:
    """Return Cohen's kappa of two codings as a statistic."""
    width = int(max(first.max(), second.max())) + 1
    agree = _share(np.equal(first, second), units)

    def kappa(weights: FloatArray) -> FloatArray:
        by_item = weights[units.codes]
        chance = np.empty(weights.shape[1])
        for draw in range(weights.shape[1]):
            total = by_item[:, draw].sum()
            of_first = np.bincount(first, by_item[:, draw], width) / total
            of_second = np.bincount(second, by_item[:, draw], width) / total
            chance[draw] = of_first @ of_second
        observed = agree(weights)
        undefined = np.full_like(observed, np.nan)
        return np.divide(observed - chance, 1 - chance, out=undefined, where=chance < 1)

    return kappa
