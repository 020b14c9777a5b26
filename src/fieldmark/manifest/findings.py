"""What an audit has found, in one sentence that says what to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
        examples: the first of them, mostly five at most.
    """

    code: str
    severity: Severity
    message: str
    count: int
    examples: tuple[str, ...]


def finding(
    code: str,
    severity: Severity,
    message: str,
    cases: Iterable[object],
    *,
    examples: int = _EXAMPLES,
) -> list[Finding]:
    """Return the finding about some cases, or nothing when there is no case.

    Args:
        code: what kind of thing.
        severity: how grave.
        message: the sentence; "{count}" and "{first}" are filled from the cases.
        cases: what is concerned.
        examples: how many of them to keep as examples.

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
    return [Finding(code, severity, text, len(names), names[:examples])]


def merged(found: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Return the findings of several splits, each kind once, as the first split that has it says.

    Args:
        found: name of the split -> what was found in it.

    Example:
        >>> tiny = finding("tiny_class", "note", "Tiny classes: {count}.", ["apple"])
        >>> [one.message for one in merged({"1": tiny, "2": [], "3": tiny})]
        ["Tiny classes: 1. So in split '1', and alike in 2 of 3."]
        >>> merged({"split": tiny}) == tiny
        True
    """
    if len(found) == 1:
        return list(next(iter(found.values())))
    first: dict[str, tuple[str, Finding]] = {}
    times: dict[str, int] = {}
    for name, findings in found.items():
        for one in findings:
            first.setdefault(one.code, (name, one))
            times[one.code] = times.get(one.code, 0) + 1
    return [
        replace(
            one,
            message=f"{one.message} So in split '{name}', and alike in {times[code]:,} of "
            f"{len(found):,}.",
        )
        for code, (name, one) in first.items()
    ]
