"""Values that are set on the command line, over what a study file says."""

import copy
from typing import Any

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.experiments.yaml_document import Document, KeyPath, Place, read_yaml

_AFTER_EVERY_LINE = 1_000_000_000


def override(
    document: Document,
    setting: str,
    *,
    order: int = 0,
    option: str = "--set",
    example: str = "protocol.seeds=[0]",
) -> Document:
    """Return the document with one value set; the given document stays as it is.

    A key of the study that the file does not state may be set too: whether it exists is judged
    afterwards, with everything else, and a message about it names the setting in place of a line.

    Args:
        document: the content of a study file.
        setting: KEY=VALUE; dots lead into sections (names with dots are found), numbers into
            lists; the value is YAML.
        order: which of several settings this is, so that messages keep their order.
        option: what the option is called that it was given by.
        example: a setting that would be right, for messages.

    Raises:
        StudyError: there is no "=", the value is not YAML, or the key leads through something that
            is not there.

    Example:
        >>> document = read_yaml("protocol: {seeds: [0, 1, 2]}", "grocery.yaml")
        >>> override(document, "protocol.seeds=[0]").content
        {'protocol': {'seeds': [0]}}
    """
    key, equals, value = setting.partition("=")
    words = f"{option} {setting}"
    if not equals or not key:
        raise StudyError(f"{words}: expected KEY=VALUE, such as {option} {example}.")
    content = copy.deepcopy(document.content)
    path, holder = _found(content, key, words)
    holder[path[-1]] = read_yaml(value, words).content
    return Document(content, _places(document, path, Place(words, _AFTER_EVERY_LINE + order)))


def _found(content: Any, key: str, words: str) -> tuple[KeyPath, Any]:
    """Return the keys that lead to the value and the section that holds it, made where absent."""
    segments = key.split(".")
    path: KeyPath = ()
    here = content
    while True:
        step = _step(here, segments, path, words)
        segments = segments[len(str(step).split(".")) :]
        path = (*path, step)
        if not segments:
            return path, here
        if isinstance(here, dict) and here.get(str(step)) is None:
            here[str(step)] = {}
        here = here[step]


def _step(here: Any, segments: list[str], path: KeyPath, words: str) -> str | int:
    name = ".".join(str(key) for key in path)
    if isinstance(here, list):
        if segments[0].isdecimal() and int(segments[0]) < len(here):
            return int(segments[0])
        raise StudyError(
            f"{words}: '{name}' is a list of {len(here)}, so a number below that should follow; "
            f"got '{segments[0]}'."
        )
    if not isinstance(here, dict):
        raise StudyError(f"{words}: '{name}' is not a section but the value {here!r}.")
    for count in range(len(segments), 0, -1):
        joined = ".".join(segments[:count])
        if joined in here:
            return joined
    if path == ("contenders",) and len(segments) > 1:
        raise StudyError(f"{words}: {unknown_choice('contender', segments[0], here)}")
    return segments[0]


def _places(document: Document, path: KeyPath, place: Place) -> dict[KeyPath, Place]:
    kept = {known: where for known, where in document.places.items() if known[: len(path)] != path}
    ways = {path[:length]: place for length in range(1, len(path) + 1)}
    return ways | kept | {path: place}
