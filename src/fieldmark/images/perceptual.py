"""What hardly changes when a picture is resized or compressed anew: a hash, and a thumbnail.

The hash finds candidates among very many, the thumbnail confirms them: specimens in one pose and
under one light have near hashes without being copies.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.fft import dctn

from fieldmark.core.errors import ImageError
from fieldmark.images.decoding import decode

Hashes: TypeAlias = npt.NDArray[np.uint64]

_SIDE: Final = 32
_KEPT: Final = 8
_THUMBNAIL: Final = 16
_THREADS: Final = 2
_ROWS, _COLUMNS = 64, 4096


def perceptual_hash(image: Image.Image) -> int:
    """Return the perceptual hash of a picture, 64 bits, equal to ``imagehash.phash``.

    Colour plays no part, and a mirrored or turned picture has another hash. Pictures without
    structure, such as a blank page, share theirs.

    Args:
        image: a picture of any mode and size.

    Returns:
        the signs of the 8 x 8 lowest cosine coefficients about their median, row by row, the first
        in the highest bit.

    Source:
        Zauner (2010), Implementation and benchmarking of perceptual image hash functions; the
        arithmetic of imagehash 4.3, ``phash``.

    Example:
        >>> disc = Image.radial_gradient("L").crop((40, 0, 256, 180))
        >>> (perceptual_hash(disc) ^ perceptual_hash(disc.resize((400, 300)))).bit_count() <= 4
        True
    """
    grey = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    low = dctn(np.asarray(grey, dtype=np.float64), type=2)[:_KEPT, :_KEPT]
    return int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big")


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """How a picture looks, in few bytes.

    Attributes:
        hash: its perceptual hash, 64 bits.
        thumbnail: uint8 array (16, 16, 3), the means of the picture's fields.
    """

    hash: int
    thumbnail: npt.NDArray[np.uint8]

    @property
    def content(self) -> bytes:
        """Hash and thumbnail as bytes: equal for equal looks."""
        return self.hash.to_bytes(8, "big") + self.thumbnail.tobytes()


def look_of(image: Image.Image) -> Look:
    """Return how a picture looks.

    Example:
        >>> look_of(Image.new("RGB", (40, 30), (9, 8, 7))).thumbnail[0, 0].tolist()
        [9, 8, 7]
    """
    small = image.convert("RGB").resize((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX)
    return Look(perceptual_hash(image), np.asarray(small))


def looks_of_files(paths: Sequence[Path]) -> Iterator[Look | ImageError]:
    """Yield how each picture file looks, in order, or why it cannot be read."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="fieldmark-looks") as pool:
        yield from pool.map(_look_of_file, paths)


def _look_of_file(path: Path) -> Look | ImageError:
    try:
        return look_of(decode(path))
    except ImageError as error:
        return error


def near_hashes(
    hashes: npt.NDArray[Any], *, distance: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return every pair of hashes that differ in few bits, exactly, in blocks.

    Args:
        hashes: uint64 array (n,).
        distance: number of bits that may differ, 0 to 64.

    Returns:
        int64 array (pairs, 2) of positions, the smaller first, sorted, and uint8 array (pairs,)
        of the bits that differ.

    Raises:
        ImageError: the distance is not 0 to 64.

    Example:
        >>> pairs, bits = near_hashes(np.array([0, 255, 1], dtype=np.uint64), distance=2)
        >>> pairs.tolist(), bits.tolist()
        ([[0, 2]], [1])
    """
    if not 0 <= distance <= 64:
        raise ImageError(f"Expected a distance of 0 to 64 bits between hashes; got {distance}.")
    values: Hashes = np.ascontiguousarray(hashes, dtype=np.uint64)
    pairs, bits = [np.empty((0, 2), dtype=np.int64)], [np.empty(0, dtype=np.uint8)]
    for start in range(0, len(values), _ROWS):
        for other in range(start, len(values), _COLUMNS):
            rows, columns = values[start : start + _ROWS], values[other : other + _COLUMNS]
            differing = np.bitwise_count(rows[:, None] ^ columns)
            row, column = np.nonzero(differing <= distance)
            forward = row + start < column + other
            row, column = row[forward], column[forward]
            pairs.append(np.stack([row + start, column + other], axis=1))
            bits.append(differing[row, column])
    found, of_found = np.concatenate(pairs), np.concatenate(bits)
    order = np.lexsort((found[:, 1], found[:, 0]))
    return found[order], of_found[order]
