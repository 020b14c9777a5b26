"""Several table files, one for each part of a split, read as one table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path
from typing import Final

import polars as pl

from fieldmark.core.checks import first_few
from fieldmark.core.errors import ManifestError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.part_names import PART, usual_part_name
from fieldmark.manifest.text_tables import TextTable, read_text_table

_SHOWN: Final = 5


@dataclass(frozen=True, eq=False, slots=True)
class JoinedTables:
    """The rows of several tables, below each other.

    Attributes:
        table: all rows, with the columns of any of the tables and the column ``PART``.
        lacking: the name of a file -> the columns that others have and it lacks, null in its rows;
            files that lack none are left out.
    """

    table: TextTable
    lacking: Mapping[str, tuple[str, ...]]

    def findings(self) -> list[Finding]:
        """Return which columns a table lacks, as a note of the audit."""
        if not self.lacking:
            return []
        told = [
            f"{name} has no {first_few(columns, _SHOWN)}" for name, columns in self.lacking.items()
        ]
        columns = tuple(dict.fromkeys(name for names in self.lacking.values() for name in names))
        message = (
            f"Columns that some tables have and others lack: {'; '.join(told)}. They are empty "
            "there; nothing that rests on them can be told of these images."
        )
        return [Finding("column_lacking", "note", message, len(columns), columns[:_SHOWN])]


def join_tables(tables: Mapping[str, Path], *, progress: Progress | None = None) -> JoinedTables:
    """Return the rows of several tables as one, with the part of each in the column ``PART``.

    Args:
        tables: name of the part -> its CSV, TSV or Parquet file; "val" is read as "validation",
            and so on, as ``split_from_column`` does.
        progress: who hears how many tables are read; nobody when None.

    Raises:
        ManifestError: no table is named, a part or a file is named twice, a table cannot be read or
            has a column ``PART`` of its own.
    """
    named = _named(tables)
    read: dict[str, TextTable] = {}
    with (progress or SilentProgress()).step("read tables", len(named)) as step:
        for part, path in named.items():
            read[part] = read_text_table(path)
            _refuse_own_part(read[part])
            step.advance()
    columns = list(dict.fromkeys(name for one in read.values() for name in one.frame.columns))
    lacking = {
        one.source.name: tuple(name for name in columns if name not in one.frame.columns)
        for one in read.values()
    }
    return JoinedTables(
        _joined(read, columns), {name: lacks for name, lacks in lacking.items() if lacks}
    )


def _named(tables: Mapping[str, Path]) -> dict[str, Path]:
    if not tables:
        raise ManifestError("Expected a table for each part; got none. Name train and test.")
    named: dict[str, Path] = {}
    told: dict[str, str] = {}
    for written, path in tables.items():
        part = usual_part_name(written)
        if part in named:
            raise ManifestError(
                f"'{told[part]}' and '{written}' name the same part ({part}). Name each part once."
            )
        twin = next((one for one, other in named.items() if other.resolve() == path.resolve()), "")
        if twin:
            raise ManifestError(
                f"Expected a table of its own for each part; {path} is named for '{told[twin]}' "
                f"and for '{written}'. Name another, or use one table with a column for the split."
            )
        named[part], told[part] = path, written
    return named


def _refuse_own_part(table: TextTable) -> None:
    if PART in table.frame.columns:
        raise ManifestError(
            f"{table.source} has a column '{PART}' of its own, while the part of each image is the "
            "one that its table is named for. Rename the column."
        )


def _joined(read: Mapping[str, TextTable], columns: list[str]) -> TextTable:
    frames = [one.frame.with_columns(pl.lit(part).alias(PART)) for part, one in read.items()]
    tables = list(read.values())
    return TextTable(
        Path(commonpath([one.source.absolute().parent for one in tables])),
        pl.concat(frames, how="diagonal").select([*columns, PART]),
        pl.concat([one.places for one in tables]),
        "row" if all(one.unit == "row" for one in tables) else "line",
        frozenset(name for one in tables for name in one.float_columns),
        pl.concat([pl.repeat(one.source.name, len(one.frame), eager=True) for one in tables]),
    )


def require_columns(joined: JoinedTables, columns: Collection[str]) -> None:
    """Refuse tables without a column that the images of every part need.

    Args:
        joined: the tables.
        columns: what every image needs, such as its id and its label.

    Raises:
        ManifestError: a table lacks one of them.
    """
    for name, lacks in joined.lacking.items():
        missing = [column for column in lacks if column in columns]
        if missing:
            raise ManifestError(
                f"{name} has no column {first_few(missing)}, which every table of the study needs. "
                "Add it there, or leave the table out."
            )
