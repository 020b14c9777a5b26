"""Which weight and temperature of a pool: the whole grid, the choice, and its plateau."""

import math
from dataclasses import dataclass

import numpy as np

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import DecisionError
from fieldmark.core.randomness import generator_for
from fieldmark.decision.weight_sweep import sweep_values, sweep_weights
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units, draw_weights
from fieldmark.predictions.fusion import sharpened
from fieldmark.predictions.shares import SMALLEST_PROBABILITY

#: By what a weight can be chosen: each is a mean over items.
CHOOSABLE = ("accuracy", "top_5_accuracy", "balanced_accuracy")
WEIGHTS = np.linspace(0, 1, 101)
TEMPERATURES = np.geomspace(0.25, 4, 9)
_TOP = 5
_NORMAL_975 = 1.96
_TAIL = 0.025


@dataclass(frozen=True, eq=False, slots=True)
class Sources:
    """Two sources on the same items.

    Attributes:
        first: float64 (n, k), probabilities of the first source.
        second: float64 (n, k), probabilities of the second, over the same classes.
        truth: int64 (n,), the column of each label.
    """

    first: FloatArray
    second: FloatArray
    truth: IntArray

    def rows(self, chosen: IntArray) -> "Sources":
        """Return the items in ``chosen``, in that order."""
        return Sources(self.first[chosen], self.second[chosen], self.truth[chosen])


@dataclass(frozen=True, eq=False, slots=True)
class SweepGrid:
    """Every metric at every weight and temperature.

    Attributes:
        weights: float64 (w,), share of the second source.
        temperatures: float64 (t,), what the second source was divided by.
        values: metric -> float64 (t, w).
        items: number of items.
    """

    weights: FloatArray
    temperatures: FloatArray
    values: dict[str, FloatArray]
    items: int


@dataclass(frozen=True, slots=True)
class SweepChoice:
    """One cell of the grid."""

    weight: float
    temperature: float
    value: float


@dataclass(frozen=True, slots=True)
class Plateau:
    """How far the weight could move without a difference that shows.

    Attributes:
        low: smallest weight that cannot be told from the chosen one, at 5 %.
        high: largest such weight.
        weight_low: lower end of the bootstrap interval of the best weight.
        weight_high: upper end.
        is_flat: whether no weight, not even the ends, can be told from the chosen one.
    """

    low: float
    high: float
    weight_low: float
    weight_high: float
    is_flat: bool


def sweep_grid(
    first: FloatArray,
    second: FloatArray,
    truth: IntArray,
    temperatures: FloatArray = TEMPERATURES,
    *,
    log: bool = False,
    weights: FloatArray = WEIGHTS,
) -> SweepGrid:
    """Return every metric of `weight_sweep.SWEEP_METRICS` over weights and temperatures.

    Args:
        first: float64 (n, k), probabilities of the first source.
        second: float64 (n, k), probabilities of the second source.
        truth: int array (n,), the column of each label.
        temperatures: float array (t,), above 0: what the second source is divided by.
        log: pool the logarithms instead of the probabilities.
        weights: float array (w,), rising from 0 to 1.

    Example:
        >>> grid = sweep_grid(np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]]), np.array([0]),
        ...     np.array([1.0]), weights=np.array([0.0, 0.5, 1.0]))
        >>> grid.values["accuracy"].tolist()
        [[1.0, 1.0, 0.0]]
    """
    rows: dict[str, list[FloatArray]] = {}
    for temperature in temperatures:
        lines = _lines(first, second, float(temperature), log=log)
        sweep = sweep_weights(*lines, truth, weights)
        for metric, values in sweep_values(sweep, truth, classes=first.shape[1]).items():
            rows.setdefault(metric, []).append(values)
    found = {metric: np.stack(values) for metric, values in rows.items()}
    return SweepGrid(weights, np.asarray(temperatures, np.float64), found, len(truth))


