"""Who is at work on a cell, from its lock and its heartbeat together.

On one machine the lock decides at once. Where the lock does not reach, a heartbeat that is fresh
keeps a cell for its writer, and a silent one gives it free.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldmark.experiments.durations import in_words
from fieldmark.experiments.heartbeat import (
    CellProgress,
    FileSystemClock,
    Pulse,
    beats_on,
    is_of_this_machine,
    read_pulse,
)
from fieldmark.experiments.locks import holder_of, try_lock

LOCK: Final = "lock"
HEARTBEAT: Final = "heartbeat"


@dataclass(frozen=True, slots=True)
class Custody:
    """The process that is at work on a cell, or was when it died.

    Attributes:
        alive: whether it is still at work.
        words: who it is, and what its heartbeat says where that matters.
        progress: how far it said it was; None when it has not.
    """

    alive: bool
    words: str
    progress: CellProgress | None = None


def custody_of(cell: Path, clock: FileSystemClock) -> Custody | None:
    """Return who is at work on a cell, or died at it; None when nobody is.

    Args:
        cell: the folder of the cell.
        clock: of its file system.

    Raises:
        StoreError: the file system has no locks.
    """
    holder, pulse = holder_of(cell / LOCK), read_pulse(cell / HEARTBEAT)
    if pulse is None:
        return None if holder is None else Custody(holder.alive, holder.words)
    age = clock.age_seconds(cell / HEARTBEAT)
    if holder is not None and holder.alive:
        return Custody(alive=True, words=_held(holder.words, pulse, age), progress=pulse.progress)
    if is_of_this_machine(pulse) or _is_silent(pulse, age):
        return Custody(alive=False, words=_died(pulse, age), progress=pulse.progress)
    return Custody(alive=True, words=f"{pulse.words}, by its heartbeat", progress=pulse.progress)


@contextlib.contextmanager
def take_cell(cell: Path) -> Iterator[bool]:
    """Take a cell if nobody else is at work on it; yield whether it was taken.

    A cell whose heartbeat was written on another machine is taken only once it has been silent for
    long, and then stays silent while it is watched, so that no clock that jumps takes it away.

    Args:
        cell: the folder of the cell.

    Raises:
        StoreError: the file system has no locks.

    Example:
        >>> import tempfile
        >>> cell = Path(tempfile.mkdtemp())
        >>> with take_cell(cell) as mine, take_cell(cell) as other:
        ...     mine, other
        (True, False)
    """
    with try_lock(cell / LOCK) as locked:
        yield locked and not _is_kept_elsewhere(cell)


def _is_kept_elsewhere(cell: Path) -> bool:
    pulse = read_pulse(cell / HEARTBEAT)
    if pulse is None or is_of_this_machine(pulse):
        return False
    age = FileSystemClock(cell).age_seconds(cell / HEARTBEAT)
    return not _is_silent(pulse, age) or beats_on(cell / HEARTBEAT, pulse)


def _is_silent(pulse: Pulse, age: float | None) -> bool:
    """Whether a heartbeat is older than it may be, or lies so far ahead that its clock was set."""
    return age is not None and abs(age) > pulse.silence_seconds


def _held(holder: str, pulse: Pulse, age: float | None) -> str:
    if age is None or age <= pulse.silence_seconds:
        return holder
    return f"{holder}, without a heartbeat for {in_words(age)}"


def _died(pulse: Pulse, age: float | None) -> str:
    if age is None or age < 0:
        return pulse.words
    return f"{pulse.words}, last heartbeat {in_words(age)} ago"
