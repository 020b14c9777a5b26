"""Heads on disk: a JSON header and plain arrays, whole or absent, never pickled."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of_array
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import atomic_directory, read_array, read_json, write_json
from fieldmark.heads.head import Arrays, Head
from fieldmark.heads.kinds import HEAD_KINDS
from fieldmark.heads.origin import Origin, require_label_space
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.manifest.labels import LabelSpace

_HEADER: Final = "head.json"
_FORMAT: Final = "fieldmark head 1"


def save_head(head: Head, folder: Path) -> None:
    """Write a head to a folder, whole or not at all; what was there is replaced.

    Args:
        head: any head.
        folder: becomes head.json and one .npy file per array.
    """
    arrays = head.arrays()
    with atomic_directory(folder) as place:
        for name, array in arrays.items():
            np.save(place / f"{name}.npy", array, allow_pickle=False)
        header = {
            "format": _FORMAT,
            "kind": head.kind,
            "classes": list(head.label_space.classes),
            "contract": head.origin.contract,
            "tap": head.origin.tap,
            "training_ids": list(head.origin.training_ids),
            "pixels": None if head.origin.pixels is None else head.origin.pixels.to_dict(),
            "facts": head.facts(),
            "arrays": {name: digest_of_array(array) for name, array in arrays.items()},
        }
        write_json(place / _HEADER, header)


def load_head(folder: Path, *, label_space: LabelSpace | None = None) -> Head:
    """Return a stored head; it gives the scores that the saved one gave. Arrays are memory-mapped.

    Args:
        folder: as `save_head` wrote it.
        label_space: the classes that the head must have, in this order; None takes any.

    Raises:
        StoreError: something is missing or damaged, or was not written by `save_head`.
        NotComparableError: the head was fitted for other classes; names both.
    """
    header = _header_in(folder)
    try:
        head = _head_of(header, folder)
    except (KeyError, TypeError, AttributeError) as error:
        raise _no_head(folder, error) from None
    if label_space is not None:
        require_label_space(head.origin, label_space)
    return head


def load_origin(folder: Path) -> Origin:
    """Return what a stored head was fitted on, without reading its arrays.

    Args:
        folder: as `save_head` wrote it.

    Raises:
        StoreError: something is missing, or was not written by `save_head`.
    """
    header = _header_in(folder)
    try:
        return _origin_in(header)
    except (KeyError, TypeError, AttributeError) as error:
        raise _no_head(folder, error) from None


def _header_in(folder: Path) -> dict[str, Any]:
    header = read_json(folder / _HEADER)
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        found = header.get("format") if isinstance(header, dict) else header
        raise StoreError(
            f"Expected a stored head ('{_FORMAT}') in {folder}; its {_HEADER} says {found!r}. "
            "Fit and save the head again."
        )
    return header


def _no_head(folder: Path, error: Exception) -> StoreError:
    return StoreError(
        f"{folder / _HEADER} does not describe a head ({error!r}). Fit and save it again."
    )


def _head_of(header: dict[str, Any], folder: Path) -> Head:
    kind = header["kind"]
    if kind not in HEAD_KINDS:
        raise StoreError(f"{folder}: {unknown_choice('kind of head', str(kind), HEAD_KINDS)}")
    arrays = _arrays(header["arrays"], folder)
    return HEAD_KINDS[kind].head.from_parts(_origin_in(header), header["facts"], arrays)


def _origin_in(header: dict[str, Any]) -> Origin:
    pixels = header.get("pixels")
    return Origin(
        LabelSpace(tuple(header["classes"])),
        header["contract"],
        header["tap"],
        tuple(header["training_ids"]),
        None if pixels is None else PixelStatistics.from_dict(pixels),
    )


def _arrays(digests: dict[str, str], folder: Path) -> Arrays:
    arrays = {name: read_array(folder / f"{name}.npy") for name in digests}
    for name, array in arrays.items():
        if digest_of_array(array) != digests[name]:
            raise StoreError(
                f"{folder / name}.npy is damaged: its content is not what was saved. Fit and save "
                "the head again."
            )
    return arrays
