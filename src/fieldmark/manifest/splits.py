"""Make splits, from a column or at random, and store them."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import SplitError
from fieldmark.core.storage import atomic_file
from fieldmark.manifest.holdout import assign_groups
from fieldmark.manifest.part_names import usual_part_name
from fieldmark.manifest.parts import Split
from fieldmark.manifest.table import Manifest

__all__ = ["Split", "read_split", "split_from_column", "split_holdout", "write_split"]

_SUM_TOLERANCE = 1e-6
_MARK = "# fieldmark split "
_HEADER = ("id", "part")


def split_from_column(manifest: Manifest, column: str) -> Split:
    """Return the split that a column of the manifest names.

    The parts bear the values of the column, except that "training" is read as "train", and "val",
    "valid" and "dev" as "validation"; upper case does not count in these and in "test".

    Raises:
        SplitError: the column does not exist, or a row names no part.
    """
    if column not in manifest.frame.columns:
        raise SplitError(unknown_choice("split column", column, manifest.frame.columns))
    rows = manifest.frame.select("id", part=pl.col(column).cast(pl.String).str.strip_chars())
    unnamed = rows.filter(pl.col("part").is_null() | (pl.col("part") == ""))
    if len(unnamed):
        raise SplitError(
            f"Every row needs a part; column '{column}' is empty in {len(unnamed):,} of "
            f"{len(rows):,} rows (first id: '{unnamed['id'][0]}'). Fill it in, or leave the rows "
            "out."
        )
    parts: dict[str, list[str]] = {}
    for id_, value in rows.iter_rows():
        parts.setdefault(usual_part_name(value), []).append(id_)
    return Split(_in_order(parts), name=f"column {column}")


def split_holdout(
    manifest: Manifest,
    *,
    fractions: Mapping[str, float],
    seed: int,
    by: Literal["group"] | None = "group",
    stratify: bool = True,
) -> Split:
    """Return a random split by group, stratified by label as far as whole groups allow.

    Depends on the ids, groups, labels, fractions and seed alone, never on the order of the rows;
    images that are added later move few of the others. With ``stratify``, each class has a group
    in the part "train" (if there is one), and only then in others: a class with one group is there
    alone.

    Args:
        manifest: the images.
        fractions: part name -> share of the images, above 0; the shares sum to 1.
        seed: which of the possible splits.
        by: "group" keeps the images of a group together (without groups, each image is its own);
            None splits image by image, and the audit will find the torn groups.
        stratify: whether each label shall be shared out by the fractions.

    Raises:
        SplitError: the fractions are not positive or do not sum to 1, or a part stays empty.
    """
    if not fractions or any(not share > 0 for share in fractions.values()):
        raise SplitError(f"Expected a share above 0 for each part; got {dict(fractions)}.")
    if abs(sum(fractions.values()) - 1) > _SUM_TOLERANCE:
        raise SplitError(
            f"Expected shares that sum to 1; {dict(fractions)} sum to "
            f"{sum(fractions.values()):.4g}. Correct one of them."
        )
    units = manifest.groups if by == "group" and manifest.groups is not None else manifest.ids
    labels = manifest.labels if stratify else pl.repeat("", len(manifest), eager=True)
    assigned = assign_groups(units.to_list(), labels.to_list(), fractions=fractions, seed=seed)
    parts: dict[str, list[str]] = {part: [] for part in fractions}
    for id_, unit in zip(manifest.ids, units, strict=True):
        parts[assigned[unit]].append(id_)
    empty = [part for part, ids in parts.items() if not ids]
    if empty:
        raise SplitError(
            f"Part '{empty[0]}' stays empty: {units.n_unique():,} groups of "
            f"{manifest.labels.n_unique():,} classes are too few for the shares "
            f"{dict(fractions)}. Give it a larger share, or use fewer parts."
        )
    return Split(_in_order(parts), name=f"holdout, seed {seed}")


def write_split(split: Split, path: Path) -> None:
    """Write a split as CSV (id, part) below one comment line with its digest and name."""
    name = " ".join(split.name.split())
    with (
        atomic_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        stream.write(f"{_MARK}{split.digest} {name}\n")
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows((id_, part) for part, ids in split.parts.items() for id_ in ids)


def read_split(path: Path) -> Split:
    """Return the split that ``write_split`` wrote.

    Raises:
        SplitError: the file is missing or has no digest line, or its content was changed.
    """
    if not path.is_file():
        raise SplitError(f"Expected a split at {path}; there is no such file.")
    content = path.read_bytes().decode("utf-8", errors="replace")
    head, _, body = content.partition("\n")
    if not head.startswith(_MARK):
        raise SplitError(
            f"{path} has no digest line, so that nobody can tell whether it was changed. Put the "
            "parts into a column of the manifest, and name that column as the split."
        )
    digest, _, name = head.removeprefix(_MARK).rstrip("\r").partition(" ")
    parts = _parse(path, body)
    split = Split(_in_order(parts), name=name)
    if split.digest != digest:
        raise SplitError(
            f"{path} was changed after it was written: its digest is {split.digest[:12]}, not "
            f"{digest[:12]}. Make the split anew, or restore the file."
        )
    return split


def _parse(path: Path, body: str) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    try:
        rows = list(csv.reader(io.StringIO(body, newline=""), strict=True))
    except csv.Error as error:
        raise SplitError(f"{path} is damaged ({error}). Make the split anew.") from None
    for row in rows[1:]:
        if len(row) != len(_HEADER):
            raise SplitError(
                f"{path} is damaged: expected rows of id and part; got {row}. Make the split anew."
            )
        parts.setdefault(row[1], []).append(row[0])
    return parts


def _in_order(parts: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    usual = [part for part in ("train", "validation", "test") if part in parts]
    return {part: tuple(parts[part]) for part in [*usual, *sorted(parts.keys() - set(usual))]}
