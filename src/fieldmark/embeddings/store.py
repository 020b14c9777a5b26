"""The store of embeddings: addressed by the content of the image, the contract and the tap."""

import contextlib
import fcntl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import StoreError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.storage import read_json, remove_partial, write_json
from fieldmark.embeddings.shards import SHARD_PREFIX, Shard, open_shard, write_shard
from fieldmark.embeddings.table import FloatArray, as_json

_KEY: Final = "key.json"
_LOCK: Final = "writing.lock"
_NAME_LENGTH: Final = 32


class EmbeddingStore:
    """Vectors of images under one key, on disk; the same bytes have one vector, whatever the file.

    Each key has a folder of its own under the root, so that another contract, backbone, weights or
    tap never meets the vectors of this one. A ``dtype`` in the key says how values are kept,
    float32 or float16; they are handed in and out as float32. Any number of processes may read; one
    writes at a time. A killed writer loses what it had not yet appended and nothing else.

    Attributes:
        key: what identifies the vectors besides the image, as JSON holds it.
        folder: where the vectors of this key lie.

    Raises:
        StoreError: the key is not what JSON can hold, the folder belongs to another key, or a
            shard is damaged.
    """

    def __init__(self, root: Path, key: Mapping[str, Any]) -> None:
        self.key = as_json(key, "key of an embedding store")
        self.folder = root / digest_of(self.key)[:_NAME_LENGTH]
        self._dtype = np.dtype(str(self.key.get("dtype", "float32")))
        self._shards: list[Shard] = []
        self._rows: dict[bytes, tuple[int, int]] = {}
        self._checked: set[int] = set()
        self._is_writing = False
        if (self.folder / _KEY).exists() and read_json(self.folder / _KEY) != self.key:
            raise StoreError(
                f"The folder {self.folder} holds embeddings of another key. Move it away, or name "
                "another folder for the embeddings."
            )
        self._find_shards()

    def __len__(self) -> int:
        """Return the number of images that have a vector."""
        return len(self._rows)

    def lookup(self, digests: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return which images have a vector.

        Args:
            digests: SHA-256 of the image files, in hexadecimal.

        Returns:
            bool array (n,).
        """
        return np.array([bytes.fromhex(digest) in self._rows for digest in digests], dtype=bool)

    def read(self, digests: Sequence[str]) -> FloatArray:
        """Return the vectors of images; every shard that is touched is compared with its name once.

        Args:
            digests: SHA-256 of the image files, in hexadecimal; at least one, repeats allowed.

        Returns:
            float32 array (n, width), row by row.

        Raises:
            StoreError: an image has no vector, none was asked for, or a shard is damaged.
        """
        places = [self._rows.get(bytes.fromhex(digest)) for digest in digests]
        found = np.array([place for place in places if place is not None], dtype=np.int64)
        if len(found) < len(places) or not places:
            raise StoreError(
                f"Expected images that have a vector; {len(places) - len(found):,} of "
                f"{len(places):,} have none in {self.folder}. Extract them first."
            )
        vectors = np.empty((len(found), self._shards[0].width), dtype=np.float32)
        # np.unique would import numpy.ma, which takes longer than all of this.
        for number in sorted(set(found[:, 0].tolist())):
            mine = found[:, 0] == number
            vectors[mine] = self._sound(number).vectors[found[mine, 1]]
        return vectors

    @contextlib.contextmanager
    def writing(self, progress: Progress | None = None) -> Iterator[None]:
        """Hold the store for writing; wait while another process does.

        What killed writers left half-written is removed, and what others wrote is found.

        Args:
            progress: is told when there is a wait.

        Raises:
            StoreError: a shard is damaged.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK).open("wb") as stream:
            _acquire(stream, progress or SilentProgress(), self.folder)
            remove_partial(self.folder)
            write_json(self.folder / _KEY, self.key)
            self._find_shards()
            self._is_writing = True
            try:
                yield
            finally:
                self._is_writing = False

    def append(self, digests: Sequence[str], vectors: FloatArray) -> None:
        """Write vectors as one shard, whole or not at all; images that have one are left as is.

        Args:
            digests: SHA-256 of the image files, in hexadecimal.
            vectors: float32 array (n, width), finite.

        Raises:
            StoreError: the store is not held for writing, or the vectors are not of this store.
        """
        if not self._is_writing:
            raise StoreError("Embeddings are appended inside `with store.writing():` only.")
        self._check_vectors(digests, vectors)
        rows = {
            bytes.fromhex(digest): row
            for row, digest in reversed(list(enumerate(digests)))
            if bytes.fromhex(digest) not in self._rows
        }
        if rows:
            keys = sorted(rows, key=rows.__getitem__)
            chosen = vectors[[rows[key] for key in keys]]
            self._take(write_shard(self.folder, keys, self._rounded(chosen)))

    def _check_vectors(self, digests: Sequence[str], vectors: FloatArray) -> None:
        width = self._shards[0].width if self._shards else vectors.shape[-1]
        if vectors.dtype != np.float32 or vectors.shape != (len(digests), width):
            raise StoreError(
                f"Expected float32 vectors of shape ({len(digests)}, {width}); got "
                f"{vectors.dtype} {vectors.shape}."
            )
        if not np.isfinite(vectors).all():
            broken = int((~np.isfinite(vectors)).any(axis=1).sum())
            raise StoreError(
                f"Expected finite vectors; {count_of(broken, 'vector')} of {len(vectors):,} have "
                "NaN or infinite values. Check weights and preprocessing."
            )

    def _rounded(self, vectors: FloatArray) -> npt.NDArray[np.floating[Any]]:
        with np.errstate(over="ignore"):
            rounded = vectors.astype(self._dtype)
        if not np.isfinite(rounded).all():
            raise StoreError(
                f"Expected values that {self._dtype} can hold, up to "
                f"{np.finfo(self._dtype).max:,.0f}; the largest is {np.abs(vectors).max():,.0f}. "
                "Store them as float32."
            )
        return rounded

    def _find_shards(self) -> None:
        known = {shard.path for shard in self._shards}
        for path in sorted(self.folder.glob(f"{SHARD_PREFIX}*")):
            if path not in known:
                self._take(open_shard(path))

    def _take(self, shard: Shard) -> None:
        if self._shards and shard.width != self._shards[0].width:
            raise StoreError(
                f"The shards of {self.folder} have {self._shards[0].width:,} and {shard.width:,} "
                "values per image; one key has one width. Delete that folder and extract again."
            )
        if shard.vectors.dtype != self._dtype:
            raise StoreError(
                f"The shard {shard.path} holds {shard.vectors.dtype}; the key says {self._dtype}. "
                "Delete that folder and extract again."
            )
        number = len(self._shards)
        self._shards.append(shard)
        for row, key in enumerate(shard.keys()):
            self._rows.setdefault(key, (number, row))

    def _sound(self, number: int) -> Shard:
        shard = self._shards[number]
        if number not in self._checked:
            shard.check_content()
            self._checked.add(number)
        return shard


def _acquire(stream: IO[bytes], progress: Progress, folder: Path) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress.say(f"Another process is writing embeddings to {folder}; waiting for it.")
        fcntl.flock(stream, fcntl.LOCK_EX)
