"""Who is at work on a cell: a lock that the kernel lets go when its holder dies.

The lock is an advisory one (``flock``) on a file that stays; what stands in the file says who
holds the lock. When the file names a holder and nobody holds the lock, that holder died.
"""

import contextlib
import datetime
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldmark.core.errors import StoreError

_TRIES = 5
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a lock, or held it when it died.

    Attributes:
        alive: whether the lock is held now.
        words: its process id, its machine and the time (UTC) that it took the lock.
    """

    alive: bool
    words: str


@contextlib.contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Take the lock at ``path`` if nobody else holds it; yield whether it was taken.

    Raises:
        StoreError: the file system has no locks.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "lock"
        >>> with try_lock(path) as mine, try_lock(path) as other:
        ...     mine, other
        (True, False)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as stream:
        taken = _take(stream.fileno(), path)
        if not taken:
            yield False
            return
        try:
            stream.truncate(0)
            stream.write(_signature())
            stream.flush()
            yield True
        finally:
            stream.truncate(0)


def holder_of(path: Path) -> Holder | None:
    """Return who holds the lock at ``path``, or died with it; None when it was let go.

    Raises:
        StoreError: the file system has no locks.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "lock"
        >>> with try_lock(path):
        ...     holder_of(path).alive
        True
        >>> holder_of(path) is None
        True
    """
    try:
        stream = path.open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with stream:
        free = _flock(stream.fileno(), fcntl.LOCK_SH, path)
        words = stream.read()
    if free:
        return Holder(alive=False, words=words) if words else None
    return Holder(alive=True, words=words or "another process")


def _take(descriptor: int, path: Path) -> bool:
    """Try a few times, because a reader of the state holds a shared lock for an instant."""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        if _flock(descriptor, fcntl.LOCK_EX, path):
            return True
    return False


def _flock(descriptor: int, kind: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise StoreError(
            f"The file system of {path.parent} has no locks ({error.strerror}), so two runs could "
            "do the same cell; keep the results on a local disk."
        ) from None
    return True


def _signature() -> str:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return f"process {os.getpid()} on {socket.gethostname()} since {now}"
