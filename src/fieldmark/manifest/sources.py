"""Tables that others wrote, read as manifests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from fieldmark.core.checks import count_of, first_few, nearest
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.region_columns import WHOLE_IMAGES, RegionColumns
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.taxonomy import Taxonomy, TwoParents, place_rows
from fieldmark.manifest.text_tables import TextTable, read_text_table

_OWN: Final = ("id", "path", "label", "group")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestColumns:
    """Which columns of a table say what.

    Attributes:
        id: the column that names each image; may be the same as ``path``.
        path: the column with the image path, relative to the image root.
        ranks: the rank columns, coarse to fine; the label is the name at the last one.
        label: the label column of a data set without ranks.
        group: the column whose images must not be torn apart by a split.
        split: the column that holds the official split; it only has to exist.
        two_parents: what to do with a name under two parents: "refuse", or "qualify" it.
        regions: the columns of masks and boxes.

    Raises:
        ManifestError: not exactly one of ``ranks`` and ``label`` is given, or a rank, mask or box
            bears a name that a manifest keeps for itself.

    Example:
        >>> ManifestColumns(ranks=("genus", "species"), group="observation").label_column
        'species'
    """

    id: str = "id"
    path: str = "path"
    ranks: tuple[str, ...] = ()
    label: str | None = None
    group: str | None = None
    split: str | None = None
    two_parents: TwoParents = "refuse"
    regions: RegionColumns = WHOLE_IMAGES

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranks", tuple(self.ranks))
        if bool(self.ranks) == (self.label is not None):
            raise ManifestError(
                f"Expected either rank columns or one label column; got ranks {list(self.ranks)} "
                f"and label {self.label!r}. Name one of the two."
            )
        taken = [rank for rank in self.ranks[:-1] if rank == "label"]
        taken += [rank for rank in self.ranks if rank in ("id", "path", "group")]
        taken += [name for name in self.regions.names if name in _OWN]
        if taken:
            raise ManifestError(
                f"A manifest keeps the column name '{taken[0]}' for itself, so that no rank, mask "
                "or box may bear it. Rename that column of the table."
            )

    @property
    def label_column(self) -> str:
        """The column that the labels come from: the finest rank, or the label column."""
        return self.ranks[-1] if self.label is None else self.label

    @property
    def roles(self) -> dict[str, str]:
        """The column that each column of the manifest comes from."""
        named = {"id": self.id, "path": self.path, "label": self.label_column, "group": self.group}
        return {role: column for role, column in named.items() if column is not None}


def read_manifest(path: Path, *, columns: ManifestColumns, images: Path) -> Manifest:
    """Return the manifest that a table file describes.

    Every column is read as text and kept. A column of the table that bears a name which the
    manifest fills from another column (such as "id") is kept as "<name>_as_read". Images are not
    touched.

    Args:
        path: a CSV, TSV or Parquet file.
        columns: which columns say what.
        images: the folder that the image paths start from.

    Raises:
        ManifestError: the table cannot be read; a column is missing; an id, path, label, group or
            mask is empty; an id is repeated; a box is none; or labels are stored as floating-point
            numbers.
        TaxonomyError: the ranks do not form a tree.
    """
    return manifest_of(read_text_table(path), columns=columns, images=images)


def manifest_of(table: TextTable, *, columns: ManifestColumns, images: Path) -> Manifest:
    """Return the manifest that a table describes, as ``read_manifest`` does.

    Raises:
        ManifestError: as ``read_manifest``.
        TaxonomyError: as ``read_manifest``.
    """
    check_present(table, columns)
    for role, column in columns.roles.items():
        _check_cells(table, role, column)
    _check_unique(table, columns.id)
    filled: dict[str, pl.Series] = {
        role: table.frame[column].alias(role) for role, column in columns.roles.items()
    }
    taxonomy: Taxonomy | None = None
    if columns.ranks:
        taxonomy, filled["label"] = place_rows(
            table.frame, columns.ranks, two_parents=columns.two_parents
        )
    frame = _assemble(table, columns, filled)
    return Manifest(frame, images, columns.ranks, taxonomy, columns.regions)


def check_present(table: TextTable, columns: ManifestColumns) -> None:
    """Refuse a table that lacks a column which is named.

    Raises:
        ManifestError: a column is missing; the message names the nearest.
    """
    present = table.frame.columns
    wanted = [*columns.roles.values(), *columns.ranks, *([columns.split] if columns.split else [])]
    wanted += columns.regions.names
    missing = [name for name in dict.fromkeys(wanted) if name not in present]
    if not missing:
        return
    guess = nearest(missing[0], present)
    hint = f"; did you mean '{guess}'?" if guess else "."
    if len(present) == 1 and ";" in present[0]:
        hint = "; the header is one cell with semicolons: save the table with commas."
    raise ManifestError(
        f"{table.source} has no column {first_few(missing)}{hint} It has: {', '.join(present)}."
    )


def _check_cells(table: TextTable, role: str, column: str) -> None:
    if column in table.float_columns:
        raise ManifestError(
            f"{table.source}: column '{column}' ({role}) is stored as floating-point numbers. "
            "Store it as text or as integers."
        )
    empty = table.frame[column].str.strip_chars().replace("", None).is_null().arg_true()
    if len(empty):
        way_out = {
            "group": "Fill it in, or give the image a group of its own (such as its id).",
            "label": "Fill it in, or leave the row out: it can neither be learnt nor judged.",
        }.get(role, "Fill it in, or leave the row out.")
        raise ManifestError(
            f"{table.source}, {table.place(empty[0])}: column '{column}' ({role}) is empty, as it "
            f"is in {len(empty):,} of {len(table.frame):,} rows. {way_out}"
        )


def _check_unique(table: TextTable, column: str) -> None:
    ids = table.frame[column]
    again = ids.is_duplicated().arg_true()
    if len(again):
        twin = ids[again[0]]
        places = " and ".join(table.place(row) for row in (ids == twin).arg_true()[:2])
        count = ids.filter(ids.is_duplicated()).n_unique()
        raise ManifestError(
            f"{table.source}: id '{twin}' stands in {places}; {count_of(count, 'id')} in all "
            "more than once. Give each image an id of its own (the path, for instance)."
        )


def _assemble(
    table: TextTable, columns: ManifestColumns, filled: Mapping[str, pl.Series]
) -> pl.DataFrame:
    moved: dict[str, str] = {
        name: f"{name}_as_read"
        for name in _OWN
        if name in table.frame.columns and columns.roles.get(name) != name
    }
    clash = [name for name in moved.values() if name in table.frame.columns]
    if columns.split in moved or clash:
        name = clash[0] if clash else columns.split
        raise ManifestError(
            f"{table.source}: column '{name}' bears a name that the manifest fills from another "
            "column. Rename it in the table."
        )
    others = table.frame.rename(moved)
    return pl.DataFrame(list(filled.values())).with_columns(
        others[name] for name in others.columns if name not in filled
    )
