"""What mistakes cost, and the thresholds and answers that cost least (E4, E12)."""

from dataclasses import dataclass

import numpy as np

from fieldmark.core.errors import DecisionError
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.positives import PositiveScores
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.resampling import FloatArray

SOURCE = "Chow (1970), On optimum recognition error and reject tradeoff (E12)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each outcome for one item costs, in any unit; what is right costs nothing.

    Attributes:
        miss: a positive that is let pass, above 0.
        false_alarm: a negative that raises the alarm, above 0.
        review: somebody looks at an item, at least 0; None where nothing can be reviewed.

    Raises:
        DecisionError: a cost is not above 0.

    Example:
        >>> Costs(miss=100, false_alarm=2, review=1).thresholds()
        (0.01, 0.5)
        >>> Costs(miss=100, false_alarm=1).thresholds()
        (0.009900990099009901, 0.009900990099009901)
    """

    miss: float
    false_alarm: float
    review: float | None = None

    def __post_init__(self) -> None:
        if self.miss <= 0 or self.false_alarm <= 0 or (self.review is not None and self.review < 0):
            raise DecisionError(
                f"Expected costs above 0, and a review of at least 0; got a miss of {self.miss:g},"
                f" a false alarm of {self.false_alarm:g} and a review of {self.review}."
            )

    def thresholds(self) -> tuple[float, float]:
        """Return below which probability to pass, and from which to alarm.

        Between them a review costs least. Where it never does, both are the one threshold at which
        a miss and a false alarm are expected to cost the same.

        Source:
            Chow (1970); methods E12: c_review / c_miss and 1 - c_review / c_false_alarm.
        """
        if self.review is not None:
            low, high = self.review / self.miss, 1 - self.review / self.false_alarm
            if low < high:
                return low, high
        alone = self.false_alarm / (self.false_alarm + self.miss)
        return alone, alone

    def of(self, positive: BoolArray, passed: BoolArray, alarmed: BoolArray) -> FloatArray:
        """Return what each item cost: float64 (n,); an item neither passed nor alarmed is reviewed.

        Args:
            positive: bool array (n,), the truth.
            passed: bool array (n,).
            alarmed: bool array (n,).
        """
        cost = np.where(passed | alarmed, 0.0, self.review or 0.0)
        cost[passed & positive] = self.miss
        cost[alarmed & ~positive] = self.false_alarm
        return cost


def chow(
    evidence: PositiveScores, costs: Costs, *, prevalence: float | None
) -> tuple[OperatingPoint, OperatingPoint]:
    """Return the two thresholds with the least expected cost, which follow from the costs alone.

    Nothing is promised: the thresholds are best when the probabilities are calibrated at the stated
    prevalence, and nothing but the report shows whether they are.

    Args:
        evidence: of the part that the probabilities were calibrated on.
        costs: of a miss, a false alarm and a review.
        prevalence: of positives where the decision will be used; None for that of the part.
    """
    low, high = costs.thresholds()
    there = "" if prevalence is None else f" at a prevalence of {prevalence:g}"
    named = (("pass below", low), ("alarm from", high))
    first, second = (
        OperatingPoint(
            name=name,
            rule="chow",
            source=SOURCE,
            acts_on=f"{evidence.acts_on}{there}",
            threshold=threshold,
            promise=(
                "None: the threshold follows from the costs, and costs least on average if the"
                f" probabilities are calibrated{there}."
            ),
            limit=None,
            confidence=None,
            violation=None,
            fitted_on=evidence.fitted_on(len(evidence.score)),
        )
        for name, threshold in named
    )
    return first, second


def at_prevalence(probability: FloatArray, *, found: float, stated: float | None) -> FloatArray:
    """Return the probabilities of positives as they are where positives are rarer or more frequent.

    The odds are multiplied by the ratio of the prior odds: right when only the share of positives
    differs, not how positives and negatives look.

    Args:
        probability: float array (n,), calibrated at the prevalence ``found``.
        found: share of positives in the part that was calibrated on.
        stated: share of positives where the decision will be used; None changes nothing.

    Raises:
        DecisionError: a share outside (0, 1).

    Source:
        Saerens, Latinne and Decaestecker (2002), Neural Computation 14, 21 to 41.

    Example:
        >>> at_prevalence(np.array([0.5]), found=0.5, stated=0.02).round(6).tolist()
        [0.02]
    """
    if stated is None:
        return probability
    for share in (found, stated):
        if not 0 < share < 1:
            raise DecisionError(
                f"Expected shares of positives between 0 and 1 to change the prevalence; got"
                f" {found:g} in the fit and {stated:g} stated."
            )
    ratio = stated / (1 - stated) * (1 - found) / found
    moved: FloatArray = ratio * probability / (ratio * probability + 1 - probability)
    return moved
