"""Score tables in blocks of rows, so that a table larger than the memory can be walked through."""

import functools
import hashlib
import mmap
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

FloatArray: TypeAlias = np.ndarray[Any, np.dtype[np.floating[Any]]]

BLOCK_BYTES = 4 << 20
IN_MEMORY_BYTES = 256 << 20
_RELEASE_BYTES = 4 << 20


def rows_per_block(n_columns: int, itemsize: int, block_bytes: int = BLOCK_BYTES) -> int:
    """Return how many rows make a block of about ``block_bytes``; at least 1.

    Example:
        >>> rows_per_block(1024, 4)
        1024
    """
    return max(1, block_bytes // max(1, n_columns * itemsize))


def raw_blocks(
    scores: FloatArray, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[int, FloatArray]]:
    """Yield the position of the first row and the rows of each block, in order.

    Pages of a file that is mapped for reading are handed back while walking, so that the process
    stays small.

    Args:
        scores: array (n_items, n_classes).
        block_bytes: aimed size of a block, in bytes.

    Example:
        >>> [(start, rows.shape) for start, rows in raw_blocks(np.zeros((3, 2), np.float32))]
        [(0, (3, 2))]
    """
    rows = rows_per_block(scores.shape[1], scores.itemsize, block_bytes)
    walked = 0
    for start in range(0, len(scores), rows):
        block = np.asarray(scores[start : start + rows])
        yield start, block
        walked += block.nbytes
        if walked >= _RELEASE_BYTES:
            release_pages(scores)
            walked = 0
    release_pages(scores)


def score_blocks(
    scores: FloatArray, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[int, FloatArray]]:
    """Yield blocks as `raw_blocks`, with half-precision scores widened to float32, exactly.

    Example:
        >>> [rows.dtype.name for _, rows in score_blocks(np.zeros((3, 2), np.float16))]
        ['float32']
    """
    for start, block in raw_blocks(scores, block_bytes=block_bytes):
        yield start, _widened(block) if block.dtype == np.float16 else block


def _widened(halves: FloatArray) -> FloatArray:
    """Return half-precision scores as float32, looked up: small ones are slow to convert."""
    wide: FloatArray = np.take(_wide_halves(), halves.view(np.uint16), mode="clip")
    return wide


@functools.cache
def _wide_halves() -> FloatArray:
    """Return every half-precision number as float32, at the place that its bits count."""
    wide: FloatArray = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    wide.flags.writeable = False
    return wide


def release_pages(array: FloatArray) -> None:
    """Hand the pages of a file that is mapped read-only back to the system; its values stay.

    Does nothing for other arrays: private pages would lose what was written to them.
    """
    if not isinstance(array, np.memmap) or array.mode != "r":
        return
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


def collect(
    blocks: Iterable[FloatArray], *, shape: tuple[int, int], dtype: np.dtype[Any]
) -> FloatArray:
    """Return the blocks as one read-only array, on disk when it is large.

    Up to `IN_MEMORY_BYTES` the array lies in memory, above that in a temporary file that vanishes
    with the array.

    Args:
        blocks: arrays (any number of rows, shape[1]) that together have shape[0] rows.
        shape: number of rows and columns.
        dtype: floating type of the result.

    Example:
        >>> collect([np.ones((2, 1))], shape=(2, 1), dtype=np.dtype(np.float32)).tolist()
        [[1.0], [1.0]]
    """
    if shape[0] * shape[1] * dtype.itemsize <= IN_MEMORY_BYTES:
        whole = np.empty(shape, dtype)
        start = 0
        for block in blocks:
            whole[start : start + len(block)] = block
            start += len(block)
        whole.flags.writeable = False
        return whole
    with tempfile.TemporaryFile() as stream:
        for block in blocks:
            stream.write(np.ascontiguousarray(block, dtype).data)
        stream.flush()
        return np.memmap(stream, dtype=dtype, mode="r", shape=shape)


def digest_of_scores(scores: FloatArray) -> str:
    """Return the digest of an array of scores: its type, shape and bytes in C order.

    Example:
        >>> scores = np.zeros((3, 2), np.float32)
        >>> digest_of_scores(scores) == digest_of_scores(scores.copy(order="F"))
        True
    """
    digest = hashlib.sha256(f"{scores.dtype.str}{scores.shape}".encode())
    for _, block in raw_blocks(scores):
        digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()
