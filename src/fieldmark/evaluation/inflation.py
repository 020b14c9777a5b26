"""What twins of training images do to accuracy: the same predictions with them and without them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.answers import BoolArray, leaf_answers
from fieldmark.evaluation.estimates import Estimate, wilson
from fieldmark.evaluation.resampling import (
    FloatArray,
    Statistic,
    Units,
    bootstrap_interval,
    resampled,
    units_of,
)
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflation:
    """Accuracy with and without the twins of training images, on the same predictions.

    Attributes:
        with_twins: over all items.
        without_twins: over the items that have no twin; without a value when there are none.
        twins: how many items have a twin in training.
        difference: with minus without, of shares; None when either is not defined.
        low: lower end of its interval; None when there is none.
        high: upper end of its interval.
        level: coverage that the interval aims at.
        method: how the interval was made, in words.
    """

    with_twins: Estimate
    without_twins: Estimate
    twins: int
    difference: float | None
    low: float | None
    high: float | None
    level: float
    method: str

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return {
            "with_twins": self.with_twins.to_dict(),
            "without_twins": self.without_twins.to_dict(),
            "twins": self.twins,
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "method": self.method,
        }

    def sentence(self) -> str:
        """Return what the twins do, in one sentence."""
        n = self.with_twins.n
        share = f"{self.twins:,} of {count_of(n, 'evaluated item')} have a twin in training"
        if self.twins == 0:
            return f"{share}: they inflate nothing. Accuracy {self.with_twins}."
        if self.difference is None:
            return f"{share}: without them nothing is left to evaluate."
        interval = (
            "no interval"
            if self.low is None or self.high is None
            else f"{100 * self.level:g} % interval {100 * self.low:+.2f} to {100 * self.high:+.2f}"
        )
        return (
            f"{share}. Accuracy with them {self.with_twins.value_text()}, without them "
            f"{self.without_twins.value_text()}: {100 * self.difference:+.2f} points ({interval}, "
            f"{self.method})."
        )


def inflation_by(
    predictions: Predictions,
    twins: Collection[str],
    *,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Inflation:
    """Return how much items that have a twin in training change the accuracy.

    The items without a twin are a part of all items, so both shares come from the same draws of
    items, or of groups where items have groups.

    Args:
        predictions: the table.
        twins: ids of its items that have a twin in training.
        resamples: number of bootstrap draws, at least 1.
        seed: of the draws.
        level: coverage that the intervals aim at, in (0, 1).

    Raises:
        PredictionsError: a twin is no item, or a setting is out of range.
    """
    ids = predictions.ids.to_list()
    strangers = sorted(set(twins) - set(ids))
    if strangers:
        raise PredictionsError(
            f"Expected twins among the {len(ids):,} items of the predictions; "
            f"{count_of(len(strangers), 'id')} are not (first: '{strangers[0]}')."
        )
    right = leaf_answers(predictions, summarise(predictions)).right
    marked = set(twins)
    kept = np.array([id_ not in marked for id_ in ids])
    units = units_of(predictions.groups, n=predictions.n)
    statistic = _shares(right, kept, units)
    values = statistic(np.ones((units.count, 1)))[:, 0]
    rng = generator_for("inflation", seed)
    draws = resampled(statistic, units, resamples=resamples, rng=rng)
    method = f"bootstrap over {units.in_words}, {resamples:,} draws"
    shares = [
        _estimate(predictions, right[rows], units, value, of, level=level, method=method)
        for rows, value, of in (
            (np.ones_like(kept), values[0], draws[0]),
            (kept, values[1], draws[1]),
        )
    ]
    defined = bool(np.isfinite(values[2]))
    interval = (
        bootstrap_interval(values[2], draws[2], units=units.count, level=level) if defined else None
    )
    low, high = (float(end) for end in interval) if interval else (None, None)
    return Inflation(
        with_twins=shares[0],
        without_twins=shares[1],
        twins=len(marked),
        difference=float(values[2]) if defined else None,
        low=low,
        high=high,
        level=level,
        method=method,
    )


def _shares(right: BoolArray, kept: BoolArray, units: Units) -> Statistic:
    """Return the statistic: share over all, share over those kept, and their difference."""
    hits = np.stack([units.sums(right), units.sums(right & kept)])
    sizes = np.stack([units.sums(np.ones_like(right)), units.sums(kept)])

    def shares(weights: FloatArray) -> FloatArray:
        tops, bottoms = hits @ weights, sizes @ weights
        both = np.divide(tops, bottoms, out=np.full(tops.shape, np.nan), where=bottoms > 0)
        return np.concatenate([both, both[:1] - both[1:]])

    return shares


def _estimate(
    predictions: Predictions,
    right: BoolArray,
    units: Units,
    value: float,
    draws: FloatArray,
    *,
    level: float,
    method: str,
) -> Estimate:
    n = len(right)
    interval = None
    if n and units.clustered:
        interval = bootstrap_interval(value, draws, units=units.count, level=level)
    elif n:
        interval = wilson(int(right.sum()), n, level=level)
    low, high = interval or (None, None)
    return Estimate(
        metric="accuracy",
        value=float(value) if n else None,
        low=low,
        high=high,
        n=n,
        method=method if units.clustered else "Wilson",
        split=predictions.header.split,
        classes=len(predictions.label_space),
        denominator=count_of(n, "item"),
        level=level,
        contender=predictions.header.contender,
    )
