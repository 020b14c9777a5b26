"""The tutorials do as they say: their code runs, and shows the lines that stand in them.

A Python or YAML block whose first line is a comment with a file name is saved under that name, and
a Python file is run; any other Python block is run and compared with the text block below it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (\S+\.(?:py|yaml))\n")
REFUSED = "fieldmark: "


def run(command: str | list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        shell=isinstance(command, str),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": path},
    )


def squeezed(text: str) -> str:
    """Return a line with single spaces, as tables are padded."""
    return " ".join(text.split())


def assert_shown(expected: str, said: str, what: str) -> None:
    """Every line, or its part before "...", is how a line begins that was printed."""
    printed = [squeezed(line) for line in said.splitlines()]
    for line in expected.splitlines():
        shown = squeezed(line).removesuffix("...").rstrip()
        assert not shown or any(one.startswith(shown) for one in printed), f"{what}\n{line}\n{said}"


def run_console(block: str, folder: Path) -> None:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        length = next(row for row, line in enumerate(lines, 1) if not line.endswith("\\"))
        command, expected = "\n".join(lines[:length]), "\n".join(lines[length:])
        said = run(command, folder)
        assert said.returncode == (2 if expected.startswith(REFUSED) else 0), said.stderr
        assert_shown(expected, said.stdout + said.stderr, command)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "tutorials/anybodys-predictions",
        "tutorials/one-head-per-rank",
        "tutorials/rankings",
        "tutorials/onset",
        "tutorials/when-things-go-wrong",
        "tutorials/folds-and-ablations",
        "tutorials/poison-and-promises",
        "tutorials/fungitastic",
        "systems/taxonomy",
    ],
)
def test_every_command_of_a_tutorial_shows_what_it_says(name: str, tmp_path: Path) -> None:
    blocks = BLOCK.findall((DOCS / f"{name}.md").read_text(encoding="utf-8"))
    assert blocks
    printed = ""
    for language, content in blocks:
        file_name = FILE_NAME.match(content)
        if file_name:
            (tmp_path / file_name[1]).write_text(content, encoding="utf-8")
        if language == "console":
            run_console(content, tmp_path)
        elif language == "python":
            ran = run(
                [sys.executable, file_name[1]] if file_name else [sys.executable, "-c", content],
                tmp_path,
            )
            assert ran.returncode == 0, ran.stderr
            printed = ran.stdout
        elif language == "text":
            assert_shown(content, printed, name)
