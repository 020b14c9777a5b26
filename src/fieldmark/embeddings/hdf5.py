"""Embeddings as HDF5 files of the layout specimen / time / view -> a data set of one vector."""

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import MissingExtraError, StoreError
from fieldmark.core.storage import atomic_file
from fieldmark.embeddings.table import EmbeddingSet

_HEADER: Final = "fieldmark"
_LEVELS: Final = ("specimen", "time", "view")


def write_hdf5(path: Path, embeddings: EmbeddingSet, *, dtype: str = "float32") -> bool:
    """Write embeddings whose ids are "specimen/time/view"; return whether anything was written.

    Contract, tap and excluded ids are kept as JSON in the attribute ``fieldmark`` of the root. A
    file that already holds exactly this is left as it is.

    Args:
        path: of the file; one that is there is replaced as a whole.
        embeddings: may be empty.
        dtype: "float32" or "float16".

    Raises:
        StoreError: an id has not three parts, or a value is too large for float16.
        MissingExtraError: h5py is not installed.
    """
    library = _h5py()
    wrong = [name for name in embeddings.ids if not _is_place(name)]
    if wrong:
        raise StoreError(
            f"Expected ids of the form specimen/time/view; {count_of(len(wrong), 'id')} of "
            f"{len(embeddings):,} have another: {first_few(wrong)}. Rename them, or do without "
            "the HDF5 file."
        )
    with np.errstate(over="ignore"):
        vectors = embeddings.vectors.astype(dtype)
    if not np.isfinite(vectors).all():
        raise StoreError(f"A value is too large for {dtype}: write {path.name} as float32.")
    header = json.dumps(
        {
            "digest": embeddings.digest,
            "dtype": dtype,
            "contract": embeddings.contract,
            "tap": embeddings.tap,
            "excluded": list(embeddings.excluded),
        }
    )
    if path.exists() and _header_of(library, path) == header:
        return False
    with atomic_file(path) as temporary, library.File(temporary, "w") as file:
        file.attrs[_HEADER] = header
        for name, vector in zip(embeddings.ids, vectors, strict=True):
            file.create_dataset(name, data=vector)
    return True


def read_hdf5(
    path: Path,
    *,
    contract: Mapping[str, Any] | None = None,
    tap: Mapping[str, Any] | None = None,
) -> EmbeddingSet:
    """Return the embeddings of a file, sorted by id "specimen/time/view".

    Args:
        path: an HDF5 file in which every data set lies three levels deep and holds one vector, of
            shape (width,) or (1, width), floating.
        contract: how images were prepared, for a file that does not say; None keeps the file's.
        tap: what identifies the features, likewise. A file that says nothing is known by its name.

    Raises:
        StoreError: the file is missing or damaged, a data set lies elsewhere, is no vector or has
            another width, there is none, or values are not finite.
        MissingExtraError: h5py is not installed.
    """
    library = _h5py()
    if not path.is_file():
        raise StoreError(f"Expected an HDF5 file at {path}; there is none.")
    text = _header_of(library, path)
    header = json.loads(text) if text else {}
    foreign = {"source": "HDF5", "file": path.name}
    with library.File(path, "r") as file:
        found = dict(sorted(_vectors_in(library, file, path)))
    widths = {len(vector) for vector in found.values()}
    if len(widths) != 1:
        told = ", ".join(map(str, sorted(widths))) or "none at all"
        raise StoreError(f"Expected vectors of one width in {path}; found {told}.")
    return EmbeddingSet(
        tuple(found),
        np.stack(list(found.values())),
        dict(contract or header.get("contract", foreign)),
        dict(tap or header.get("tap", foreign)),
        tuple(header.get("excluded", ())),
    )


def _vectors_in(
    library: ModuleType, file: Any, path: Path
) -> Iterator[tuple[str, "np.ndarray[Any, np.dtype[np.float32]]"]]:
    names: list[str] = []
    file.visititems(
        lambda name, found: names.append(name) if isinstance(found, library.Dataset) else None
    )
    for name in names:
        stored = file[name]
        is_vector = stored.ndim == 1 or (stored.ndim == 2 and stored.shape[0] == 1)
        if not _is_place(name) or not is_vector or stored.dtype.kind != "f":
            raise StoreError(
                f"Expected one floating vector at {'/'.join(_LEVELS)} in {path}; '{name}' holds "
                f"{stored.dtype} of shape {stored.shape}: convert the file."
            )
        yield name, np.asarray(stored, dtype=np.float32).reshape(-1)


def _is_place(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == len(_LEVELS) and all(part not in ("", ".", "..") for part in parts)


def _header_of(library: ModuleType, path: Path) -> str:
    try:
        with library.File(path, "r") as file:
            return str(file.attrs.get(_HEADER, ""))
    except OSError as error:
        raise StoreError(f"{path} is damaged or no HDF5 file ({error}).") from None


def _h5py() -> ModuleType:
    try:
        return importlib.import_module("h5py")
    except ImportError as error:
        raise MissingExtraError(
            f"HDF5 files need h5py ({error}): install it with pip install 'fieldmark[learn]'."
        ) from None
