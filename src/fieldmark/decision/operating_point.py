"""The record of a threshold with its promise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fieldmark.core.digests import digest_of
from fieldmark.core.errors import DecisionError

Unit = Literal["item", "lot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedOn:
    """The part that an operating point was fitted on, and how much of it the point rests on.

    Attributes:
        part: name of the part.
        items_digest: digest of its ids and labels.
        n: number of its items.
        units: number of independent units that the threshold rests on, such as positives.
        unit: "item", or "lot" where a lot of correlated items counts as one.
    """

    part: str
    items_digest: str
    n: int
    units: int
    unit: Unit = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """A threshold, the rule that set it, and what that rule promises in words.

    Attributes:
        name: what the threshold separates, such as "pass below" or "species".
        rule: name of the rule.
        source: the paper.
        acts_on: the number that is held against the threshold, in words.
        threshold: the number; None where no threshold keeps the promise, so that this answer is
            never given, or where the rule has none.
        promise: what holds, in one sentence; says so where nothing is promised.
        limit: the share that is promised: at least a recall, or at most an error; None without.
        confidence: probability with which the promise holds; None where it holds only on average,
            or where nothing is promised.
        violation: bound on the probability that the promise is broken; None where there is none.
        fitted_on: the part, and how much of it the threshold rests on.

    Raises:
        DecisionError: a confidence or violation outside 0 to 1.

    Example:
        >>> part = FittedOn(part="calibration", items_digest="", n=1226, units=566)
        >>> point = OperatingPoint(name="alarm from", rule="neyman-pearson", source="E11",
        ...     acts_on="P(pit)", threshold=0.031, promise="...", limit=0.99, confidence=0.95,
        ...     violation=0.0227, fitted_on=part)
        >>> print(point.sentence())
        alarm from P(pit) = 0.031, by neyman-pearson on 566 of 1,226 items of 'calibration'
    """

    name: str
    rule: str
    source: str
    acts_on: str
    threshold: float | None
    promise: str
    limit: float | None
    confidence: float | None
    violation: float | None
    fitted_on: FittedOn

    def __post_init__(self) -> None:
        for name, value in (("confidence", self.confidence), ("violation", self.violation)):
            if value is not None and not 0 <= value <= 1:
                raise DecisionError(
                    f"Expected a {name} from 0 to 1 for '{self.name}'; got {value}."
                )

    @property
    def digest(self) -> str:
        """Digest of everything."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """Return the threshold and what it rests on."""
        part = self.fitted_on
        rests = (
            f"{part.units:,} of {part.n:,} items" if part.unit == "item" else f"{part.units:,} lots"
        )
        if self.threshold is None and self.limit is None:
            return f"{self.name} of {self.acts_on}, by {self.rule} on {rests} of '{part.part}'"
        value = "none" if self.threshold is None else f"{self.threshold:.4g}"
        if self.threshold is not None and not part.units:
            return f"{self.name} {self.acts_on} = {value}, stated beforehand"
        return f"{self.name} {self.acts_on} = {value}, by {self.rule} on {rests} of '{part.part}'"


def operating_point_from_dict(content: Mapping[str, Any]) -> OperatingPoint:
    """Return the operating point that ``to_dict`` wrote.

    Raises:
        DecisionError: a field is missing or unknown.
    """
    try:
        return OperatingPoint(**{**content, "fitted_on": FittedOn(**content["fitted_on"])})
    except (KeyError, TypeError) as error:
        raise DecisionError(f"This is not a stored operating point: {error}.") from None
