"""How the command line shows progress, tables and JSON."""

import contextlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fieldmark.core.progress import Progress, Step
from fieldmark.experiments.durations import in_words

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.table import Table

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 10.0, 300.0


def open_progress() -> contextlib.AbstractContextManager[Progress]:
    """Return bars with the time left on a terminal, and a line now and then elsewhere."""
    return _bars() if sys.stderr.isatty() else contextlib.nullcontext(LineProgress())


class LineProgress:
    """Progress as plain lines, for logs.

    Example:
        >>> with LineProgress().step("embed", total=1) as step:
        ...     step.advance()
    """

    @contextlib.contextmanager
    def step(self, description: str, total: int) -> Iterator[Step]:
        """Open a piece of work; say how far it is after ten seconds, then ever more rarely.

        The pause doubles after each line, up to five minutes, so that a log of a long run stays
        short.
        """
        yield _LineStep(self, description, total)

    def say(self, message: str) -> None:
        """Write one line to standard error."""
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()


class _LineStep:
    def __init__(self, listener: LineProgress, description: str, total: int) -> None:
        self._listener, self._description, self._total = listener, description, total
        self._done = 0
        self._started = self._told = time.monotonic()
        self._wait = _FIRST_WAIT_SECONDS

    def advance(self, count: int = 1) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._told < self._wait or not self._done:
            return
        self._told, self._wait = now, min(2 * self._wait, _LONGEST_WAIT_SECONDS)
        left = (now - self._started) / self._done * (self._total - self._done)
        share = self._done / max(1, self._total)
        self._listener.say(
            f"{self._description}: {self._done:,} of {self._total:,} ({share:.0%}), "
            f"about {in_words(left)} left"
        )


class _BarProgress:
    def __init__(self, bars: "Bars") -> None:
        self._bars = bars

    @contextlib.contextmanager
    def step(self, description: str, total: int) -> Iterator[Step]:
        task = self._bars.add_task(description, total=total)
        try:
            yield _BarStep(self._bars, task)
        finally:
            self._bars.remove_task(task)

    def say(self, message: str) -> None:
        self._bars.console.print(message, highlight=False, markup=False)


class _BarStep:
    def __init__(self, bars: "Bars", task: Any) -> None:
        self._bars, self._task = bars, task

    def advance(self, count: int = 1) -> None:
        self._bars.advance(self._task, count)


@contextlib.contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # Results on standard output are no progress: they must reach a pipe.
    console = Console(stderr=True)
    with Bars(*columns, console=console, transient=True, redirect_stdout=False) as bars:
        yield _BarProgress(bars)


def print_line(text: str = "") -> None:
    """Write one line to standard output."""
    sys.stdout.write(f"{text}\n")


def print_json(content: Any) -> None:
    """Write JSON to standard output; refuses numbers that are not finite."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to standard output, as wide as the terminal, or as it needs elsewhere."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    console.print(table_of(title, columns, rows))


def table_of(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    """Return a table to be drawn; its first column is never broken."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left", no_wrap=index == 0, overflow="fold")
    for row in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    return table
