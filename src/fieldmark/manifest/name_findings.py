"""What an audit finds in names: the same one written twice, with its author, or as a blank."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from fieldmark.manifest.findings import Finding, finding

_LIKE_MISSING: Final = {"na", "n/a", "nan", "none", "null", "unknown", "?", "-"}
_WITH_AUTHOR: Final = re.compile(
    r"([A-Z]\S+ [a-z][^\s.]*[^\s.](?: (?:var|f|subsp|ssp)\. \S+)?) +(\S).*"
)


def name_findings(labels: Sequence[str], coarser: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return names that look like another, bear an author, or look like a missing value.

    Args:
        labels: the distinct names of the classes.
        coarser: rank -> its distinct names, for the ranks above.
    """
    return [
        *finding(
            "look_alike_labels",
            "warning",
            "Labels that differ only in case, spaces, hyphens or underscores: {count} (first: "
            "{first}). They count as different classes; write them alike if they are one, or list "
            "them in data.synonyms.",
            _look_alike(labels),
        ),
        *finding(
            "label_with_author",
            "warning",
            "Labels that are another label and its author: {count} (first: {first}). They count as "
            "different classes; list them in data.synonyms if they are one.",
            _with_author(labels),
        ),
        *finding(
            "look_alike_names",
            "warning",
            "Names of coarser ranks that differ only in case, spaces, hyphens or underscores: "
            "{count} (first: {first}). Write them alike, or list them in data.synonyms.",
            [f"{rank} {twins}" for rank, names in coarser.items() for twins in _look_alike(names)],
        ),
        *finding(
            "label_like_missing",
            "warning",
            "Labels that look like a missing value: {count} (first: '{first}'). Leave these rows "
            "out if they are.",
            [label for label in labels if label.strip().casefold() in _LIKE_MISSING],
        ),
    ]


def _look_alike(names: Sequence[str]) -> list[str]:
    alike: dict[str, list[str]] = {}
    for name in names:
        plain = " ".join(name.replace("_", " ").replace("-", " ").split()).casefold()
        alike.setdefault(plain, []).append(name)
    return [" and ".join(map(_shown, twins)) for twins in alike.values() if twins[1:]]


def _shown(name: str) -> str:
    """Return a name in quotation marks, with spaces that nobody would see made visible."""
    return f"'{name}'" if name == " ".join(name.split()) else f"'{name.replace(' ', '␣')}'"


def _with_author(labels: Sequence[str]) -> list[str]:
    known = set(labels)
    found = []
    for label in labels:
        match = _WITH_AUTHOR.fullmatch(label)
        if match and match[1] in known and (match[2] == "(" or match[2].isupper()):
            found.append(f"'{match[1]}' and '{label}'")
    return found