def choose_cell(grid: SweepGrid, metric: str) -> SweepChoice:
    """Return the best cell of the temperature nearest to 1 that is as good as any.

    A temperature is as good when its best value is within one standard error of the best of all,
    sqrt(v (1 - v) / n): small gains do not buy extreme probabilities. Of equal weights the one in
    the middle is taken.

    Source:
        Breiman et al. (1984), Classification and regression trees, for the rule of one standard
        error.

    Raises:
        DecisionError: the metric cannot choose a weight.
    """
    values = _values(grid, metric)
    best = values.max()
    error = math.sqrt(max(best * (1 - best), 0.0) / grid.items)
    rows = np.flatnonzero(values.max(axis=1) >= best - error)
    row = int(rows[np.abs(np.log(grid.temperatures[rows])).argmin()])
    columns = np.flatnonzero(values[row] == values[row].max())
    column = int(columns[len(columns) // 2])
    return SweepChoice(
        float(grid.weights[column]), float(grid.temperatures[row]), float(values[row, column])
    )


def choose_weight(
    sources: Sources, metric: str, temperatures: FloatArray = TEMPERATURES, *, log: bool = False
) -> SweepChoice:
    """Return what `choose_cell` takes from the whole grid of some items.

    Args:
        sources: the items to choose on.
        metric: what weights are chosen by.
        temperatures: float array (t,), what the second source may be divided by.
        log: pool the logarithms instead of the probabilities.

    Raises:
        DecisionError: the metric cannot choose a weight.
    """
    grid = sweep_grid(sources.first, sources.second, sources.truth, temperatures, log=log)
    return choose_cell(grid, metric)


def plateau_of(
    sources: Sources,
    chosen: SweepChoice,
    units: Units,
    *,
    metric: str,
    log: bool = False,
    resamples: int = 500,
) -> Plateau:
    """Return the plateau around a choice, at its temperature.

    A weight is on the plateau when its value differs from the chosen one's by at most 1.96 standard
    errors of the difference, item by item, or group by group. The interval of the best weight is a
    bootstrap's, at 95 %.

    Args:
        sources: the items that it was chosen on.
        chosen: what `choose_weight` gave.
        units: items, or groups that stay whole.
        metric: what it was chosen by.
        log: whether logarithms are pooled.
        resamples: number of draws for the interval of the weight.
    """
    lines = _lines(sources.first, sources.second, chosen.temperature, log=log)
    sweep = sweep_weights(*lines, sources.truth, WEIGHTS)
    classes = sources.first.shape[1]
    worth = contributions(sweep.places, sources.truth, metric, classes=classes)
    sums = np.stack([units.sums(column) for column in worth.T], axis=1)
    totals = sums.sum(axis=0)
    best = int(np.abs(WEIGHTS - chosen.weight).argmin())
    differences = sums[:, [best]] - sums
    # As in McNemar's test the spread is taken around no difference.
    near = totals[best] - totals <= _NORMAL_975 * np.sqrt((differences**2).sum(axis=0))
    winners = [
        WEIGHTS[(weights.T @ sums).argmax(axis=1)]
        for weights in draw_weights(units, resamples, generator_for("weight sweep", 0))
    ]
    low, high = np.quantile(np.concatenate(winners), [_TAIL, 1 - _TAIL])
    return Plateau(
        low=float(WEIGHTS[near].min()),
        high=float(WEIGHTS[near].max()),
        weight_low=min(float(low), chosen.weight),
        weight_high=max(float(high), chosen.weight),
        is_flat=bool(near.all()),
    )


def contributions(places: IntArray, truth: IntArray, metric: str, *, classes: int) -> FloatArray:
    """Return what each item adds to a metric, so that the metric is the mean: float64, as places.

    Args:
        places: int array (n,) or (n, w), 1-based place of the label.
        truth: int array (n,), the column of each label.
        metric: one of `CHOOSABLE`.
        classes: number of classes.

    Raises:
        DecisionError: the metric is no mean over items.
    """
    if metric not in CHOOSABLE:
        raise DecisionError(unknown_choice("metric to choose a weight by", metric, CHOOSABLE))
    if metric == "top_5_accuracy":
        return np.less_equal(places, _TOP).astype(np.float64)
    right: FloatArray = np.equal(places, 1).astype(np.float64)
    if metric == "accuracy":
        return right
    counts = np.bincount(truth, minlength=classes)
    share = len(truth) / (np.count_nonzero(counts) * counts[truth])
    right *= share[:, None] if places.ndim == 2 else share
    return right


def _values(grid: SweepGrid, metric: str) -> FloatArray:
    known = [name for name in CHOOSABLE if name in grid.values]
    if metric not in known:
        raise DecisionError(unknown_choice("metric to choose a weight by", metric, known))
    return grid.values[metric]


def _lines(
    first: FloatArray, second: FloatArray, temperature: float, *, log: bool
) -> tuple[FloatArray, FloatArray]:
    """Return what lies at the two ends of the weight, a straight line for each class."""
    if temperature != 1:
        second = sharpened(second, temperature)
    if not log:
        return first, second
    logs = [np.log(np.maximum(part, SMALLEST_PROBABILITY)) for part in (first, second)]
    return logs[0], logs[1]
