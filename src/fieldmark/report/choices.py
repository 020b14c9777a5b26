"""What a report says of choices: by what and where they were made, and what they do to numbers."""

from dataclasses import dataclass

from fieldmark.comparison.selection import Choice


@dataclass(frozen=True, slots=True)
class SelectionFacts:
    """By which metric and on which part things were chosen, and on which part they are reported."""

    metric: str
    chosen_on: str
    reported_on: str


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """An entry of the selection ledger, and what it does to what is reported.

    Args:
        choice: what was chosen, among how many, by what and where.
        optimism: where it was made on the reported items, by how much its contender looks too
            good, in words; None where it was made elsewhere.
        is_reported: whether its contender is in the report.
    """

    choice: Choice
    optimism: str | None = None
    is_reported: bool = True
