"""The table that says when something begins in each specimen, with "never" as a value."""

from pathlib import Path

import polars as pl

from fieldmark.core.checks import count_of, first_few, nearest
from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.text_tables import read_text_table

NEVER, ONSET, GROUP = "never", "onset", "group"


def read_onset_table(
    path: Path, *, specimen: str, onset: str = ONSET, group: str | None = None
) -> pl.DataFrame:
    """Return a file of onsets, ready for `trajectories_of`; its other columns are kept.

    Args:
        path: CSV, TSV or Parquet, a row for each specimen.
        specimen: column with the specimens.
        onset: column with the onset; a time, or empty or "never".
        group: column with what must not be torn apart; None is "group", where there is one.

    Raises:
        ManifestError: the file cannot be read.
        PredictionsError: a column is missing or would meet another of the same name, a specimen
            stands twice, or an onset is no number.
    """
    frame = read_text_table(path).frame
    for ours, theirs in ((ONSET, onset), (GROUP, group or GROUP)):
        if theirs == ours:
            continue
        if theirs not in frame.columns:
            raise no_column(theirs, "table of onsets", frame.columns)
        if ours in frame.columns:
            raise PredictionsError(
                f"{path.name}: '{theirs}' is to be the {ours}, but there is a column '{ours}' too. "
                "Rename or drop one of them."
            )
        frame = frame.with_columns(pl.col(theirs).alias(ours))
    return onset_table(frame, specimen=specimen)


def onset_table(table: pl.DataFrame, *, specimen: str) -> pl.DataFrame:
    """Return a table of onsets with the column "onset" as numbers; null is "never".

    Args:
        table: columns ``specimen`` and "onset" (numbers, or text of numbers), and any others.
        specimen: name of the column with the specimens, each once.

    Raises:
        PredictionsError: a column is missing, a specimen stands twice, or an onset is no number.

    Example:
        >>> table = pl.DataFrame({"plant": ["1", "2"], "onset": ["28", "never"]})
        >>> onset_table(table, specimen="plant")["onset"].to_list()
        [28.0, None]
    """
    for column in (specimen, ONSET):
        if column not in table.columns:
            raise no_column(column, "table of onsets", table.columns)
    named = table.with_columns(pl.col(specimen).cast(pl.String))
    names = named[specimen]
    repeated = names.filter(names.is_duplicated()).unique(maintain_order=True).to_list()
    if repeated:
        raise PredictionsError(
            f"Expected one onset for each specimen; {count_of(len(repeated), 'name')} "
            f"{'stands' if len(repeated) == 1 else 'stand'} more than once "
            f"(first: {first_few(repeated, 1)})."
        )
    text = named[ONSET].cast(pl.String).str.strip_chars().replace([NEVER, ""], [None, None])
    return named.with_columns(numbers_in(text, ONSET).alias(ONSET))


def numbers_in(text: pl.Series, name: str) -> pl.Series:
    """Return a column of text as float64; null stays null.

    Raises:
        PredictionsError: a text is no finite number; names the first, and how many.
    """
    numbers = text.cast(pl.Float64, strict=False)
    wrong = text.filter(text.is_not_null() & (numbers.is_null() | ~numbers.is_finite()))
    if len(wrong):
        hint = f", and '{NEVER}' or nothing where it never begins" if name == ONSET else ""
        raise PredictionsError(
            f"Expected numbers in '{name}'; {len(wrong):,} of {len(text):,} are none (first: "
            f"{first_few(wrong.to_list(), 1)}). Write days as numbers{hint}."
        )
    return numbers


def no_column(column: str, where: str, columns: list[str]) -> PredictionsError:
    """Return the error for a column that is not there, with what there is."""
    guess = nearest(column, columns)
    hint = f"; did you mean '{guess}'?" if guess else "."
    return PredictionsError(
        f"Expected a column '{column}' in the {where}; there is none{hint} There are: "
        f"{first_few(columns, 12)}."
    )
