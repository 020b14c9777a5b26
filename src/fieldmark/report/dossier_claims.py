"""To which rank a critical class is named, with what certainty, and what more certainty takes."""

from dataclasses import dataclass

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.decision.order_statistics import recall_lower_bound
from fieldmark.decision.planner import RecallPlan, plan_recall
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.resampling import Units, units_of

CONFIDENCE = 0.95
#: The shares that somebody may want to claim of a critical class.
TARGETS = (0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """How many images of a class were named right to a rank, and what that allows to claim.

    Attributes:
        rank: name of the rank.
        name: the ancestor of the class there, or the class itself.
        named: how many were named so: images, or groups of which every image was.
        of: how many there are.
        unit: "image", or "group" where groups hold several images of the class.
        bound: the share that can be claimed at 95 % confidence: one-sided Clopper-Pearson.
        plans: what a claim of each of the targets takes.
    """

    rank: str
    name: str
    named: int
    of: int
    unit: str
    bound: float
    plans: tuple[RecallPlan, ...]

    @property
    def in_words(self) -> str:
        """The claim and what it rests on, in one or two sentences."""
        whole = "" if self.unit == "image" else " in every image"
        first, *_ = self.plans
        return (
            f"{self.named:,} of {count_of(self.of, self.unit)} were named at least the {self.rank} "
            f"{self.name}{whole}: with {100 * CONFIDENCE:g} % confidence at least "
            f"{100 * self.bound:.1f} % are (one-sided Clopper-Pearson). {self._about(first)}"
        )

    def _about(self, plan: RecallPlan) -> str:
        allowed = (
            f"{count_of(self.of, self.unit)} are too few for a claim of"
            if plan.max_misses is None
            else f"{count_of(self.of, self.unit)} allow at most "
            f"{count_of(plan.max_misses, 'miss', 'misses')} for a claim of"
        )
        return f"{allowed} {100 * plan.target_recall:g} % at {100 * CONFIDENCE:g} % confidence."


def at_least_of(
    right: BoolArray, labelled: BoolArray, units: Units, *, rank: str, name: str
) -> AtLeast:
    """Return how many images of a class were named right to a rank, groups counted as one.

    A group is named right when every one of its images of the class is: the careful reading.

    Args:
        right: bool array (n,), whether the answer at the rank is right.
        labelled: bool array (n,), whether the label is the class; at least one is.
        units: which group each image belongs to.
        rank: name of the rank.
        name: the ancestor of the class there.

    Source:
        Methods E11: BetaInv(0.05; n - k, k + 1) for k misses of n. Clopper and Pearson (1934).

    Example:
        >>> everyone, right = np.ones(135, dtype=bool), np.arange(135) > 1
        >>> images = units_of(None, n=135)
        >>> found = at_least_of(right, everyone, images, rank="genus", name="Amanita")
        >>> round(found.bound, 4), [plan.max_misses for plan in found.plans]
        (0.9541, [2, None])
    """
    own = units_of([str(code) for code in units.codes[labelled]], n=int(labelled.sum()))
    missed = int(np.count_nonzero(own.sums(~right[labelled])))
    return AtLeast(
        rank=rank,
        name=name,
        named=own.count - missed,
        of=own.count,
        unit="group" if own.clustered else "image",
        bound=recall_lower_bound(missed, own.count, confidence=CONFIDENCE),
        plans=tuple(
            plan_recall(target, CONFIDENCE, own.count, misses=missed) for target in TARGETS
        ),
    )
