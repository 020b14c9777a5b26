"""The section ``ablation``: rows that state only what differs from one contender."""

import copy
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import Field, JsonValue

from fieldmark.core.errors import StudyError
from fieldmark.experiments.section import Name, Section, Text
from fieldmark.experiments.yaml_document import Document, KeyPath, Place

#: The key by which a section is another one, so that nothing of the old one is kept.
NAMED_BY: Final[Mapping[str, str]] = {"backbone": "name", "head": "kind"}


class AblationConfig(Section):
    """One contender, and rows that each change something of it.

    Example:
        >>> rows = {"longer": {"head.epochs": 80}, "knn": {"head": {"kind": "knn"}}}
        >>> AblationConfig(reference="full", rows=rows).reference
        'full'
    """

    reference: Annotated[
        Name, Field(description="The contender that every row changes and is compared with.")
    ]
    rows: Annotated[
        dict[Name, dict[Text, JsonValue]],
        Field(
            min_length=1,
            description="The name of each row, and the keys in which it differs, dotted or nested; "
            "null takes a whole section out.",
        ),
    ]


def expand_ablation(document: Document) -> Document:
    r"""Return the study with each row of its ablation as a contender of its own.

    What is no ablation stays as it is: reading the study says what is wrong with it. Another head
    or backbone starts from its own defaults. A message about a row names the line of the row.

    Args:
        document: the content of a study file.

    Raises:
        StudyError: a row bears the name of a contender.

    Example:
        >>> from fieldmark.experiments.yaml_document import read_yaml
        >>> text = "contenders: {full: {head: {kind: linear, epochs: 20}}}\n"
        >>> text += "ablation: {reference: full, rows: {longer: {head.epochs: 80}}}"
        >>> expand_ablation(read_yaml(text, "study.yaml")).content["contenders"]["longer"]
        {'head': {'kind': 'linear', 'epochs': 80}}
    """
    found = _ablation_of(document.content)
    if found is None:
        return document
    reference, rows = found
    content = copy.deepcopy(document.content)
    places = dict(document.places)
    for name, overlay in rows.items():
        where = ("ablation", "rows", name)
        if name in document.content["contenders"]:
            raise StudyError(
                f"{document.places[where].words}: the row '{name}' of the ablation is a contender "
                "already; give one of them another name."
            )
        base = document.content["contenders"][reference]
        content["contenders"][name] = overlaid(base, nested(overlay))
        places |= _places(document, where, name)
    return Document(content, places)


def nested(overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return an overlay with its dotted keys as sections.

    Example:
        >>> nested({"head.epochs": 80, "head": {"patience": 5}})
        {'head': {'epochs': 80, 'patience': 5}}
    """
    found: dict[str, Any] = {}
    for key, value in overlay.items():
        *sections, last = key.split(".")
        here = found
        for section in sections:
            inner = here.get(section)
            here[section] = here = dict(inner) if isinstance(inner, dict) else {}
        own = nested(value) if isinstance(value, dict) else value
        known = here.get(last)
        here[last] = known | own if isinstance(known, dict) and isinstance(own, dict) else own
    return found


def overlaid(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a contender with the changes of a row.

    Example:
        >>> base = {"head": {"kind": "linear", "epochs": 20}}
        >>> overlaid(base, {"head": {"kind": "knn"}}), overlaid(base, {"head": {"epochs": 5}})
        ({'head': {'kind': 'knn'}}, {'head': {'kind': 'linear', 'epochs': 5}})
    """
    found = copy.deepcopy(dict(base))
    for section, change in changes.items():
        own = found.get(section)
        if change is None:
            found.pop(section, None)
        elif isinstance(own, dict) and isinstance(change, dict):
            key = NAMED_BY.get(section)
            is_another = key is not None and key in change and change[key] != own.get(key)
            found[section] = change if is_another else _merged(own, change)
        else:
            found[section] = change
    return found


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, change in changes.items():
        own = found.get(key)
        if isinstance(own, dict) and isinstance(change, dict):
            found[key] = _merged(own, change)
        else:
            found[key] = change
    return found


def _ablation_of(content: Any) -> tuple[str, dict[str, dict[str, Any]]] | None:
    """Return the reference and the rows of a study, or None where they are not what they should."""
    if not isinstance(content, dict) or not isinstance(content.get("ablation"), dict):
        return None
    reference, rows = (content["ablation"].get(key) for key in ("reference", "rows"))
    contenders = content.get("contenders")
    if not isinstance(contenders, dict) or not isinstance(contenders.get(reference), dict):
        return None
    if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
        return None
    return str(reference), rows


def _places(document: Document, row: KeyPath, name: str) -> dict[KeyPath, Place]:
    """Return the place of each key of a row, under the contender that the row becomes."""
    found: dict[KeyPath, Place] = {("contenders", name): document.places[row]}
    for path, place in document.places.items():
        if path[: len(row)] == row:
            steps = tuple(_steps(path[len(row) :]))
            for length in range(1, len(steps) + 1):
                found.setdefault(("contenders", name, *steps[:length]), place)
            found["contenders", name, *steps] = place
    return found


def _steps(path: KeyPath) -> Iterator[str | int]:
    for key in path:
        yield from key.split(".") if isinstance(key, str) else (key,)
