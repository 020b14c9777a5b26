"""What a promise on recall costs: how many positives it needs and how many may be missed."""

from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.core.checks import count_of
from fieldmark.decision.order_statistics import (
    SOURCE,
    highest_order,
    positives_needed,
    recall_lower_bound,
    violation,
)

_SHOWN_MISSES = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallPlan:
    """Whether a promise on recall can be kept with the positives that there are.

    Attributes:
        target_recall: the recall to promise.
        confidence: with which it shall be promised.
        positives: number of positives at hand: independent, and never used for training or
            choosing.
        misses: number of them that were let pass; None before a threshold has been set.
        feasible: whether the promise can be given: with the misses stated, or else at some
            threshold.
        max_misses: how many of these positives may be missed; None when there are too few for any
            promise.
        needed_positives: how many positives the promise needs at this number of misses (0 when it
            is not stated).
        more_positives: how many are lacking, none of which may be missed; 0 when it is feasible.
        violation: probability that the threshold that lets ``max_misses`` pass breaks the promise.
        recall_bound: recall that can be claimed with the misses stated; None without misses.
        needed_by_misses: positives that 0, 1, 2 and 3 misses need.
        source: the paper.
    """

    target_recall: float
    confidence: float
    positives: int
    misses: int | None
    feasible: bool
    max_misses: int | None
    needed_positives: int
    more_positives: int
    violation: float | None
    recall_bound: float | None
    needed_by_misses: tuple[int, ...]
    source: str = SOURCE

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON, with its sentence."""
        by_misses = {str(misses): needed for misses, needed in enumerate(self.needed_by_misses)}
        return asdict(self) | {"needed_by_misses": by_misses, "sentence": self.sentence()}

    def sentence(self) -> str:
        """Return the plan in one sentence."""
        promise = f"a recall of {self.target_recall:.4g} at {100 * self.confidence:g} % confidence"
        among = f"among {count_of(self.positives, 'positive')}"
        if self.feasible:
            allowed = count_of(self.max_misses or 0, "miss", "misses")
            return f"feasible: {promise} allows at most {allowed} {among}{self._claim()}."
        more = (
            f"{self.more_positives:,} more positives are needed ({self.needed_positives:,} in all),"
            " none of them missed"
        )
        if self.max_misses is None:
            have = "" if not self.misses else f" and you have {self.misses:,} misses"
            return f"infeasible: {among} no threshold keeps {promise}{have}; {more}."
        return (
            f"infeasible: at most {count_of(self.max_misses, 'miss', 'misses')} {among}; you have"
            f" {self.misses:,}; for {promise} {more}{self._claim()}."
        )

    def _claim(self) -> str:
        if self.recall_bound is None:
            return ""
        return f"; {self.misses:,} missed allow the claim of {self.recall_bound:.4f}"


def plan_recall(
    target_recall: float, confidence: float, positives: int, *, misses: int | None = None
) -> RecallPlan:
    """Return whether a promise on recall can be kept, and what is lacking.

    Args:
        target_recall: the recall to promise, in (0, 1).
        confidence: with which it shall be promised, in (0, 1).
        positives: number of independent positives at hand; with correlated items the number of
            lots that hold a positive.
        misses: number of them that are missed at the threshold in use; None to ask what is
            possible.

    Raises:
        DecisionError: a share outside (0, 1), a negative count, or more misses than positives.

    Source:
        Methods E11; Tong, Feng and Li (2018).

    Example:
        >>> plan = plan_recall(0.99, 0.95, 566, misses=42)
        >>> plan.feasible, plan.max_misses, plan.needed_positives, plan.more_positives
        (False, 1, 5427, 4861)
        >>> print(plan_recall(0.99, 0.95, 200).sentence())
        infeasible: among 200 positives no threshold keeps a recall of 0.99 at 95 % confidence;
        99 more positives are needed (299 in all), none of them missed.
    """
    order = highest_order(positives, target_recall=target_recall, confidence=confidence)
    needed = positives_needed(misses or 0, target_recall=target_recall, confidence=confidence)
    bound = None
    if misses is not None:
        bound = recall_lower_bound(misses, positives, confidence=confidence)
    return RecallPlan(
        target_recall=target_recall,
        confidence=confidence,
        positives=positives,
        misses=misses,
        feasible=positives >= needed,
        max_misses=None if order is None else order - 1,
        needed_positives=needed,
        more_positives=max(0, needed - positives),
        violation=None
        if order is None
        else violation(order, positives, target_recall=target_recall),
        recall_bound=bound,
        needed_by_misses=tuple(
            positives_needed(count, target_recall=target_recall, confidence=confidence)
            for count in _SHOWN_MISSES
        ),
    )
