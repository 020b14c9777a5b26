"""Claims on stored predictions: what holds, what does not, and what cannot be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from fieldmark.comparison.outcome import Comparison
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.metrics import METRICS

ClaimVerdict = Literal["holds", "does not hold", "cannot be told"]
_Text = Annotated[str, Field(min_length=1)]
_Number = Annotated[float, Field(allow_inf_nan=False)]


class StatedClaim(BaseModel):
    """One claim: a number that a contender reaches, or that one contender is better than another.

    Attributes:
        contender: whose number it is, or who is said to be better.
        metric: identifier in the catalogue.
        rank: rank of the taxonomy; None for the leaves.
        at_least: the metric is claimed to reach this.
        at_most: the metric is claimed not to exceed this.
        equals: the metric is claimed to be this, on these very items.
        within: tolerance of ``equals``; 0.005 where none is stated.
        better_than: the contender that it is claimed to beat.

    Example:
        >>> StatedClaim(contender="probe", metric="accuracy", at_least=0.95).in_words
        'accuracy of probe at least 0.95'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    contender: _Text
    metric: _Text = "accuracy"
    rank: _Text | None = None
    at_least: _Number | None = None
    at_most: _Number | None = None
    equals: _Number | None = None
    within: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    better_than: _Text | None = None

    @model_validator(mode="after")
    def _check_one_statement(self) -> Self:
        named = ("at_least", "at_most", "equals", "better_than")
        given = [name for name in named if name in self.model_fields_set]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise PydanticCustomError(
                "statement",
                "a claim states one of at_least, at_most, equals and better_than; got {found}",
                {"found": found},
            )
        if self.within is not None and self.equals is None:
            raise PydanticCustomError("statement", "'within' belongs to 'equals' alone")
        return self

    @property
    def tolerance(self) -> float:
        """How far the value may lie from ``equals``."""
        return 0.005 if self.within is None else self.within

    @property
    def in_words(self) -> str:
        """What is claimed."""
        name = METRICS[self.metric].in_words if self.metric in METRICS else self.metric
        rank = f" at rank {self.rank}" if self.rank else ""
        if self.better_than is not None:
            return f"{self.contender} better than {self.better_than} on {name}{rank}"
        bounds = {"at least": self.at_least, "at most": self.at_most, "equal to": self.equals}
        ((words, bound),) = ((words, one) for words, one in bounds.items() if one is not None)
        about = f" within {self.tolerance:g}" if self.equals is not None else ""
        return f"{name} of {self.contender}{rank} {words} {bound:g}{about}"


class ClaimsFile(BaseModel):
    """The content of a claims file.

    Attributes:
        claims: at least one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claims: Annotated[tuple[StatedClaim, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedClaimResult:
    """A claim with what the stored predictions say of it.

    Attributes:
        claim: what is claimed.
        verdict: "holds", "does not hold" or "cannot be told".
        sentence: the verdict with its numbers.
    """

    claim: StatedClaim
    verdict: ClaimVerdict
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return {
            "claim": self.claim.model_dump(mode="json", exclude_none=True),
            "in_words": self.claim.in_words,
            "verdict": self.verdict,
            "sentence": self.sentence,
        }


def check_number(claim: StatedClaim, estimates: Sequence[Estimate]) -> StatedClaimResult:
    """Return whether a number is as claimed.

    A bound holds when the whole interval keeps it, does not hold when none of it does, and cannot
    be told between: it is a claim about contenders, not about these items. ``equals`` is about
    these items: the value alone decides.

    Args:
        claim: with a bound or a value.
        estimates: what was measured, of any contenders; the finest rank has the rank None.
    """
    own = [one for one in estimates if one.contender == claim.contender]
    found = find_estimate(own, claim.metric, claim.rank)
    if found is None or found.value is None:
        why = f"{claim.metric} of {claim.contender} was not measured here"
        return _result(claim, "cannot be told", why)
    measured = f"{found.value_text()}, {found.interval_text()}, n = {found.n:,}"
    if claim.equals is not None:
        close = abs(found.value - claim.equals) <= claim.tolerance + 1e-12
        return _result(claim, "holds" if close else "does not hold", measured)
    return _result(claim, _side(claim, found), measured)


def check_better(claim: StatedClaim, comparison: Comparison) -> StatedClaimResult:
    """Return whether one contender is better than another, as claimed.

    "worse" and "equivalent" deny it; "not distinguishable" leaves it open.

    Args:
        claim: with ``better_than``.
        comparison: of the two contenders, in that order.
    """
    verdicts: Mapping[str, ClaimVerdict] = {
        "better": "holds",
        "worse": "does not hold",
        "equivalent": "does not hold",
    }
    verdict = verdicts.get(comparison.verdict, "cannot be told")
    return _result(claim, verdict, comparison.sentence().rstrip("."))


def unknown(claim: StatedClaim, why: str) -> StatedClaimResult:
    """Return that a claim cannot be told, and why."""
    return _result(claim, "cannot be told", why.rstrip("."))


def _side(claim: StatedClaim, found: Estimate) -> ClaimVerdict:
    if found.low is None or found.high is None:
        return "cannot be told"
    if claim.at_least is not None:
        kept, broken = found.low >= claim.at_least, found.high < claim.at_least
    else:
        bound = claim.at_most if claim.at_most is not None else 0.0
        kept, broken = found.high <= bound, found.low > bound
    if kept:
        return "holds"
    return "does not hold" if broken else "cannot be told"


def _result(claim: StatedClaim, verdict: ClaimVerdict, numbers: str) -> StatedClaimResult:
    sentence = f"{verdict}: {claim.in_words} ({numbers})"
    return StatedClaimResult(claim=claim, verdict=verdict, sentence=sentence)
