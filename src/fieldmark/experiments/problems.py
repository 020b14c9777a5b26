"""From pydantic's errors to sentences with the line that each is about."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fieldmark.core.checks import nearest
from fieldmark.experiments.yaml_document import Document, KeyPath, Place

_MAPPING = "a mapping of keys to values"
_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_too_long": "at most {max_length} characters long",
    "string_pattern_mismatch": (
        "a name of letters, digits, '_', '-', '+' or '.', the first a letter or a digit"
    ),
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "literal_error": "{expected}",
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "too_short": "at least {min_length} long",
}


def problems_in(
    error: ValidationError, document: Document, *, whole: str = "the study"
) -> tuple[str, ...]:
    r"""Return one sentence for each problem, with its place, in the order of reading.

    Args:
        error: what pydantic found in the content of the document.
        document: the content and the place of every key.
        whole: what the document is, for a sentence about all of it.

    Example:
        >>> from fieldmark.experiments.head_sections import KnnHead
        >>> from fieldmark.experiments.yaml_document import read_yaml
        >>> document = read_yaml("kind: knn\nneighbours: few", "head.yaml")
        >>> try:
        ...     KnnHead.model_validate(document.content)
        ... except ValidationError as error:
        ...     problems_in(error, document)
        ("head.yaml, line 2: neighbours should be a whole number, not 'few'.",)
    """
    found = []
    for detail in _told(error):
        path, sentence = _explained(detail, document.content, whole)
        place = place_of(path, document)
        found.append((place.order, f"{place.words}: {sentence}"))
    return tuple(sentence for _, sentence in sorted(found, key=lambda pair: pair[0]))


def _told(error: ValidationError) -> list[ErrorDetails]:
    """Return the errors, without those of lists that are too short for want of valid entries."""
    details = error.errors(include_url=False)
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(place[:-1][: len(detail["loc"])] == detail["loc"] for place in places)
    ]


def place_of(path: KeyPath, document: Document) -> Place:
    """Return the place of a key, or of the nearest section around it that was written."""
    while path not in document.places:
        path = path[:-1]
    return document.places[path]


def dotted(path: KeyPath) -> str:
    """Return the keys with dots between, as ``--set`` takes them.

    Example:
        >>> dotted(("claims", 0, "metric"))
        'claims.0.metric'
    """
    return ".".join(str(key) for key in path)


def _explained(detail: ErrorDetails, content: Any, whole: str) -> tuple[KeyPath, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    path = _written_path(detail["loc"], content)
    if kind == "missing":
        return path, _missing(str(detail["loc"][-1]), dotted(path) or whole)
    if kind == "union_tag_not_found":
        return path, _missing("kind", dotted(path) or whole)
    if kind == "union_tag_invalid":
        return _unknown_kind(path, context)
    if kind == "unknown_key":
        section = f" in {dotted(path)}" if path else ""
        return (*path, *context["where"]), f"unknown key '{context['key']}'{section}" + str(
            context["remedy"]
        )
    if kind == "extra_forbidden":
        section = f" in {dotted(path[:-1])}" if path[:-1] else ""
        return path, f"unknown key '{path[-1]}'{section}; leave it out."
    if kind == "refused":
        return (*path, *context["where"]), str(context["sentence"])
    return path, _wrong_value(detail, dotted(path) or whole)


def _written_path(location: tuple[int | str, ...], content: Any) -> KeyPath:
    """Return the keys of ``location`` that stand in the content; the others name union members."""
    path: KeyPath = ()
    for step in location:
        in_mapping = isinstance(content, dict) and step in content
        if in_mapping or (isinstance(content, list) and isinstance(step, int)):
            path, content = (*path, step), content[step]
    return path


def _missing(key: str, name: str) -> str:
    return f"{name} needs the key '{key}'."


def _unknown_kind(path: KeyPath, context: Mapping[str, Any]) -> tuple[KeyPath, str]:
    choices = str(context["expected_tags"])
    guess = nearest(str(context["tag"]), [choice.strip(" '") for choice in choices.split(",")])
    hint = f"; did you mean '{guess}'?" if guess else "."
    path = (*path, "kind")
    return path, f"{dotted(path)} should be one of {choices}, not '{context['tag']}'{hint}"


def _wrong_value(detail: ErrorDetails, name: str) -> str:
    kind, value = detail["type"], detail["input"]
    if kind not in _EXPECTED:
        return f"{name}: {detail['msg']}."
    expected = _EXPECTED[kind].format_map(detail.get("ctx", {}))
    unquoted = kind == "string_type" and isinstance(value, int | float)
    hint = "; put it in quotes" if unquoted else ""
    return f"{name} should be {expected}, not {_shown(value)}{hint}."


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    text = str(value)
    short = text if len(text) <= 40 else f"{text[:37]}..."
    return f"'{short}'" if isinstance(value, str) else short
