import errno
import os
from pathlib import Path

import pytest

from fieldmark.core.errors import RunFailedError
from fieldmark.experiments.full_disk import full_disk_told, refuse_full_disk

RESULTS = Path("/somewhere/results")


def full(name: str | None = None, number: int = errno.ENOSPC) -> OSError:
    return OSError(number, os.strerror(number), name)


def wrapped() -> Exception:
    try:
        try:
            raise full()
        except OSError as cause:
            raise ValueError("could not save") from cause
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (full(), RESULTS),
        (full(number=errno.EDQUOT), RESULTS),
        (full(str(RESULTS / "cells" / "a")), RESULTS),
        (full("/tmp/cache/b"), Path("/tmp/cache")),
        (wrapped(), RESULTS),
        (OSError("131072 requested and 62432 written"), RESULTS),
        (
            RuntimeError("[enforce fail at inline_container.cc:6] . unexpected pos 2 vs 1"),
            RESULTS,
        ),
        (
            RuntimeError("PytorchStreamWriter failed writing file data/3"),
            RESULTS,
        ),
        (RuntimeError("I/O error: No space left on device (os error 28)"), RESULTS),
    ],
)
def test_a_full_disk_is_one_sentence(error: Exception, place: Path) -> None:
    with pytest.raises(RunFailedError) as caught:
        refuse_full_disk(error, RESULTS)
    assert str(caught.value) == (
        f"There is no room left on the disk of {place}: what was being written does not count."
        " Make room and run again; what was finished is kept."
    )


@pytest.mark.parametrize("error", [ValueError("no"), full(number=errno.EACCES)])
def test_another_error_is_left_alone(error: Exception) -> None:
    refuse_full_disk(error, RESULTS)


def test_a_block_tells_of_a_full_disk_only() -> None:
    with pytest.raises(RunFailedError, match="no room left"), full_disk_told(RESULTS):
        raise full()
    with pytest.raises(PermissionError), full_disk_told(RESULTS):
        raise full(number=errno.EACCES)
