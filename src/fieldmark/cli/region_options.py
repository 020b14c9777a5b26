"""The options that name the columns of masks and boxes in a table of photos."""

import argparse
from typing import TYPE_CHECKING

from fieldmark.core.errors import ImageError

if TYPE_CHECKING:
    from fieldmark.manifest.region_columns import RegionColumns


def add_regions(parser: argparse.ArgumentParser) -> None:
    """Add the options on masks and boxes."""
    parser.add_argument("--mask", metavar="COLUMN", help="of a table: path of each photo's mask")
    box = parser.add_mutually_exclusive_group()
    box.add_argument(
        "--box-xywh-pixels",
        metavar="COLUMNS",
        type=_names,
        help="of a table: left, top, width, height of each photo's box in pixels, as in COCO: "
        "four columns, separated by commas, or one that holds all four",
    )
    box.add_argument(
        "--box-xywh-shares",
        metavar="COLUMNS",
        type=_names,
        help="the same as shares of the photo's width and height, as in MegaDetector",
    )


def region_columns(arguments: argparse.Namespace, *, is_table: bool) -> "RegionColumns":
    """Return the columns that were named.

    Raises:
        ImageError: columns are named, and the photos are no table.
        ManifestError: there are neither one nor four columns of the box.
    """
    from fieldmark.manifest.region_columns import RegionColumns

    columns = RegionColumns(
        mask=arguments.mask,
        box=arguments.box_xywh_pixels or arguments.box_xywh_shares or (),
        box_unit="shares" if arguments.box_xywh_shares else "pixels",
    )
    if columns and not is_table:
        raise ImageError(
            "Columns of masks and boxes are those of a table of photos; got files or folders. Give "
            "a CSV, TSV or Parquet file with a column 'path'."
        )
    return columns


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))
