"""What image files hold, by content, and whether they still hold it."""

import dataclasses
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import ImageError

_BLOCK: Final = 2000


@dataclasses.dataclass(frozen=True, slots=True)
class Fingerprint:
    """The content of one file, and what shows that it may have changed since.

    Attributes:
        digest: SHA-256 of the bytes, in hexadecimal.
        size: in bytes.
        modified: time of the last change, in nanoseconds.
    """

    digest: str
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the fingerprint of a file.

        Raises:
            ImageError: the file is missing or cannot be read.
        """
        try:
            status = path.stat()
            digest = digest_of_file(path)
        except OSError as error:
            raise ImageError(
                f"Expected a readable image file at {path}; {error.strerror or error}. Restore it, "
                "or leave such images out with `unreadable: exclude`."
            ) from None
        return cls(digest, status.st_size, status.st_mtime_ns)

    def check_unchanged(self, path: Path) -> None:
        """Refuse a file that was written to since the fingerprint was taken.

        Raises:
            ImageError: size or time of the last change differ, or the file is gone.
        """
        try:
            status = path.stat()
        except OSError:
            raise ImageError(f"{path} vanished while it was read. Restore it and go on.") from None
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified):
            raise ImageError(
                f"{path} changed while it was read. Run it again when nothing writes to the images."
            )


def fingerprints(paths: Sequence[Path]) -> Iterator[Fingerprint | ImageError]:
    """Yield the fingerprint of each file in order, or why it cannot be read.

    Files are read in parallel, a block of them at a time.

    Args:
        paths: files; may be empty.
    """
    with ThreadPoolExecutor(thread_name_prefix="fieldmark-hash") as pool:
        for start in range(0, len(paths), _BLOCK):
            yield from pool.map(_fingerprint_or_reason, paths[start : start + _BLOCK])


def _fingerprint_or_reason(path: Path) -> Fingerprint | ImageError:
    try:
        return Fingerprint.of(path)
    except ImageError as error:
        return error
