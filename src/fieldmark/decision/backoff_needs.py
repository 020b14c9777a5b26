"""How many items a promise of back-off takes, and what is lacking when none can be given."""

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from fieldmark.decision.lineages import Lineages
from fieldmark.evaluation.resampling import FloatArray, IntArray

_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one threshold has to show before it is believed.

    Attributes:
        limit: of the error, in (0, 1).
        level: at most so probable may the errors seen be if the error were at the limit.
        dealt: among how many ranks the items are dealt out, each for a threshold of its own.

    Example:
        >>> Demand(limit=0.05, level=0.005, dealt=1).without_error
        104
    """

    limit: float
    level: float
    dealt: int

    @property
    def without_error(self) -> int:
        """How many items must be answered when none of them is wrong."""
        return int(np.ceil(np.log(self.level) / np.log1p(-self.limit)))

    def at_error(self, error: float) -> int | None:
        """Return how many items must be answered at an error of their own; None for too many.

        Example:
            >>> demand = Demand(limit=0.05, level=0.005, dealt=1)
            >>> demand.at_error(0.0), demand.at_error(0.02), demand.at_error(0.05)
            (104, 338, None)
        """
        if error >= self.limit:
            return None
        low = self.without_error
        while low <= _MOST:
            n = np.arange(low, 2 * low)
            shown = bdtr(np.ceil(error * n), n, self.limit) <= self.level
            if shown.any():
                return int(n[np.argmax(shown)])
            low *= 2
        return None


def no_threshold(
    evidence: Lineages, demand: Demand, confidence: float, answered: IntArray, wrong: IntArray
) -> str:
    """Return why no threshold keeps the promise, and how many more items it would take.

    Args:
        evidence: what the thresholds were tried on.
        demand: what each had to show.
        confidence: of the promise.
        answered: int array (m,), how many were answered at each threshold that was tried.
        wrong: int array (m,), how many of them wrongly.
    """
    what = f"{evidence.unit_name}s"
    there = len(evidence.one_of_each_lot())
    needed = demand.dealt * demand.without_error
    dealt = f" ({demand.without_error:,} for each rank)" if demand.dealt > 1 else ""
    return (
        f"infeasible: no threshold keeps the error of the answers at {100 * demand.limit:g} % with"
        f" {100 * confidence:g} % confidence on '{evidence.part}'; even without a single error at"
        f" least {needed:,} {what}{dealt} must be answered, and there are {there:,}."
        f"{_outlook(demand, answered, wrong, there, what)} Ask for a higher limit or a lower"
        " confidence, or add items."
    )


def _outlook(demand: Demand, answered: IntArray, wrong: IntArray, there: int, what: str) -> str:
    """Return how many more are needed at the errors seen, each count given half an error more."""
    tried = answered > 0
    if not tried.any():
        return ""
    counted, errors = answered[tried], wrong[tried]
    rates: FloatArray = (errors + 0.5) / (counted + 1)
    needed = [demand.at_error(float(rate)) for rate in rates]
    totals = [
        np.inf if n is None else n * there / count for n, count in zip(needed, counted, strict=True)
    ]
    best = int(np.argmin(totals))
    if not np.isfinite(totals[best]):
        lowest = int(np.argmin(errors / counted))
        seen = f"(fewest errors: {errors[lowest]:,} wrong of {counted[lowest]:,})"
        if errors[lowest] >= demand.limit * counted[lowest]:
            return f" At every threshold the error is above the limit {seen}: more do not help."
        return f" Too few are answered to tell how many it takes {seen}."
    total = int(np.ceil(totals[best]))
    return (
        f" Judging by the best threshold ({errors[best]:,} wrong of {counted[best]:,}), about"
        f" {total:,} {what} in all are needed: {max(0, total - there):,} more."
    )
