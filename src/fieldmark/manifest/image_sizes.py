"""Which of many files exist, and how large they are, asked of the disk many at a time."""

import os
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Final

from fieldmark.core.progress import Progress, SilentProgress

_BLOCK: Final = 2000
_THREADS: Final = 16  # a disk across a network answers many at once, and the local one in time


def file_sizes(
    root: Path, paths: Sequence[str], *, progress: Progress | None = None
) -> list[int | None]:
    """Return the size of each file in bytes, in order; None where there is no such file.

    A folder is asked for once: where it is absent, so are its files.

    Args:
        root: the folder that the paths start from.
        paths: relative to ``root``.
        progress: who hears how far it is; nobody when None.

    Example:
        >>> file_sizes(Path("/nowhere"), ["a.jpg"])
        [None]
    """
    folders = {path.rpartition("/")[0] for path in paths}
    absent = frozenset(folder for folder in folders if not (root / folder).is_dir())
    blocks = [paths[start : start + _BLOCK] for start in range(0, len(paths), _BLOCK)]
    threads = min(_THREADS, max(1, len(blocks)))
    with (
        (progress or SilentProgress()).step("look for image files", len(paths)) as step,
        ThreadPoolExecutor(threads) as pool,
    ):
        found: list[list[int | None]] = []
        for sizes in pool.map(lambda block: list(_sizes(root, block, absent)), blocks):
            found.append(sizes)
            step.advance(len(sizes))
    return list(chain.from_iterable(found))


def _sizes(root: Path, paths: Sequence[str], absent: frozenset[str]) -> Iterator[int | None]:
    for path in paths:
        yield None if path.rpartition("/")[0] in absent else _size(f"{root}/{path}")


def _size(path: str) -> int | None:
    try:
        found = os.stat(path)  # noqa: PTH116 (hundreds of thousands of files)
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
