"""FungiTastic's files as they are: which table holds which part, and where its images lie."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.part_names import PART, usual_part_name
from fieldmark.manifest.text_tables import TextTable

_ENDINGS: Final = {"train": "Train", "validation": "Val", "test": "Test"}
_FOLDERS: Final = {
    "train": "train",
    "validation": "val",
    "test": "test",
    "dna": "dna",
    "dna-test": "dna-test",
}
_STEM: Final = re.compile(r"(FungiTastic(?:-(?:Mini|FewShot))?)-")


def fungitastic_tables(folder: Path, *, open_set: bool = False) -> dict[str, Path]:
    """Return the tables of training, validation and test in a folder of FungiTastic's metadata.

    Args:
        folder: such as ``metadata/FungiTastic`` or ``metadata/FungiTastic-Mini``.
        open_set: whether to take the tables of the open set, where there are two kinds.

    Returns:
        Name of the part -> its CSV file; validation or test may be lacking.

    Raises:
        ManifestError: there is no such folder, it has no table of training, or those of two sets.
    """
    if not folder.is_dir():
        there = "it is a file" if folder.is_file() else "there is none"
        raise ManifestError(
            f"Expected the folder of FungiTastic's tables at {folder}; {there}. Name the folder "
            "that holds FungiTastic-Train.csv as data.manifest."
        )
    present = {path.name: path for path in sorted(folder.glob("FungiTastic*.csv"))}
    stems = {found[1] for name in present if (found := _STEM.match(name))}
    if len(stems) > 1:
        raise ManifestError(
            f"{folder} holds the tables of {first_few(sorted(stems))}. Name one for each part: "
            "data.manifest: {train: ..., validation: ..., test: ...}."
        )
    kinds = ("OpenSet-", "") if open_set else ("ClosedSet-", "")
    tables = {}
    for part, ending in _ENDINGS.items():
        names = [f"{stem}-{kind}{ending}.csv" for stem in stems for kind in (*kinds, *_also(part))]
        named = next((name for name in names if name in present), None)
        if named is not None:
            tables[part] = present[named]
    if "train" not in tables or len(tables) == 1:
        kind = "open" if open_set else "closed"
        raise ManifestError(
            f"Expected FungiTastic-Train.csv and the tables of validation or test ({kind} set) in "
            f"{folder}; it holds: {', '.join(present) or 'none of its CSV files'}. Name them: "
            "data.manifest: {train: ..., validation: ..., test: ...}, or set data.open_set."
        )
    return tables


def place_images(
    table: TextTable, tables: Mapping[str, Path], *, resolution: str, images: Path
) -> TextTable:
    """Return joined tables with the path of each image below ``images``, in the column "path".

    Args:
        table: the joined tables of ``tables``.
        tables: name of the part -> its file; the file's name says which set it is of.
        resolution: "300p", "500p", "720p" or "fullsize".
        images: the folder that holds ``FungiTastic/train/300p`` and its like; it may be absent.

    Raises:
        ManifestError: a part has no folder of images, or the folder is one too deep, or lacks the
            resolution.
    """
    prefix = {}
    for written, path in tables.items():
        part = usual_part_name(written)
        if part not in _FOLDERS:
            raise ManifestError(unknown_choice("part of FungiTastic", written, _FOLDERS))
        found = _STEM.match(path.name)
        stem = found[1] if found else "FungiTastic"
        prefix[part] = f"{stem}/{_FOLDERS[part]}/{resolution}/"
        _check_folder(images, stem, _FOLDERS[part], resolution)
    if "filename" not in table.frame.columns or "path" in table.frame.columns:
        raise ManifestError(
            f"{table.source}: FungiTastic's tables have a column 'filename' and none called "
            f"'path'; these have: {', '.join(table.frame.columns)}. Set data.format: table, and "
            "name the columns."
        )
    paths = pl.col(PART).replace_strict(prefix) + pl.col("filename")
    return replace(table, frame=table.frame.with_columns(path=paths))


def _also(part: str) -> tuple[str, ...]:
    """Return how else the table of a part may be called: that of training, whatever the set."""
    return ("ClosedSet-",) if part == "train" else ()


def _check_folder(images: Path, stem: str, part: str, resolution: str) -> None:
    if (images / part / resolution).is_dir() and not (images / stem).is_dir():
        raise ManifestError(
            f"Expected the folder that holds {stem}/{part}/{resolution} as data.images; {images} "
            f"is one too deep. Name {images.parent} instead."
        )
    place = images / stem / part
    if place.is_dir() and not (place / resolution).is_dir():
        sizes = sorted(path.name for path in place.iterdir() if path.is_dir())
        raise ManifestError(
            f"Expected the photographs at {place / resolution}; there are: "
            f"{', '.join(sizes) or 'none'}. Set data.resolution."
        )
