"""Artefacts that are either whole or absent.

Everything is written beside its place under a temporary name and moved there in one step, so that
a killed process leaves no half-written artefact. Arrays are ``.npy`` (memory-mappable), tables
Parquet or CSV, headers JSON; nothing is pickled.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark.core.errors import StoreError

_TEMPORARY = ".partial-"
_FLUSHES_AT_ONCE = 8


@contextlib.contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``path`` when the block ends without an error.

    An existing ``path`` is replaced. When the block raises, nothing is left behind.

    Args:
        path: where the finished folder shall lie; its parents are made.

    Example:
        >>> root = Path(tempfile.mkdtemp())
        >>> with atomic_directory(root / "run") as folder:
        ...     _ = (folder / "a.txt").write_text("x")
        >>> sorted(entry.name for entry in root.iterdir())
        ['run']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{path.name}-", dir=path.parent))
    try:
        yield folder
        folder.chmod(0o755)
        _flush_together([entry for entry in folder.rglob("*") if entry.is_file()])
        _replace_directory(folder, path)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _flush(path.parent)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path whose file becomes ``path`` when the block ends without an error.

    The temporary name keeps the suffix of ``path``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f"{_TEMPORARY}{path.stem}-", suffix=path.suffix, dir=path.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        _flush(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush(path.parent)


def remove_partial(parent: Path) -> int:
    """Delete what killed processes left under temporary names in ``parent``; return how many.

    Example:
        >>> root = Path(tempfile.mkdtemp())
        >>> (root / ".partial-run-x").mkdir()
        >>> remove_partial(root)
        1
    """
    left = list(parent.glob(f"{_TEMPORARY}*")) if parent.is_dir() else []
    for entry in left:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return len(left)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as JSON, keys in the given order, whole or not at all.

    Raises:
        ValueError: a number is not finite.
    """
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        StoreError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoreError(f"Expected a file at {path}; there is none.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is damaged or not JSON ({error}).") from None


def says_format(record: Path, wanted: str) -> bool:
    """Return whether a JSON file is there that states this format under the key ``format``.

    Args:
        record: the file that describes its folder.
        wanted: such as "fieldmark predictions 1".

    Example:
        >>> says_format(Path("/nowhere/header.json"), "fieldmark predictions 1")
        False
    """
    try:
        content = read_json(record)
    except (StoreError, OSError):
        return False
    return isinstance(content, dict) and content.get("format") == wanted


def refuse_foreign(folder: Path, *, is_own: bool, what: str) -> None:
    """Refuse to replace a folder with other content, or a file.

    Args:
        folder: where something is about to be stored; absent, empty or of the same kind.
        is_own: whether it holds what may be replaced.
        what: that is stored, for the message, such as "decisions".

    Raises:
        StoreError: it holds something else.
    """
    if folder.exists() and not is_own and (folder.is_file() or any(folder.iterdir())):
        raise StoreError(
            f"Expected a new folder or stored {what} at {folder}; there is something else, which is"
            " not overwritten. Name another folder."
        )


def read_array(path: Path) -> np.ndarray[Any, Any]:
    """Return a stored array, memory-mapped and read-only.

    Raises:
        StoreError: the file is missing, cut short, or holds Python objects.
    """
    try:
        array: np.ndarray[Any, Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise StoreError(f"Expected an array at {path}; there is none.") from None
    except (ValueError, EOFError) as error:
        raise StoreError(f"{path} is not a plain NumPy array ({error}).") from None
    return array


def _replace_directory(folder: Path, path: Path) -> None:
    if path.exists():
        retired = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{path.name}-", dir=path.parent))
        path.rename(retired / path.name)
        folder.rename(path)
        shutil.rmtree(retired, ignore_errors=True)
    else:
        folder.rename(path)


def _flush_together(paths: list[Path]) -> None:
    """Force files to disk at the same time, which a file system does in one go, not one by one."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=_FLUSHES_AT_ONCE) as pool:
        list(pool.map(_flush, paths))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
