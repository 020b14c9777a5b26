"""Which of many files hold the same bytes, of which as few as possible are read whole."""

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from fieldmark.core.digests import digest_of_file
from fieldmark.core.progress import Progress, SilentProgress

Read = TypeVar("Read")

_BEGINNING: Final = 4096
_BLOCK: Final = 200
_THREADS: Final = 8  # a disk across a network answers many at once


def same_files(
    paths: Mapping[str, Path], sizes: Mapping[str, int], *, progress: Progress | None = None
) -> list[list[str]]:
    """Return the groups of files with the same content, at least two each.

    Of files of equal size the first 4 KiB are compared, and only those that begin alike are read
    whole: among photographs hardly any but copies.

    Args:
        paths: id -> file that exists.
        sizes: id -> its size in bytes.
        progress: who is told how far the reading is; nobody when None.

    Returns:
        ids in the order in which they were given, the groups in that of their first.

    Raises:
        OSError: a file cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as place:
        ...     paths = {name: Path(place) / name for name in "abc"}
        ...     for name, path in paths.items():
        ...         written = path.write_text("same" if name < "c" else "else")
        ...     same_files(paths, dict.fromkeys(paths, 4))
        [['a', 'b']]
    """
    heard = progress or SilentProgress()
    of_size = _alike({id_: sizes[id_] for id_ in paths})
    begun = [id_ for ids in of_size for id_ in ids]
    beginnings: dict[str, tuple[int, bytes]] = {}
    with heard.step("compare files of the same size", len(begun)) as step:
        for block, found in _by_threads(_beginning, begun, paths):
            beginnings.update(
                (id_, (sizes[id_], one)) for id_, one in zip(block, found, strict=True)
            )
            step.advance(len(block))
    groups = _alike(beginnings)
    short = [ids for ids in groups if sizes[ids[0]] <= _BEGINNING]
    suspects = [id_ for ids in groups if sizes[ids[0]] > _BEGINNING for id_ in ids]
    contents: dict[str, str] = {}
    if suspects:
        with heard.step("read files that begin alike", len(suspects)) as step:
            for block, whole in _by_threads(digest_of_file, suspects, paths):
                contents.update(zip(block, whole, strict=True))
                step.advance(len(block))
    place = {id_: number for number, id_ in enumerate(paths)}
    return sorted([*short, *_alike(contents)], key=lambda ids: place[ids[0]])


def _alike(of: Mapping[str, Hashable]) -> list[list[str]]:
    """Return the ids that share what they are mapped to, at least two each."""
    groups: dict[Hashable, list[str]] = {}
    for id_, key in of.items():
        groups.setdefault(key, []).append(id_)
    return [ids for ids in groups.values() if len(ids) > 1]


def _beginning(path: Path) -> bytes:
    with path.open("rb", buffering=0) as stream:
        return hashlib.sha256(stream.read(_BEGINNING)).digest()


def _by_threads(
    read: Callable[[Path], Read], ids: Sequence[str], paths: Mapping[str, Path]
) -> Iterator[tuple[Sequence[str], list[Read]]]:
    """Yield what was read of the files, in order, some at a time."""
    blocks = [ids[start : start + _BLOCK] for start in range(0, len(ids), _BLOCK)]
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="fieldmark-same") as pool:
        results = pool.map(lambda block: [read(paths[id_]) for id_ in block], blocks)
        yield from zip(blocks, results, strict=True)
