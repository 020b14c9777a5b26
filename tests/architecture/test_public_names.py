import ast
import inspect
from pathlib import Path

import pytest

import fieldmark as fm

STUB = Path(fm.__file__).with_suffix(".pyi")
REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def listed() -> list[str]:
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    return [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]


def test_the_stub_and_what_can_be_imported_are_equal() -> None:
    assert sorted(fm.__all__) == sorted(listed())
    assert len(set(listed())) == len(listed())


@pytest.mark.parametrize("name", listed())
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    thing = getattr(fm, name)
    assert inspect.getdoc(thing), f"{name} has no docstring"


@pytest.mark.parametrize("name", listed())
def test_every_public_name_is_in_the_reference(name: str) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    assert f"fieldmark.{name}\n" in pages or f".{name}\n" in pages, (
        f"{name} is not in docs/reference"
    )


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        fm.no_such_name  # noqa: B018
