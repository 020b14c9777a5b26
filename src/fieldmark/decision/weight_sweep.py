"""Every weight of a pool of two sources at once.

Along the weight each class's pooled score is a straight line, so that it need not be computed at
every weight: the truth changes its place only where its line crosses another, and the answer
changes only along the upper envelope of the lines. All weights together cost little more than one.
"""

from dataclasses import dataclass

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray

SWEEP_METRICS = ("accuracy", "top_5_accuracy", "balanced_accuracy", "macro_f1")
_TOP = 5
_BLOCK_ENTRIES = 1 << 19


@dataclass(frozen=True, eq=False, slots=True)
class WeightSweep:
    """What every weight would give.

    Attributes:
        weights: float64 (w,), rising from 0 to 1: the share of the second source.
        places: int64 (n, w), 1-based place of the label; of equal scores the class that comes
            first wins.
        answers: int64 (n, w), the best class.
    """

    weights: FloatArray
    places: IntArray
    answers: IntArray


def sweep_weights(
    first: FloatArray, second: FloatArray, truth: IntArray, weights: FloatArray
) -> WeightSweep:
    """Return the place of the label and the answer at every weight.

    The pooled score of a class is (1 - w) first + w second: pass probabilities for the linear
    pool, their logarithms for the log-linear one.

    Args:
        first: float array (n, k), finite scores of the first source.
        second: float array (n, k), finite scores of the second source.
        truth: int array (n,), the column of each label.
        weights: float array (w,), rising, from 0 to 1.

    Raises:
        PredictionsError: the shapes differ, or the weights do not rise within [0, 1].

    Example:
        >>> sweep = sweep_weights(np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]]), np.array([0]),
        ...     np.array([0.0, 0.5, 1.0]))
        >>> sweep.places.tolist(), sweep.answers.tolist()
        ([[1, 1, 2]], [[0, 0, 1]])
    """
    grid = np.asarray(weights, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 2 or len(first) != len(truth):
        raise PredictionsError(
            "Expected two sources over the same items and classes with a label each; got shapes"
            f" {first.shape}, {second.shape} and {truth.shape}."
        )
    if not len(grid) or grid[0] < 0 or grid[-1] > 1 or (np.diff(grid) <= 0).any():
        raise PredictionsError("Expected weights that rise from 0 to 1.")
    places = np.empty((len(first), len(grid)), dtype=np.int64)
    answers = np.empty_like(places)
    step = max(1, _BLOCK_ENTRIES // first.shape[1])
    for start in range(0, len(first), step):
        rows = slice(start, start + step)
        a, b = (np.asarray(source[rows], dtype=np.float64) for source in (first, second))
        places[rows] = _places(a, b, truth[rows], grid)
        answers[rows] = _answers(a, b, grid)
    return WeightSweep(grid, places, answers)


def sweep_values(sweep: WeightSweep, truth: IntArray, *, classes: int) -> dict[str, FloatArray]:
    """Return each metric of `SWEEP_METRICS` at every weight: float64 arrays (w,).

    Averages over classes are over the classes that occur among the labels. The top-5 accuracy is
    left out with fewer than six classes.

    Args:
        sweep: what `sweep_weights` gave.
        truth: int array (n,), the column of each label.
        classes: number of classes.
    """
    width = len(sweep.weights)
    right = sweep.places == 1
    labelled = np.bincount(truth, minlength=classes).astype(np.float64)
    column = np.arange(width)
    flat = (sweep.answers * width + column).ravel()
    predicted = np.bincount(flat, minlength=classes * width).reshape(classes, width)
    hits = (truth[:, None] * width + column)[right]
    true = np.bincount(hits, minlength=classes * width).reshape(classes, width)
    present = labelled > 0
    recall = true[present] / labelled[present, None]
    f1 = 2 * true[present] / (predicted[present] + labelled[present, None])
    values = {
        "accuracy": right.mean(axis=0),
        "top_5_accuracy": (sweep.places <= _TOP).mean(axis=0),
        "balanced_accuracy": recall.mean(axis=0),
        "macro_f1": f1.mean(axis=0),
    }
    if classes <= _TOP:
        del values["top_5_accuracy"]
    return values


def _places(a: FloatArray, b: FloatArray, truth: IntArray, grid: FloatArray) -> IntArray:
    """Count at every weight the classes whose line lies above that of the label."""
    rows, width = np.arange(len(a)), len(grid)
    lead_a = a[rows, truth][:, None] - a
    lead_b = b[rows, truth][:, None] - b
    is_before = np.arange(a.shape[1]) < truth[:, None]
    always = (lead_a < 0) & (lead_b < 0) | (lead_a == 0) & (lead_b == 0) & is_before
    changes = np.zeros((len(a), width + 1), dtype=np.int64)
    changes[:, 0] = always.sum(axis=1)
    falls = (lead_a >= 0) & (lead_b <= 0) & (lead_a > lead_b)
    rises = (lead_a <= 0) & (lead_b >= 0) & (lead_a < lead_b)
    for crossing, sign in ((falls, 1), (rises, -1)):
        item, column = np.nonzero(crossing)
        at = lead_a[item, column] / (lead_a[item, column] - lead_b[item, column])
        wins_ties = is_before[item, column]
        # A class before the label wins at the crossing itself, one behind it only beyond.
        side_left, side_right = (np.searchsorted(grid, at, side=side) for side in ("left", "right"))
        place = np.where(wins_ties == (sign > 0), side_left, side_right)
        tally = np.bincount(item * (width + 1) + place, minlength=changes.size)
        changes += sign * tally.reshape(changes.shape)
        if sign < 0:
            changes[:, 0] += np.bincount(item, minlength=len(a))
    return 1 + np.cumsum(changes[:, :width], axis=1)


def _answers(a: FloatArray, b: FloatArray, grid: FloatArray) -> IntArray:
    """Walk along the upper envelope: from the best class at the first weight to the next best."""
    slope = b - a
    start = a + grid[0] * slope
    answers = np.empty((len(a), len(grid)), dtype=np.int64)
    active = np.arange(len(a))
    best = start.argmax(axis=1)
    filled = np.zeros(len(a), dtype=np.int64)
    while len(active):
        rows = np.arange(len(active))
        a_now, slope_now = a[active], slope[active]
        steeper = slope_now - slope_now[rows, best][:, None]
        behind = a_now[rows, best][:, None] - a_now
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = np.where(steeper > 0, behind / steeper, np.inf)
        np.maximum(crossing, grid[0], out=crossing)
        nearest = crossing.min(axis=1)
        tied = crossing == nearest[:, None]
        until = np.maximum(np.searchsorted(grid, nearest, side="right"), filled)
        _fill(answers, active, best, filled, until)
        _settle_ties(answers, active, np.minimum(best, tied.argmax(axis=1)), nearest, grid)
        steepest = np.where(tied, slope_now, -np.inf).argmax(axis=1)
        goes_on = until < len(grid)
        active, best, filled = active[goes_on], steepest[goes_on], until[goes_on]
    return answers


def _settle_ties(
    answers: IntArray, items: IntArray, winners: IntArray, nearest: FloatArray, grid: FloatArray
) -> None:
    """Where lines cross at a weight of the grid, the class that comes first is the answer."""
    place = np.minimum(np.searchsorted(grid, nearest), len(grid) - 1)
    hit = np.flatnonzero(grid[place] == nearest)
    answers[items[hit], place[hit]] = winners[hit]


def _fill(
    answers: IntArray, items: IntArray, best: IntArray, start: IntArray, end: IntArray
) -> None:
    lengths = end - start
    total = int(lengths.sum())
    offsets = np.cumsum(lengths) - lengths
    within = np.arange(total) - np.repeat(offsets, lengths)
    answers[np.repeat(items, lengths), np.repeat(start, lengths) + within] = np.repeat(
        best, lengths
    )
