"""Table files whose every cell is text: CSV, TSV and Parquet.

Nothing is guessed: '007' stays '007', large integers stay distinct, and an empty cell is missing.
"""

import csv
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO

import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import ManifestError

_DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_SUFFIXES = (*_DELIMITERS, ".parquet")
_CHUNK_ROWS = 10_000
_HEAD_BYTES = 4096
_WHOLE = r"^(-?\d+)\.0+$"


@dataclass(frozen=True, eq=False, slots=True)
class TextTable:
    """A table as it was read, and where each row stood in the file.

    Attributes:
        source: the file.
        frame: text columns; an empty cell is null; at least one row.
        places: the number of each row's first line (Parquet: of the row), counted from 1.
        unit: what ``places`` count.
        float_columns: columns that the file stores as floating-point numbers (Parquet only).
        files: the name of each row's file, where several tables were joined; None for one.
    """

    source: Path
    frame: pl.DataFrame
    places: pl.Series
    unit: Literal["line", "row"]
    float_columns: frozenset[str] = frozenset()
    files: pl.Series | None = None

    def place(self, row: int) -> str:
        """Return where a row stood, for a message: "line 17", or "line 17 of test.csv"."""
        where = f"{self.unit} {self.places[row]}"
        return where if self.files is None else f"{where} of {self.files[row]}"

    def rows(self, kept: pl.Series) -> "TextTable":
        """Return the table of the rows for which a boolean series is true."""
        files = None if self.files is None else self.files.filter(kept)
        return replace(
            self, frame=self.frame.filter(kept), places=self.places.filter(kept), files=files
        )


def read_text_table(path: Path) -> TextTable:
    """Return a table with every cell as text.

    Args:
        path: a file that ends in .csv, .tsv, .tab (UTF-8, with or without a byte order mark; cells
            with line breaks, delimiters or quotation marks are quoted) or .parquet.

    Raises:
        ManifestError: the file is missing, of another kind, not UTF-8, empty, without rows, not
            rectangular, or a quotation mark is wrong; the message names the line.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise ManifestError(
            f"Expected a table that ends in {', '.join(_SUFFIXES)}; got {path}. Save it as CSV."
        )
    if not path.is_file():
        raise ManifestError(f"Expected a table at {path}; there is no such file.")
    table = (
        _read_parquet(path) if suffix == ".parquet" else _read_delimited(path, _DELIMITERS[suffix])
    )
    if table.frame.is_empty():
        raise ManifestError(f"{path} has a header but no rows. Expected one row per image.")
    return table


def _read_parquet(path: Path) -> TextTable:
    try:
        stored = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ManifestError(f"{path} cannot be read as Parquet ({error}).") from None
    nested = [name for name, kind in stored.schema.items() if kind.is_nested() or kind == pl.Binary]
    if nested:
        raise ManifestError(
            f"{path}: every column must hold plain values; {first_few(nested)} holds "
            f"{stored.schema[nested[0]]}. Leave it out."
        )
    floats = frozenset(name for name, kind in stored.schema.items() if kind.is_float())
    frame = _empty_to_null(stored.cast(pl.String))
    return TextTable(path, frame, pl.Series(range(1, len(frame) + 1)), "row", floats)


def _read_delimited(path: Path, delimiter: str) -> TextTable:
    _refuse_binary(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = _rows(path, stream, delimiter)
            _, first = next(rows, (0, []))
            header = _header(path, first)
            frame, lines = _collect(path, header, rows)
    except UnicodeDecodeError:
        raise ManifestError(_encoding_refusal(path)) from None
    return TextTable(path, frame, lines, "line")


def _rows(path: Path, stream: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        reason = (
            "a quotation mark is opened and never closed"
            if "end of data" in str(error)
            else f"quotation marks do not match: {error}"
        )
        raise ManifestError(
            f"{path}, line {line}: {reason}. Quote the whole cell, and double the quotation marks "
            "inside it."
        ) from None


def _header(path: Path, first: list[str]) -> list[str]:
    if not any(cell.strip() for cell in first):
        raise ManifestError(f"{path} is empty. Expected a header line and one row per image.")
    names = [cell.strip() or f"unnamed_{place}" for place, cell in enumerate(first, start=1)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ManifestError(
            f"{path}: column names must be unique; repeated: {first_few(repeated)}. Rename them."
        )
    return names


def _collect(
    path: Path, header: list[str], rows: Iterator[tuple[int, list[str]]]
) -> tuple[pl.DataFrame, pl.Series]:
    frames = [pl.DataFrame(schema=dict.fromkeys(header, pl.String))]
    lines: list[int] = []
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        for line, row in chunk:
            if len(row) != len(header):
                raise ManifestError(
                    f"{path}, line {line}: {count_of(len(row), 'cell')}, where the header has "
                    f"{count_of(len(header), 'column')}. Quote cells that hold the delimiter, and "
                    "keep the delimiters of empty cells."
                )
            lines.append(line)
        cells = zip(*(row for _, row in chunk), strict=True)
        columns = dict(zip(header, map(list, cells), strict=True))
        frames.append(_empty_to_null(pl.DataFrame(columns, schema=frames[0].schema)))
    return pl.concat(frames), pl.Series(lines, dtype=pl.Int64)


def _empty_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in frame.columns
    )


def _refuse_binary(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ManifestError(f"{path} is UTF-16, not UTF-8. {_conversion(path, 'utf-16')}")
    if b"\0" in head:
        raise ManifestError(f"{path} is not a text table: it holds binary data. Save it as CSV.")


def _encoding_refusal(path: Path) -> str:
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
    line = content.count(b"\n", 0, start) + 1
    before = content[content.rfind(b"\n", 0, start) + 1 : start][-20:].decode("utf-8", "replace")
    return (
        f"{path}, line {line}: not UTF-8 (byte 0x{content[start]:02X} after '{before}'). "
        f"If it is Latin-1: {_conversion(path, 'latin1')}"
    )


def _conversion(path: Path, encoding: str) -> str:
    target = shlex.quote(f"{path.stem}-utf8{path.suffix}")
    return f"Convert it with: iconv -f {encoding} -t utf-8 {shlex.quote(path.name)} > {target}"


def plain_texts(cells: pl.Series) -> pl.Series:
    """Return cells as text: 5, 5.0 and "5 " are all "5", and what is empty is null.

    So a column means the same whether a table came as CSV, or as Parquet with numbers in it.

    Args:
        cells: of any type that can be written.

    Example:
        >>> plain_texts(pl.Series([5.0, 2.5, None])).to_list()
        ['5', '2.5', None]
        >>> plain_texts(pl.Series([" wood", "", "5.0"])).to_list()
        ['wood', None, '5']
    """
    texts = cells.cast(pl.String).str.strip_chars().str.replace(_WHOLE, "$1")
    return texts.replace("", None)
