"""Pictures that were decoded and resized once, kept for the next epoch.

One uncompressed .npy file per picture, so that it may be mapped into memory. The key is made of
bytes, not of names: another picture under an old name, or another contract, is read anew.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from fieldmark.core.digests import digest_of, digest_of_file
from fieldmark.core.errors import ImageError
from fieldmark.core.storage import atomic_file
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.preprocessing import load_uint8
from fieldmark.images.regions import Box
from fieldmark.images.resizing import Bytes

_NAME_LENGTH: Final = 16
_RECOUNT_AFTER: Final = 256
_UNUSABLE: Final = (OSError, ValueError, EOFError)


class ResizedCache:
    """Resized pictures of one contract in a folder; several processes may share it.

    When the folder is full, further pictures are read from their files as without a cache: what is
    kept stays, since epochs in random order would push out whatever they need next. Each process
    counts what it adds and counts the folder anew now and then, so that several together may
    exceed the limit by a few hundred pictures.

    Attributes:
        folder: where they lie; other contracts may share it, each in a folder of its own.
        spec: the contract.
        max_bytes: what this contract may take there.

    Raises:
        ImageError: max_bytes is below 0.
    """

    def __init__(self, folder: Path, spec: PreprocessSpec, *, max_bytes: int) -> None:
        if max_bytes < 0:
            raise ImageError(f"Expected max_bytes of at least 0; found {max_bytes:,}.")
        self.folder = folder
        self.spec = spec
        self.max_bytes = max_bytes
        self._own = folder / spec.digest[:_NAME_LENGTH]
        self._taken = self.taken_bytes()
        self._until_recount = _RECOUNT_AFTER
        self._digests: dict[Path, tuple[tuple[int, int, int], str]] = {}

    def load_uint8(
        self, path: Path, *, mask_path: Path | None = None, box: Box | None = None
    ) -> Bytes:
        """Return what `load_uint8` gives for a picture, from the folder where it lies there.

        A file whose size, inode and time of change stayed the same is not hashed again.

        Args:
            path: a picture file.
            mask_path: its mask, where the contract names one.
            box: its box, where the contract names one.

        Raises:
            ImageError: the picture cannot be read; that is never kept.
        """
        try:
            place = self.place_of(path, mask_path=mask_path, box=box)
        except OSError:
            return load_uint8(path, self.spec, mask_path=mask_path, box=box)
        kept = self._kept(place)
        if kept is None:
            kept = load_uint8(path, self.spec, mask_path=mask_path, box=box)
            self._keep(place, kept)
        return kept

    def place_of(
        self, path: Path, *, mask_path: Path | None = None, box: Box | None = None
    ) -> Path:
        """Return the file in which a picture is kept, whether it is there or not.

        Raises:
            OSError: the picture or its mask cannot be read.
        """
        key: Mapping[str, object] = {
            "content": self._digest(path),
            "mask": None if mask_path is None else self._digest(mask_path),
            "box": None if box is None else [box.x, box.y, box.width, box.height, box.unit],
        }
        name = digest_of(key)
        return self._own / name[:2] / f"{name}.npy"

    def taken_bytes(self) -> int:
        """Return how many bytes this contract takes in the folder."""
        total = 0
        for file in self._own.glob("*/*"):
            try:
                total += file.stat().st_size
            except FileNotFoundError:  # another process has just given it its name
                continue
        return total

    def _digest(self, path: Path) -> str:
        status = path.stat()
        state = (status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._digests.get(path)
        if known is None or known[0] != state:
            known = self._digests[path] = (state, digest_of_file(path))
        return known[1]

    def _kept(self, place: Path) -> Bytes | None:
        try:
            found: Bytes = np.load(place, allow_pickle=False)
        except _UNUSABLE:
            return None
        side = self.spec.crop_size
        return found if found.shape == (side, side, 3) and found.dtype == np.uint8 else None

    def _keep(self, place: Path, pixels: Bytes) -> None:
        if not self._until_recount:
            self._taken, self._until_recount = self.taken_bytes(), _RECOUNT_AFTER
        if self._taken + pixels.nbytes > self.max_bytes:
            return
        self._until_recount -= 1
        try:
            with atomic_file(place) as temporary:
                np.save(temporary, pixels)
                size = temporary.stat().st_size
        except OSError:  # a full disk ends the keeping, not the training
            self._taken = self.max_bytes
            return
        self._taken += size
