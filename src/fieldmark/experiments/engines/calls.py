"""The one call that every engine launches: run these cells of this study."""

import sys
from dataclasses import dataclass
from pathlib import Path

TOLD = "-"
_ENDED = "cell ended: "


@dataclass(frozen=True, slots=True)
class StudyCall:
    """How a study is run by another process.

    Attributes:
        study: the study file.
        overrides: KEY=VALUE each, as they were set for the launching process.
        python: the interpreter.
    """

    study: Path
    overrides: tuple[str, ...] = ()
    python: str = sys.executable

    def command(self, cells: str) -> list[str]:
        """Return the command line that runs some cells.

        Args:
            cells: ids with commas between, "@" and a file of them, or "-": read from standard
                input, one at a time.

        Example:
            >>> StudyCall(Path("s.yaml"), python="python").command("probe/seed-0")[3:]
            ['run', 's.yaml', '--cells', 'probe/seed-0']
        """
        settings = [word for setting in self.overrides for word in ("--set", setting)]
        program = [self.python, "-m", "fieldmark.cli.main"]
        return [*program, "run", str(self.study), *settings, "--cells", cells]


def ended_line(cell: str) -> str:
    """Return what a process that is told cells one at a time prints after each.

    Example:
        >>> cell_that_ended(ended_line("probe/seed-0"))
        'probe/seed-0'
    """
    return f"{_ENDED}{cell}"


def cell_that_ended(line: str) -> str | None:
    """Return the id that a line says has ended, or None when it says something else."""
    return line.removeprefix(_ENDED) if line.startswith(_ENDED) else None
