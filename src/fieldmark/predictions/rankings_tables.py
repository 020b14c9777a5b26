"""The photos of one side, queries or gallery, from a table of text."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from fieldmark.core.checks import first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.columns import as_text, missing_name

_DEGREES = ("latitude", "longitude")
_TEXTS = ("id", "identity", "group", "session")


def read_photos(path: Path, names: Mapping[str, str]) -> pl.DataFrame:
    """Return the photos of one side: id, identity and whatever else the table holds, as text.

    Latitude and longitude become numbers, empty cells null.

    Args:
        path: CSV, TSV or Parquet file with a header.
        names: the file's name of "id", "identity" or "group", where it has another.

    Raises:
        PredictionsError: there is no such file, it cannot be read, a column is missing, an id or
            identity is neither text nor an integer, or a latitude or longitude is no number.
    """
    frame = _read(path)
    names = {"id": "id", "identity": "identity"} | dict(names)
    for ours, theirs in names.items():
        if theirs not in frame.columns:
            raise missing_name("a column", theirs, frame.columns, source=path, option=f"--{ours}")
        if theirs != ours and ours in frame.columns:
            raise PredictionsError(
                f"{path.name}: '{theirs}' is to become '{ours}', but there is a column '{ours}' "
                f"too. Rename or drop one of them."
            )
    frame = frame.rename({theirs: ours for ours, theirs in names.items()})
    texts = [as_text(frame[name], source=path) for name in _TEXTS if name in frame.columns]
    return with_degrees(frame.with_columns(texts), source=path)


def read_table(path: Path) -> pl.DataFrame:
    """Return a CSV, TSV or Parquet table with every column of a CSV file as text.

    Raises:
        PredictionsError: there is no such file, or it cannot be read.
    """
    return _read(path)


def with_degrees(frame: pl.DataFrame, *, source: Path) -> pl.DataFrame:
    """Return the table with latitude and longitude as float64, empty cells as null.

    Raises:
        PredictionsError: a latitude or longitude is no number.
    """
    found = frame
    for name in _DEGREES:
        if name not in frame.columns or frame[name].dtype.is_numeric():
            continue
        text = frame[name].str.strip_chars().replace("", None)
        numbers = text.cast(pl.Float64, strict=False)
        wrong = text.filter(text.is_not_null() & numbers.is_null()).to_list()
        if wrong:
            raise PredictionsError(
                f"{source.name}: expected the {name} in degrees with a point for decimals; "
                f"{len(wrong):,} are no numbers (first: {first_few(wrong, 1)})."
            )
        found = found.with_columns(numbers.alias(name))
    casts = [
        pl.col(name).cast(pl.Float64)
        for name in _DEGREES
        if name in found.columns and not found[name].dtype.is_float()
    ]
    return found.with_columns(casts)


def _read(path: Path) -> pl.DataFrame:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".tsv", ".parquet"):
        raise PredictionsError(
            f"Expected a table as .csv, .tsv or .parquet; got '{path.name}'. Export it as one."
        )
    if not path.is_file():
        raise PredictionsError(f"Expected a table at {path}; there is none.")
    try:
        if suffix == ".parquet":
            return pl.read_parquet(path, memory_map=False)
        separator = "\t" if suffix == ".tsv" else ","
        return pl.read_csv(path, infer_schema=False, separator=separator)
    except pl.exceptions.PolarsError as error:
        raise PredictionsError(
            f"{path.name} cannot be read as a table ({str(error).splitlines()[0]}). Write it as "
            f"UTF-8 with a header."
        ) from None
