"""Shards of a store: a few hundred vectors with the digests of their images, whole or absent.

A shard is a folder named after its content, with ``images.npy``, uint8 (n, 32), the SHA-256 of
each image file, and ``vectors.npy``, float32 or float16 (n, width). It is never changed once it is
there.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from fieldmark.core.digests import digest_of_array, digest_of_strings
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import atomic_directory, read_array

VectorArray: TypeAlias = npt.NDArray[np.floating[Any]]

SHARD_PREFIX: Final = "shard-"

_IMAGES: Final = "images.npy"
_VECTORS: Final = "vectors.npy"
_NAME_LENGTH: Final = 32
_DIGEST_BYTES: Final = 32


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """One shard on disk, memory-mapped.

    Attributes:
        path: its folder.
        images: uint8 array (n, 32), digests of the image files.
        vectors: float32 or float16 array (n, width).
    """

    path: Path
    images: npt.NDArray[np.uint8]
    vectors: VectorArray

    def __len__(self) -> int:
        return len(self.images)

    @property
    def width(self) -> int:
        """The number of values of one vector."""
        return int(self.vectors.shape[1])

    def keys(self) -> list[bytes]:
        """Return the digests of the images, 32 bytes each, in the order of the rows."""
        return [row.tobytes() for row in np.asarray(self.images)]

    def check_content(self) -> None:
        """Read the whole shard and compare it with its name.

        Raises:
            StoreError: the content is not what was written.
        """
        if self.path.name != _name_of(self.images, self.vectors):
            raise _damaged(self.path, "its content does not match its name")


def write_shard(folder: Path, keys: Sequence[bytes], vectors: VectorArray) -> Shard:
    """Write one shard and return it.

    Args:
        folder: of the store.
        keys: digests of the image files, 32 bytes each, all different; at least one.
        vectors: float32 or float16 array (n, width), one row per key.
    """
    images = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), _DIGEST_BYTES)
    path = folder / _name_of(images, vectors)
    with atomic_directory(path) as place:
        np.save(place / _IMAGES, images, allow_pickle=False)
        np.save(place / _VECTORS, vectors, allow_pickle=False)
    return open_shard(path)


def open_shard(path: Path) -> Shard:
    """Return a shard without reading its vectors.

    Args:
        path: its folder.

    Raises:
        StoreError: a file is missing or cut short, or the two do not fit together.
    """
    try:
        images, vectors = (read_array(path / name) for name in (_IMAGES, _VECTORS))
    except StoreError as error:
        raise _damaged(path, str(error).rstrip(".")) from None
    fits = images.dtype == np.uint8 and images.shape == (len(vectors), _DIGEST_BYTES)
    if not fits or vectors.dtype not in (np.float32, np.float16) or vectors.ndim != 2:
        raise _damaged(path, "its two files do not fit together")
    return Shard(path, images, vectors)


def _name_of(images: npt.NDArray[np.uint8], vectors: VectorArray) -> str:
    content = digest_of_strings([digest_of_array(images), digest_of_array(vectors)])
    return f"{SHARD_PREFIX}{content[:_NAME_LENGTH]}"


def _damaged(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"The embedding shard {path} is damaged: {reason}. Delete that folder; the next "
        "extraction computes its images again."
    )
