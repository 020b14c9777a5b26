"""Tables of photos without labels: paths, and masks and boxes where columns name them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.core.checks import first_few, nearest
from fieldmark.core.errors import ManifestError
from fieldmark.images.regions import Region
from fieldmark.manifest.image_root import paths_outside
from fieldmark.manifest.region_columns import WHOLE_IMAGES, RegionColumns, boxes_in
from fieldmark.workflows.regions import regions_in

if TYPE_CHECKING:
    import polars as pl

TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".parquet")


@dataclass(frozen=True, slots=True)
class PhotoTable:
    """The photos of a table.

    Attributes:
        paths: id -> file, in row order.
        regions: id -> mask and box; None where whole photos count.
    """

    paths: Mapping[str, Path]
    regions: Mapping[str, Region] | None


def read_photo_table(
    table: Path, *, root: Path | None = None, regions: RegionColumns = WHOLE_IMAGES
) -> PhotoTable:
    """Return the photos of a table with a column ``path`` and, where it is there, ``id``.

    Args:
        table: a CSV, TSV or Parquet file.
        root: where the paths begin, those of masks too; None for the table's own folder.
        regions: the columns of masks and boxes.

    Raises:
        ManifestError: the table cannot be read or lacks a column, a cell is empty, an id is
            repeated, a box is none, or a path leaves the root.
    """
    from fieldmark.manifest.text_tables import read_text_table

    frame, base = read_text_table(table).frame, root or table.parent
    _check_columns(frame, table, ("path", *regions.names))
    frame = frame if "id" in frame.columns else frame.with_columns(id="path")
    masks = None if regions.mask is None else frame[regions.mask].to_list()
    ids, paths = frame["id"].to_list(), frame["path"].to_list()
    rows = zip(ids, paths, masks or paths, strict=True)
    empty = [row for row, cells in enumerate(rows, 1) if None in cells]
    if empty:
        raise ManifestError(
            f"Expected an id, a path and what else is named in every row of {table}; "
            f"{len(empty):,} of {len(paths):,} lack one, first row {empty[0]}."
        )
    if len(set(ids)) < len(ids):
        twice = sorted(name for name, count in Counter(ids).items() if count > 1)
        raise ManifestError(f"Expected each id once in {table}; repeated: {first_few(twice)}.")
    outside = list(paths_outside(base, [*paths, *(masks or ())]))
    if outside:
        raise ManifestError(
            f"Expected paths below {base}; {len(outside):,} of {len(paths):,} lead out of it: "
            f"{first_few(outside)}."
        )
    found = regions_in(
        None if masks is None else [base / mask for mask in masks],
        boxes_in(frame, regions).rows() if regions.box else None,
        unit=regions.box_unit,
    )
    named = dict(zip(ids, (base / path for path in paths), strict=True))
    return PhotoTable(named, dict(zip(ids, found, strict=True)) if regions else None)


def _check_columns(frame: "pl.DataFrame", table: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if name not in frame.columns:
            guess = nearest(name, frame.columns)
            hint = f"; did you mean '{guess}'?" if guess else ""
            raise ManifestError(f"Expected a column '{name}' in {table}; there is none{hint}.")
