"""Fingerprints of files that were hashed before, found again without reading the files.

A file counts as unchanged when its place, size, inode and both its times are what they were when
it was hashed, and when those times lie more than two seconds before the hashing: a change within
the clock's tick could not be told apart. The time of the last status change cannot be set by a
program, so that a file whose date was put back is read again. File systems that do not keep that
time (some network shares) deserve no cache: leave it out there.
"""

import os
import time
from pathlib import Path
from typing import Any, Final

from fieldmark.core.errors import StoreError
from fieldmark.core.storage import read_json, write_json
from fieldmark.embeddings.fingerprints import Fingerprint

_SETTLED_NS: Final = 2_000_000_000


class FingerprintCache:
    """Fingerprints by path, in one JSON file; a damaged file counts as an empty one.

    Args:
        file: where they are kept; it may be new.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._is_changed = False
        try:
            content = read_json(file) if file.exists() else {}
        except StoreError:
            content = {}
        self._entries: dict[str, Any] = content if isinstance(content, dict) else {}

    def find(self, path: Path) -> Fingerprint | None:
        """Return the fingerprint of a file that is as it was; None when it must be read."""
        entry = self._entries.get(_place_of(path))
        if entry is None:
            return None
        try:
            state, digest, hashed_at = entry
            now = _state_of(path)
        except (OSError, ValueError, TypeError):
            return None
        settled = hashed_at - max(now[1], now[2]) > _SETTLED_NS
        return Fingerprint(digest, now[0], now[1]) if now == state and settled else None

    def keep(self, path: Path, fingerprint: Fingerprint) -> None:
        """Remember the fingerprint of a file that was just read."""
        try:
            state = _state_of(path)
        except OSError:
            return
        if state[:2] == [fingerprint.size, fingerprint.modified]:
            self._entries[_place_of(path)] = [state, fingerprint.digest, time.time_ns()]
            self._is_changed = True

    def save(self) -> None:
        """Write what is new, whole or not at all; nothing when nothing is new."""
        if self._is_changed:
            write_json(self._file, self._entries)
            self._is_changed = False


def _place_of(path: Path) -> str:
    # Ten times faster than Path.absolute, and links are not followed: stat follows them anyway.
    return os.path.abspath(path)  # noqa: PTH100


def _state_of(path: Path) -> list[int]:
    status = path.stat()
    times = [status.st_mtime_ns, status.st_ctime_ns]
    return [status.st_size, *times, status.st_ino, status.st_dev]
