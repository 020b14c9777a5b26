"""What an audit has found, in one sentence that says what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an audit has found.

    Attributes:
        code: what kind of thing, such as "group_in_two_parts".
        severity: "error" (numbers would be wrong), "warning" (numbers may mislead) or "note".
        message: one sentence, and what to do.
        count: how many ids, groups, classes or columns are concerned; at least 1.
        examples: the first of them, at most five.
    """

    code: str
    severity: Severity
    message: str
    count: int
    examples: tuple[str, ...]


def finding(code: str, severity: Severity, message: str, cases: Iterable[object]) -> list[Finding]:
    """Return the finding about some cases, or nothing when there is no case.

    Args:
        code: what kind of thing.
        severity: how grave.
        message: the sentence; "{count}" and "{first}" are filled from the cases.
        cases: what is concerned.

    Example:
        >>> finding("tiny_class", "note", "Tiny classes: {count} ({first}).", ["apple"])[0].message
        'Tiny classes: 1 (apple).'
        >>> finding("tiny_class", "note", "Tiny classes: {count}.", [])
        []
    """
    names = tuple(str(case) for case in cases)
    if not names:
        return []
    text = message.replace("{count}", f"{len(names):,}").replace("{first}", names[0])
    return [Finding(code, severity, text, len(names), names[:_EXAMPLES])]
