"""A disk without room ends a run with one sentence: the cells to come would only fail too."""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fieldmark.core.errors import RunFailedError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_SAID: Final = re.compile(
    "|".join(
        (
            re.escape(os.strerror(errno.ENOSPC)),
            r"\d+ requested and \d+ written",  # NumPy
            r"PytorchStreamWriter failed writing|inline_container.*unexpected pos",  # torch
        )
    )
)


def refuse_full_disk(error: BaseException, folder: Path) -> None:
    """Raise what ends the run, if an error came of a full disk; otherwise do nothing.

    Libraries wrap the error of the system in their own; what it says in words is looked for too.

    Args:
        error: what was raised, with its causes.
        folder: where the results lie; named unless the error names another place.

    Raises:
        RunFailedError: the disk is full, or a quota is used up.

    Example:
        >>> refuse_full_disk(ValueError("no"), Path("results"))
    """
    for cause in _causes(error):
        place = _place_of(cause, folder)
        if place is not None:
            raise RunFailedError(
                f"There is no room left on the disk of {place}: what was being written does not"
                " count. Make room and run again; what was finished is kept."
            ) from None


@contextlib.contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Turn the system's error of a full disk into the sentence that ends the run.

    Args:
        folder: where the results lie.

    Raises:
        RunFailedError: the disk is full, or a quota is used up.
    """
    try:
        yield
    except OSError as error:
        refuse_full_disk(error, folder)
        raise


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _place_of(error: BaseException, folder: Path) -> Path | None:
    """Return where there is no room, or None when the error is another one."""
    if isinstance(error, OSError) and error.errno in _FULL:
        named = error.filename
        inside = named is None or Path(os.fsdecode(named)).is_relative_to(folder)
        return folder if inside else Path(os.fsdecode(named)).parent
    return folder if _SAID.search(str(error)) else None
