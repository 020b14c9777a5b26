"""Content digests: what has the same digest has the same content.

All digests are SHA-256 in hexadecimal, 64 characters.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

_CHUNK_BYTES = 1 << 20


def digest_of(content: Any) -> str:
    """Return the digest of anything that JSON can hold, independent of the order of keys.

    Args:
        content: nested dicts, lists, strings, finite numbers, booleans and None.

    Returns:
        64 hexadecimal characters.

    Raises:
        TypeError: the content holds something that JSON cannot.
        ValueError: a number is not finite.

    Example:
        >>> digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
        True
        >>> digest_of({"a": 1})[:12]
        '015abd7f5cc5'
    """
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_strings(strings: Iterable[str]) -> str:
    """Return the digest of a sequence of strings; the order counts.

    Example:
        >>> digest_of_strings(["ab", "c"]) == digest_of_strings(["a", "bc"])
        False
    """
    encoded = [string.encode() for string in strings]
    pieces = [piece for one in encoded for piece in (len(one).to_bytes(8, "little"), one)]
    return hashlib.sha256(b"".join(pieces)).hexdigest()


def digest_of_array(array: np.ndarray[Any, Any]) -> str:
    """Return the digest of an array: its dtype, shape and bytes in C order.

    Reads a memory-mapped array in pieces of at most about a MiB.

    Example:
        >>> digest_of_array(np.zeros(2)) == digest_of_array(np.zeros((2, 1)))
        False
    """
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    row_bytes = max(1, array[:1].nbytes) if array.ndim else 1
    step = max(1, _CHUNK_BYTES // row_bytes)
    rows = array if array.ndim else array.reshape(1)
    for start in range(0, len(rows), step):
        digest.update(np.ascontiguousarray(rows[start : start + step]).data)
    return digest.hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the digest of a file's bytes.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
