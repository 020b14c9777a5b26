"""Conformal risk control: a threshold whose expected loss stays below a limit (E12b).

The promise is weaker than that of a Neyman-Pearson threshold: it holds on average over draws of the
fit part. For the one part at hand the loss may well lie above the limit.
"""

import math

import numpy as np

from fieldmark.core.errors import DecisionError
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.order_statistics import require_share
from fieldmark.decision.positives import PositiveScores
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.resampling import FloatArray, Units

SOURCE = "Angelopoulos et al. (2024), Conformal risk control, ICLR (E12b)"


def lowest_controlled(
    critical: FloatArray, weights: FloatArray, *, units: int, limit: float
) -> float | None:
    """Return the lowest setting whose expected loss stays below a limit.

    An item is lost as long as the setting is below its critical value; the loss of a unit is the
    sum of the weights of its lost items, at most 1. The loss must not rise with the setting: that
    is what a critical value for each item says.

    Args:
        critical: float array (n,); -inf for an item that is never lost.
        weights: float array (n,), at least 0; those of one unit sum to at most 1.
        units: number of exchangeable units, at least 1.
        limit: of the expected loss of a new unit, in (0, 1).

    Returns:
        The setting: -inf when nothing need be held back; None when even a setting above all
        critical values is too little evidence, since units are fewer than 1 / limit - 1.

    Source:
        Methods E12b: the infimum of all settings with n/(n+1) R(setting) + B/(n+1) <= limit, B = 1.

    Example:
        >>> lowest_controlled(np.arange(10.0), np.ones(10), units=10, limit=0.2)
        8.0
    """
    require_share(limit, "limit")
    allowance = limit * (units + 1) - 1
    if allowance < -1e-12:
        return None
    values, place = np.unique(critical, return_inverse=True)
    mass = np.bincount(place, weights, len(values))
    # Loss at each critical value: the weight of all items with a higher one.
    above = mass.sum() - np.cumsum(mass)
    if mass.sum() <= allowance + 1e-9:
        return -math.inf
    return float(values[np.flatnonzero(above <= allowance + 1e-9)[0]])


def control_missed(evidence: PositiveScores, *, limit: float) -> OperatingPoint:
    """Return the highest threshold at which the expected miss rate stays below a limit.

    Where lots hold several items, the loss of a lot is the share of its positives that are let
    pass, and the expectation is over lots.

    Args:
        evidence: scores of held-out items, exchangeable with the new ones.
        limit: of the expected share of positives that are let pass, in (0, 1).

    Raises:
        DecisionError: there are too few positives or lots for any threshold.

    Source:
        Angelopoulos et al. (2024), Conformal risk control; methods E12b.
    """
    weights, units = unit_weights(evidence.positive, evidence.lots)
    scores = evidence.score[evidence.positive]
    setting = lowest_controlled(-scores, weights, units=units, limit=limit) if units else None
    if setting is None:
        raise too_few_for_expectation(units, limit, "lots" if evidence.lots.clustered else "items")
    over = "lots, of the share of a lot's positives" if evidence.lots.clustered else "positives"
    return OperatingPoint(
        name="pass below",
        rule="risk-control",
        source=SOURCE,
        acts_on=evidence.acts_on,
        threshold=float(np.nextafter(1.0, 2.0)) if setting == -math.inf else -setting,
        promise=expectation_promise(
            f"at most {100 * limit:g} % of new positives are let pass (mean over {over})",
            evidence.part,
        ),
        limit=limit,
        confidence=None,
        violation=None,
        fitted_on=evidence.fitted_on(units),
    )


def unit_weights(mine: BoolArray, lots: Units) -> tuple[FloatArray, int]:
    """Return the weight of each counted item, so that those of a lot sum to 1, and how many lots.

    Args:
        mine: bool array (n,), which items count.
        lots: which lot each item belongs to.
    """
    codes = lots.codes[mine]
    _, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return 1.0 / counts[place], len(counts)


def expectation_promise(what: str, part: str) -> str:
    """Return the weaker promise of risk control in words."""
    return (
        f"On average over parts drawn like '{part}', {what}. This is an expectation only: with this"
        " one part the share may lie above the limit, and no confidence is stated."
    )


def too_few_for_expectation(units: int, limit: float, what: str) -> DecisionError:
    """Return the error for fewer units than an expected loss below ``limit`` needs."""
    needed = math.ceil(round(1 / limit - 1, 9))
    return DecisionError(
        f"infeasible: an expected loss of at most {limit:g} needs at least {needed:,} {what} that"
        f" count; there are {units:,}, so {needed - units:,} more are needed. Collect them, or ask"
        " for a higher limit."
    )
