"""From what happened to each item to Estimates with exact or clustered intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.alike_units import resampled_sums
from fieldmark.evaluation.estimates import Estimate, Interval, clopper_pearson
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import FloatArray, Units, bootstrap_interval

#: The method of an exact interval.
EXACT = "Clopper-Pearson"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Reporting:
    """What all numbers of a report share.

    Attributes:
        units: what is drawn for an interval: items or lots.
        split: name of the part.
        classes: number of classes.
        contender: who made the predictions.
        level: coverage of the intervals.
        resamples: number of draws.
        seed: of the draws.
    """

    units: Units
    split: str
    classes: int
    contender: str
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """A weighted ratio of two sums over items: weight x sum(numerator) / sum(denominator)."""

    numerator: npt.NDArray[np.generic]
    denominator: npt.NDArray[np.bool_]
    weight: float = 1.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Measure:
    """One number to report: a sum of terms.

    Attributes:
        metric: identifier in the catalogue.
        terms: what is summed.
        denominator: what was divided by, in words.
        rank: rank that the number is about.
        independent: whether the counted items stand for independent units although items of a lot
            belong together, as one item for each lot does.
    """

    metric: str
    terms: tuple[Term, ...]
    denominator: str
    rank: str | None = None
    independent: bool = False

    @property
    def n(self) -> int:
        """Number of items that are counted."""
        return sum(int(term.denominator.sum()) for term in self.terms)

    @property
    def counted(self) -> tuple[int, int] | None:
        """Hits and items of a plain share; None for anything else."""
        term = self.terms[0]
        if len(self.terms) > 1 or term.weight != 1 or term.numerator.dtype != np.bool_:
            return None
        hits = term.denominator & term.numerator.astype(np.bool_)
        return int(hits.sum()), int(term.denominator.sum())


def share(
    metric: str,
    hits: npt.NDArray[np.bool_],
    among: npt.NDArray[np.bool_],
    *,
    denominator: str,
    rank: str | None = None,
) -> Measure:
    """Return the measure "share of ``among`` that are ``hits``", both bool arrays (n,)."""
    return Measure(metric=metric, terms=(Term(hits, among),), denominator=denominator, rank=rank)


def estimates_of(measures: Sequence[Measure], how: Reporting) -> tuple[Estimate, ...]:
    """Return an Estimate for each measure.

    A share of independent items gets the exact interval of Clopper and Pearson; everything else a
    bootstrap over items, or over whole lots where lots hold several items.

    Args:
        measures: what to report, all of the same items.
        how: what they share.
    """
    drawn = [measure for measure in measures if not _is_exact(measure, how)]
    of_drawn = iter(_draws(drawn, how) if drawn else ())
    return tuple(
        _estimate(measure, None if _is_exact(measure, how) else next(of_drawn), how)
        for measure in measures
    )


def _is_exact(measure: Measure, how: Reporting) -> bool:
    return measure.counted is not None and (measure.independent or not how.units.clustered)


def _draws(measures: Sequence[Measure], how: Reporting) -> FloatArray:
    """Return each measure in each resample, float64 (measures, resamples); NaN over nothing."""
    terms = [term for measure in measures for term in measure.terms]
    weights = np.array([term.weight for term in terms])[:, None]
    firsts = np.cumsum([0, *(len(measure.terms) for measure in measures[:-1])])

    def measures_of_sums(sums: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            found: FloatArray = np.add.reduceat(weights * (sums[::2] / sums[1::2]), firsts, axis=0)
        return found

    sums = [
        how.units.sums(part)
        for term in terms
        for part in (term.numerator * term.denominator, term.denominator)
    ]
    rng = generator_for("decision bootstrap", how.seed)
    return resampled_sums(measures_of_sums, sums, resamples=how.resamples, rng=rng)


def _estimate(measure: Measure, draws: FloatArray | None, how: Reporting) -> Estimate:
    value = _value(measure)
    interval, method = (None, "nothing to divide")
    if value is not None:
        interval, method = _interval(measure, value, draws, how)
    low, high = interval or (None, None)
    return Estimate(
        metric=measure.metric,
        value=value,
        low=low,
        high=high,
        level=how.level,
        n=measure.n,
        method=method,
        split=how.split,
        classes=how.classes,
        rank=measure.rank,
        denominator=measure.denominator,
        contender=how.contender,
    )


def _value(measure: Measure) -> float | None:
    total = 0.0
    for term in measure.terms:
        below = int(term.denominator.sum())
        if below == 0:
            return None
        total += term.weight * float((term.numerator * term.denominator).sum()) / below
    return total


def _interval(
    measure: Measure, value: float, draws: FloatArray | None, how: Reporting
) -> tuple[Interval | None, str]:
    if draws is None:
        hits, n = measure.counted or (0, 0)
        return clopper_pearson(hits, n, level=how.level), EXACT
    units = how.units
    interval = bootstrap_interval(value, draws, units=units.count, level=how.level)
    is_share = METRICS[measure.metric].scale == "share"
    if interval is not None and interval[0] < interval[1]:
        kind = f"cluster bootstrap by lot ({units.in_words})" if units.clustered else "bootstrap"
        within = (max(interval[0], 0.0), min(interval[1], 1.0)) if is_share else interval
        return within, f"{kind}, {how.resamples:,} resamples, seed {how.seed}"
    if not is_share:
        return None, f"no interval: no variation over {units.in_words}"
    held = _units_with(measure, units)
    low, high = clopper_pearson(math.floor(value * held), held, level=how.level)
    method = f"Clopper-Pearson over {held:,} lots or items, since no resample differs"
    return (min(low, value), max(high, value)), method


def _units_with(measure: Measure, units: Units) -> int:
    """Return the number of units that hold a counted item."""
    counted = np.any([term.denominator for term in measure.terms], axis=0)
    return int(np.count_nonzero(units.sums(counted)))
