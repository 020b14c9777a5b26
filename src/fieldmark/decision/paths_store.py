"""Decoded paths on disk: a folder with the record as JSON, the nodes as Parquet, a table as CSV."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.storage import (
    atomic_directory,
    read_json,
    refuse_foreign,
    says_format,
    write_json,
)
from fieldmark.decision.paths import Paths
from fieldmark.manifest.taxonomy import taxonomy_from_json, taxonomy_to_json

_FORMAT = "fieldmark paths 1"
_RECORD, _ITEMS, _NODES, _TABLE = "paths.json", "items.parquet", "nodes.parquet", "paths.csv"


def save_paths(paths: Paths, folder: Path) -> None:
    """Write paths to ``folder``, whole or not at all; stored paths are replaced.

    Raises:
        StoreError: ``folder`` holds something else.
    """
    refuse_foreign(folder, is_own=is_paths_store(folder), what="paths")
    names = [f"rank {place}" for place in range(1, paths.nodes.shape[1] + 1)]
    with atomic_directory(folder) as partial:
        paths.items.write_parquet(partial / _ITEMS)
        pl.DataFrame(paths.nodes, schema=dict.fromkeys(names, pl.Int32)).write_parquet(
            partial / _NODES
        )
        paths.table().write_csv(partial / _TABLE)
        parts = {name: digest_of_file(partial / name) for name in (_ITEMS, _NODES)}
        write_json(partial / _RECORD, _record(paths) | {"parts": parts})


def load_paths(folder: Path) -> Paths:
    """Return stored paths.

    Raises:
        StoreError: ``folder`` holds none, or they are damaged or were changed.
    """
    if not is_paths_store(folder):
        raise StoreError(
            f"Expected stored paths in {folder}; there are none. Make them with"
            " `fieldmark decode --out`."
        )
    content = read_json(folder / _RECORD)
    try:
        for name, digest in content["parts"].items():
            if digest_of_file(folder / name) != digest:
                raise StoreError(f"{name} was changed after it was written")
        return Paths(
            decoder=content["decoder"],
            settings=content["settings"],
            taxonomy=taxonomy_from_json(content["taxonomy"]),
            nodes=pl.read_parquet(folder / _NODES, memory_map=False).to_numpy().astype(np.int32),
            items=pl.read_parquet(folder / _ITEMS, memory_map=False),
            contender=content["contender"],
            split=content["split"],
            candidates=content["candidates"],
            is_diagnosis=content["is_diagnosis"],
        )
    except (FieldmarkError, KeyError, OSError, TypeError) as error:
        raise StoreError(
            f"The paths in {folder} are damaged ({error}). Decode them again."
        ) from error


def is_paths_store(folder: Path) -> bool:
    """Return whether ``folder`` holds stored paths of this format."""
    return says_format(folder / _RECORD, _FORMAT)


def _record(paths: Paths) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "decoder": paths.decoder,
        "settings": paths.settings,
        "contender": paths.contender,
        "split": paths.split,
        "candidates": paths.candidates,
        "is_diagnosis": paths.is_diagnosis,
        "taxonomy": taxonomy_to_json(paths.taxonomy),
    }
