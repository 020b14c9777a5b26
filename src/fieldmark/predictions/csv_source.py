"""Scores from CSV and TSV files of any size, a block of lines at a time."""

import csv
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Step
from fieldmark.predictions.blocks import FloatArray
from fieldmark.predictions.columns import ColumnPlan, SourceNames, plan_columns
from fieldmark.predictions.csv_records import check_utf8, numbered, read_header, record_blocks
from fieldmark.predictions.score_file import ScoreFile


def read_delimited(
    source: Path, scores: BinaryIO, *, names: SourceNames, step: Step
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Copy the scores of a CSV or TSV file to a ``.npy`` file; return the items and the classes.

    Every column but the scores is read as text, so that the id 007 stays 007. Scores become
    float32. Lines without any content are skipped.

    Args:
        source: UTF-8 file with a header; the suffix ``.tsv`` means tabs, any other commas.
        scores: new file, open for writing.
        names: what the file calls its columns.
        step: told the number of bytes read.

    Raises:
        PredictionsError: the file is empty, not UTF-8, or a line is not what the header says; the
            message names line and column.
    """
    separator = "\t" if source.suffix.lower() == ".tsv" else ","
    items: list[pl.DataFrame] = []
    with source.open("rb") as stream:
        line, head = read_header(stream, source)
        columns = tuple(next(csv.reader(io.StringIO(head, newline=""), delimiter=separator)))
        if len(columns) == 1 and ";" in head:
            raise PredictionsError(
                f"{source.name}: expected cells separated by commas; the header has semicolons. "
                f"Export it with commas, and with points for decimals."
            )
        plan = plan_columns(columns, names, source=source)
        layout = _Layout(source, columns, plan, separator)
        file = ScoreFile(scores, len(plan.classes), np.dtype(np.float32))
        for first_line, block in record_blocks(stream, source, line=line):
            frame, rows = layout.parse(block, first_line)
            items.append(frame)
            file.write(rows)
            step.advance(len(block))
        file.finish()
    if not file.n_rows:
        raise PredictionsError(f"{source.name}: expected rows below the header; there are none.")
    return pl.concat(items), plan.classes


class _Layout:
    """How the lines of one file are read."""

    def __init__(
        self, source: Path, columns: tuple[str, ...], plan: ColumnPlan, separator: str
    ) -> None:
        scored = frozenset(plan.scores)
        places = {name: place for place, name in enumerate(columns)}
        self._source = source
        self._columns = columns
        self._separator = separator
        self._schema: dict[str, type[pl.DataType]] = {
            name or f"\x00{place}": pl.Float32 if name in scored else pl.String
            for place, name in enumerate(columns)
        }
        self._texts = {ours: places[theirs] for theirs, ours in plan.items.items()}
        self._scores = [places[name] for name in plan.scores]

    def parse(self, block: bytes, line: int) -> tuple[pl.DataFrame, FloatArray]:
        """Return the items and scores of some whole lines; ``line`` is the number of the first."""
        check_utf8(block, line, self._source)
        try:
            frame = pl.read_csv(
                block, has_header=False, separator=self._separator, schema=self._schema
            )
        except pl.exceptions.PolarsError:
            return self._parse_carefully(block, line)
        columns = frame.get_columns()
        texts = pl.DataFrame(
            [columns[place].replace("", None).alias(ours) for ours, place in self._texts.items()]
        )
        scores = [columns[place] for place in self._scores]
        if any(values.has_nulls() for values in (texts["id"], texts["label"], *scores)):
            return self._parse_carefully(block, line)
        return texts, np.ascontiguousarray(pl.DataFrame(scores).to_numpy())

    def _parse_carefully(self, block: bytes, line: int) -> tuple[pl.DataFrame, FloatArray]:
        """Read line by line, to name the first fault, or to accept blanks around numbers."""
        texts: list[list[str | None]] = []
        rows: list[list[float]] = []
        lines = io.StringIO(block.decode(), newline="")
        for number, cells in numbered(lines, line, self._source, separator=self._separator):
            if any(cells):
                where = f"{self._source.name}, line {number}"
                self._check_cells(cells, where)
                texts.append([cells[place] or None for place in self._texts.values()])
                rows.append(
                    [_number(cells[place], where, self._columns[place]) for place in self._scores]
                )
        scores = np.array(rows, np.float64).reshape(len(rows), len(self._scores))
        with np.errstate(over="ignore"):
            narrow = scores.astype(np.float32)
        return pl.DataFrame(texts, dict.fromkeys(self._texts, pl.String), orient="row"), narrow

    def _check_cells(self, cells: list[str], where: str) -> None:
        if len(cells) != len(self._columns):
            raise PredictionsError(
                f"{where}: expected {len(self._columns):,} cells as in the header; "
                f"got {len(cells):,}."
            )
        for ours in ("id", "label"):
            place = self._texts[ours]
            if not cells[place]:
                raise PredictionsError(
                    f"{where}: the column '{self._columns[place]}' is empty. Fill it in."
                )


def _number(cell: str, where: str, column: str) -> float:
    text = cell.strip()
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise PredictionsError(
        f"{where}: expected a number in the column '{column}'; got '{cell}'. Write decimals with a "
        f"point."
    )
