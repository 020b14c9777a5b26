"""YAML 1.2 with the line of everything in it.

PyYAML reads YAML 1.1, where ``on``, ``NO`` and ``yes`` are truth values, ``1e-3`` is text and the
last of two equal keys wins without a word. Here the core schema of YAML 1.2 holds: truth is
``true`` or ``false``, ``1e-3`` is a number, dates stay text, keys are text, and a key that comes
twice is refused.

Source: YAML 1.2.2, section 10.3, https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from fieldmark.core.errors import StudyError

KeyPath = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_MOST_NODES = 200_000
_FOLDED = frozenset("\x85\u2028\u2029")
_RESOLVERS = [
    (f"{_TAG}null", re.compile(r"^(?:~|null|Null|NULL|)$")),
    (f"{_TAG}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")),
    (f"{_TAG}int", re.compile(r"^(?:[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300})$")),
    (
        f"{_TAG}float",
        re.compile(
            r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
    ),
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written: the words for a message, and the order of reading."""

    words: str
    order: int


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML text says, and where it says it.

    Attributes:
        content: nested dicts with text as keys, lists, text, numbers, truth values and None.
        places: the place of every key and list entry, by the keys that lead to it; () is the root.
    """

    content: Any
    places: dict[KeyPath, Place]


class _CoreLoader(yaml.SafeLoader):
    """Resolves plain scalars by the core schema of YAML 1.2."""

    yaml_implicit_resolvers: dict[Any, Any] = {None: _RESOLVERS}  # noqa: RUF012


class _CoreDumper(yaml.SafeDumper):
    """Puts in quotes whatever either version of YAML would not read back as text."""

    yaml_implicit_resolvers: dict[Any, Any] = {  # noqa: RUF012
        **yaml.SafeDumper.yaml_implicit_resolvers,
        None: _RESOLVERS,
    }

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def represent_scalar(self, tag: str, value: Any, style: str | None = None) -> yaml.ScalarNode:
        """Escape line breaks that PyYAML would write as they are, and fold when it reads them."""
        broken = isinstance(value, str) and not _FOLDED.isdisjoint(value)
        return super().represent_scalar(tag, value, '"' if broken else style)


def read_yaml(text: str, name: str) -> Document:
    """Return what a YAML text says, with the line of each key.

    Args:
        text: one YAML document; an empty one has the content None.
        name: what messages call the text, such as the name of its file.

    Raises:
        StudyError: the text is not YAML, a key comes twice, or a tag is not of the core schema.

    Example:
        >>> document = read_yaml("selection: {on: NO, rate: 1e-3}", "grocery.yaml")
        >>> document.content
        {'selection': {'on': 'NO', 'rate': 0.001}}
        >>> document.places["selection", "on"].words
        'grocery.yaml, line 1'
    """
    places: dict[KeyPath, Place] = {(): Place(f"{name}, line 1", 1)}
    try:
        node = yaml.compose(text, Loader=_CoreLoader)
        content = None if node is None else _Walk(name, places).value(node, ())
    except yaml.MarkedYAMLError as error:
        raise StudyError(_invalid(error, name)) from None
    except yaml.YAMLError as error:
        raise StudyError(f"{name} is not valid YAML: {' '.join(str(error).split())}.") from None
    except RecursionError:
        raise StudyError(f"{name} is nested too deeply, or contains itself.") from None
    return Document(content, places)


def write_yaml(content: Any) -> str:
    r"""Return the YAML text of nested dicts, lists and scalars, keys in the given order.

    Example:
        >>> write_yaml({"on": "NO", "rate": 0.001, "tag": "1e-3"})
        "'on': 'NO'\nrate: 0.001\ntag: '1e-3'\n"
    """
    text: str = yaml.dump(content, Dumper=_CoreDumper, sort_keys=False, allow_unicode=True)
    return text


class _Walk:
    """Turns nodes into content and notes where each stands."""

    def __init__(self, name: str, places: dict[KeyPath, Place]) -> None:
        self._name = name
        self._places = places
        self._visited = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        self._visited += 1
        if self._visited > _MOST_NODES:
            raise StudyError(f"{self._name} holds more than {_MOST_NODES:,} values.")
        if node.tag not in _TAGS:
            tag = node.tag.replace(_TAG, "!!")
            raise self._refused(node, f"the tag '{tag}' has no meaning here; leave it out")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._entry(child, (*path, i)) for i, child in enumerate(node.value)]
        return self._scalar(node)

    def _entry(self, node: yaml.Node, path: KeyPath) -> Any:
        self._places[path] = self._place(node)
        return self.value(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                raise self._refused(key_node, "a key should be text, not a list or a mapping")
            if key in content:
                first = self._places[*path, key].order
                sentence = f"the key '{key}' comes twice, first in line {first}; keep one of them"
                raise self._refused(key_node, sentence)
            self._places[*path, key] = self._place(key_node)
            content[key] = self.value(value_node, (*path, key))
        return content

    def _scalar(self, node: yaml.Node) -> str | int | float | bool | None:
        convert = _TAGS[node.tag]
        try:
            return convert(node.value)
        except ValueError:
            kind = node.tag.removeprefix(_TAG)
            raise self._refused(node, f"'{node.value}' cannot be read as !!{kind}") from None

    def _place(self, node: yaml.Node) -> Place:
        line = node.start_mark.line + 1
        return Place(f"{self._name}, line {line}", line)

    def _refused(self, node: yaml.Node, sentence: str) -> StudyError:
        return StudyError(f"{self._place(node).words}: {sentence}.")


def _integer(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)


def _number(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_TAGS: dict[str, Callable[[str], str | int | float | bool | None]] = {
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": lambda text: text.lower() == "true",
    f"{_TAG}int": _integer,
    f"{_TAG}float": _number,
    f"{_TAG}str": str,
    f"{_TAG}seq": str,
    f"{_TAG}map": str,
}


def _invalid(error: yaml.MarkedYAMLError, name: str) -> str:
    problem = error.problem or "it cannot be read"
    never_closed = "stream" in problem and error.context_mark is not None
    mark = error.context_mark if never_closed else error.problem_mark
    place = name if mark is None else f"{name}, line {mark.line + 1}"
    said = f"{error.context}, {problem}" if problem.startswith("but ") else problem
    hints = {
        "\\t": "; indent with spaces, not with tabs",
        "mapping values are not allowed": "; put a text that holds ': ' in quotes",
        "<block end>": "; look at the indentation",
        "stream": "; something is opened here and never closed",
    }
    hint = next((hint for part, hint in hints.items() if part in problem), "")
    return f"{place} is not valid YAML: {said}{hint}."
