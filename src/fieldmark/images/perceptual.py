"""What hardly changes when a picture is resized or compressed anew: a hash, and a thumbnail.

The hash finds candidates among very many, the thumbnail confirms them: specimens in one pose and
under one light have near hashes without being copies.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.fft import dctn

from fieldmark.core.errors import ImageError
from fieldmark.images.decoding import decode

_SIDE: Final = 32
_KEPT: Final = 8
_THUMBNAIL: Final = 16
_THREADS: Final = 2
_BLOCK: Final = 2000


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
        for start in range(0, len(paths), _BLOCK):
            yield from pool.map(_look_of_file, paths[start : start + _BLOCK])


def _look_of_file(path: Path) -> Look | ImageError:
    try:
        return look_of(decode(path))
    except ImageError as error:
        return error
