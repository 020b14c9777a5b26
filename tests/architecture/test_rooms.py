import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "fieldmark"
ROOMS = sorted(path.parent for path in SOURCE.glob("*/__init__.py"))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_rooms_init_is_only_a_sign(room: Path) -> None:
    statements = ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body
    assert len(statements) == 2
    docstring, names = statements
    assert isinstance(docstring, ast.Expr)
    assert isinstance(names, ast.Assign)
    assert ast.unparse(names.targets[0]) == "__all__"
    modules = {path.stem for path in room.glob("*.py")} - {"__init__"}
    assert sorted(ast.literal_eval(names.value)) == sorted(modules)


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.stem)
def test_nobody_imports_from_a_rooms_init(path: Path) -> None:
    rooms = {f"fieldmark.{room.name}" for room in ROOMS}
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    assert [node.lineno for node in imports if node.module in rooms] == []


def test_every_room_is_in_the_architecture_page() -> None:
    page = (SOURCE.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in ROOMS:
        assert f"| `{room.name}` |" in page, f"ARCHITECTURE.md lacks a row for {room.name}"


def test_every_trap_test_is_named_after_its_trap() -> None:
    for path in (SOURCE.parents[1] / "tests" / "traps").glob("*.py"):
        number = path.stem.split("_")[2]
        names = [
            node.name
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
        ]
        assert names, f"{path.name} tests nothing"
        assert all(name.startswith(f"test_trap_{number}_") for name in names), path.name
