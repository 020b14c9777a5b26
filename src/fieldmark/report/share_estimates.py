"""Shares of some of the items of a table, as estimates with intervals."""

from dataclasses import dataclass

import numpy as np

from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.estimates import Estimate, wilson
from fieldmark.evaluation.intervals import resampled_interval
from fieldmark.evaluation.resampling import FloatArray, Units, draw_part, units_of
from fieldmark.predictions.table import Predictions

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class ShareEstimates:
    """Makes estimates of shares of some of the items of a table.

    Attributes:
        predictions: the table.
        units: what is resampled where items have groups.
        level: coverage of the intervals, in (0, 1).
        seed: of the draws.
    """

    predictions: Predictions
    units: Units
    level: float
    seed: int

    def estimate(self, metric: str, hits: BoolArray, of: BoolArray, *, words: str) -> Estimate:
        """Return the share of the items ``of`` that are hits, with its interval."""
        n, found = int(of.sum()), int((hits & of).sum())
        value = found / n if n else None
        interval, method = self._interval(hits & of, of)
        return Estimate(
            metric=metric,
            value=value,
            low=None if interval is None else interval[0],
            high=None if interval is None else interval[1],
            n=n,
            method=method,
            split=self.predictions.header.split,
            classes=len(self.predictions.label_space),
            denominator=words.format(n=f"{n:,}"),
            level=self.level,
            contender=self.predictions.header.contender,
        )

    def _interval(self, hits: BoolArray, of: BoolArray) -> tuple[tuple[float, float] | None, str]:
        n, found = int(of.sum()), int(hits.sum())
        if not n:
            return None, "no image"
        if not self.units.clustered:
            return wilson(found, n, level=self.level), "Wilson"
        involved = units_of(map(str, self.units.codes[of]), n=n)
        parts = np.stack([involved.sums(hits[of]), involved.sums(np.ones(n))])
        rng = np.random.default_rng(self.seed)
        draws = np.concatenate(
            [
                _shares(*(parts @ weights))
                for weights in draw_part(self.units, involved.count, _RESAMPLES, rng)
            ]
        )
        interval, method = resampled_interval(
            found / n, draws, involved, level=self.level, trials=1.0
        )
        if interval is None:
            return None, method
        return (max(interval[0], 0.0), min(interval[1], 1.0)), method


def _shares(found: FloatArray, total: FloatArray) -> FloatArray:
    none: FloatArray = np.full(len(total), np.nan)
    return np.divide(found, total, out=none, where=total > 0)
