"""Means over items: tested by McNemar's exact test where it fits, else by sign flips."""

from collections.abc import Sequence

import numpy as np

from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval, needed_items
from fieldmark.comparison.paired_tests import PairedDifference, needed_units
from fieldmark.comparison.sign_flips import paired_difference
from fieldmark.comparison.trial import Measured, Trial
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.resampling import FloatArray, Units


def mean_difference(a: Sequence[ItemMetric], b: Sequence[ItemMetric], trial: Trial) -> Measured:
    """Return the difference of means over the same items: McNemar where it fits, else sign flips.

    Args:
        a: values of the first contender, one for each seed.
        b: values of the second; all count the same items.
        trial: on what and how.

    Raises:
        NotComparableError: no item is counted, or McNemar's test is asked for and does not fit.
    """
    units = counted_units(trial.units, a[0])
    of_a, of_b = _mean_values(a), _mean_values(b)
    is_single = len(a) == len(b) == 1 and a[0].values.dtype == np.bool_
    discordant = (int(np.sum(of_a > of_b)), int(np.sum(of_a < of_b))) if is_single else None
    fits = discordant is not None and not units.clustered
    if trial.test == "mcnemar" and not fits:
        raise trial.misfit(
            "is no share of independent items with one seed a side", instead="sign-flips"
        )
    n = len(of_a)
    if discordant is not None and fits and trial.test != "sign-flips":
        paired, needed = _mcnemar(discordant, n, trial.level)
    else:
        paired = paired_difference(
            of_a,
            of_b,
            units,
            resamples=trial.resamples,
            seed=trial.seed,
            level=trial.level,
            limit=trial.limit,
        )
        needed = needed_units(n, paired, level=trial.level)
    return Measured(
        a_value=float(of_a.mean()),
        b_value=float(of_b.mean()),
        paired=paired,
        discordant=discordant,
        needed_n=needed,
    )


def counted_units(units: Units, column: ItemMetric) -> Units:
    """Return the units of the items that a metric counts.

    Raises:
        NotComparableError: it counts none.
    """
    if column.counted is None:
        return units
    codes, inside = np.unique(units.codes[column.counted], return_inverse=True)
    if not len(codes):
        raise NotComparableError(
            f"{column.metric} counts no item here: it is over {column.denominator}. Compare on"
            " accuracy."
        )
    return Units(inside.astype(np.int64), len(codes), len(codes) < len(inside))


def _mean_values(side: Sequence[ItemMetric]) -> FloatArray:
    """Return the mean over seeds of each counted item, float64 (n,)."""
    columns = [
        np.asarray(one.values if one.counted is None else one.values[one.counted], np.float64)
        for one in side
    ]
    total: FloatArray = np.add.reduce(columns)
    return total / len(columns)


def _mcnemar(
    discordant: tuple[int, int], n: int, level: float
) -> tuple[PairedDifference, int | None]:
    only_a, only_b = discordant
    low, high = mcnemar_interval(only_a, only_b, n, level=level)
    difference, share = (only_a - only_b) / n, (only_a + only_b) / n
    paired = PairedDifference(
        difference=difference,
        low=low,
        high=high,
        p_value=mcnemar_exact(only_a, only_b),
        standard_error=float(np.sqrt(max(0.0, share - difference**2) / n)),
        test="exact McNemar",
    )
    return paired, needed_items(share, difference, level=level)
