"""A decision of a study as the report shows it: what was fitted and what came of it, or why not."""

from dataclasses import dataclass

from fieldmark.core.errors import FieldmarkError
from fieldmark.decision.decisions import Decisions


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Decided:
    """What became of one decision for one contender.

    Attributes:
        name: of the decision, as the study calls it.
        contender: whose scores it acts on.
        asked: the rule and its settings, in words.
        found: what was fitted on one part and reported on another; None where that was impossible.
        why_not: why it was impossible, in one sentence; "" where it was not.

    Raises:
        FieldmarkError: there is neither a decision nor a reason, or both.
    """

    name: str
    contender: str
    asked: str = ""
    found: Decisions | None = None
    why_not: str = ""

    def __post_init__(self) -> None:
        if (self.found is None) != bool(self.why_not):
            raise FieldmarkError(
                f"Expected either what the decision '{self.name}' did for '{self.contender}', or "
                "why it could not be taken; got both or neither."
            )
