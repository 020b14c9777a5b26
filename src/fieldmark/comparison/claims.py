"""Claims of a study, checked against what was measured."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fieldmark.core.errors import StudyError
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.metrics import METRICS

ClaimStatus = Literal["met", "NOT met", "?"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A number that somebody says a contender reaches, or does not exceed.

    Attributes:
        metric: identifier in the catalogue.
        contender: whose.
        at_least: lower bound that is claimed; None where an upper bound is.
        at_most: upper bound that is claimed.
        rank: rank of the labels; None for the leaves.

    Raises:
        StudyError: neither or both bounds are given.

    Example:
        >>> Claim(metric="accuracy", contender="probe", at_least=0.95).in_words
        'accuracy of probe at least 95.00 %'
    """

    metric: str
    contender: str
    at_least: float | None = None
    at_most: float | None = None
    rank: str | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            given = "neither" if self.at_least is None else "both"
            raise StudyError(
                f"Expected a claim on {self.metric} of {self.contender} with either at_least or"
                f" at_most; got {given}."
            )

    @property
    def bound(self) -> float:
        """The claimed bound, in the scale of the metric."""
        return float(self.at_least if self.at_least is not None else self.at_most or 0.0)

    @property
    def in_words(self) -> str:
        """What is claimed."""
        is_share = self.metric in METRICS and METRICS[self.metric].scale == "share"
        bound = f"{100 * self.bound:.2f} %" if is_share else f"{self.bound:.3f}"
        side = "at least" if self.at_least is not None else "at most"
        rank = f" at rank {self.rank}" if self.rank else ""
        return f"{self.metric_in_words} of {self.contender}{rank} {side} {bound}"

    @property
    def metric_in_words(self) -> str:
        """The name of the metric within a sentence."""
        return METRICS[self.metric].in_words if self.metric in METRICS else self.metric

    def holds_for(self, value: float) -> bool:
        """Return whether a value keeps the claim; the bound itself does."""
        return value >= self.bound if self.at_least is not None else value <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """A claim with what was measured.

    Attributes:
        claim: what is claimed.
        status: "met" or "NOT met" by the value, "?" when nothing was measured.
        certain: whether the whole interval lies on the side of the value.
        estimate: what was measured; None when nothing was.
        sentence: the status, the value and its interval in words.
    """

    claim: Claim
    status: ClaimStatus
    certain: bool
    estimate: Estimate | None
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return {
            "claim": asdict(self.claim) | {"in_words": self.claim.in_words},
            "status": self.status,
            "certain": self.certain,
            "estimate": None if self.estimate is None else self.estimate.to_dict(),
            "sentence": self.sentence,
        }


def check_claim(
    claim: Claim, estimates: Sequence[Estimate], *, leaf_rank: str | None = None
) -> ClaimResult:
    """Return whether a claim is met by what was measured.

    The value decides; whether the interval reaches to the other side is said beside it.

    Args:
        claim: what is claimed.
        estimates: what was measured, of any contenders.
        leaf_rank: name of the finest rank, whose Estimates have the rank None.

    Example:
        >>> measured = Estimate(metric="accuracy", value=0.9421, low=0.928, high=0.954, n=1226,
        ...     method="Wilson", split="test", classes=2, denominator="all 1,226 items",
        ...     contender="probe")
        >>> check_claim(Claim(metric="accuracy", contender="probe", at_least=0.96),
        ...     [measured]).sentence
        'NOT met: 94.21 %, 95 % interval 92.8 to 95.4'
    """
    own = [estimate for estimate in estimates if estimate.contender == claim.contender]
    rank = None if claim.rank == leaf_rank else claim.rank
    found = find_estimate(own, claim.metric, rank)
    if found is None or found.value is None:
        sentence = f"?: {claim.metric_in_words} of {claim.contender} has not been measured"
        return ClaimResult(
            claim=claim, status="?", certain=False, estimate=found, sentence=sentence
        )
    holds = claim.holds_for(found.value)
    status: ClaimStatus = "met" if holds else "NOT met"
    if found.low is None or found.high is None:
        certain, aside = False, ""
    else:
        certain = claim.holds_for(found.low) == claim.holds_for(found.high) == holds
        aside = "" if certain else " (the interval reaches to the other side)"
    sentence = f"{status}: {found.value_text()}, {found.interval_text()}{aside}"
    return ClaimResult(
        claim=claim, status=status, certain=certain, estimate=found, sentence=sentence
    )
