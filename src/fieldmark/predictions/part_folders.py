"""One part of stored predictions: a folder of its own, the rows of a table that name it, a path."""

from pathlib import Path

import polars as pl

from fieldmark.core.checks import nearest
from fieldmark.core.errors import StoreError
from fieldmark.predictions.store import is_prediction_store, load_predictions
from fieldmark.predictions.subsets import named, subset
from fieldmark.predictions.table import Predictions

#: Columns of the items that may name the part of each row.
PART_COLUMNS = ("split", "part")
# Where the parts of a folder lie: in it, or where the cells of a study keep them.
_BELOW = (Path(), Path("predictions"), Path("result") / "predictions")
# What the header says when nobody named the part.
_NO_PART = "all"


def load_part(source: Path | None, part: str, *, column: str | None = None) -> Predictions:
    """Return the predictions of one part.

    Looked for in this order: stored predictions in the sub-folder of that name, also where the
    cells of a study keep theirs; where ``source`` is one table of stored predictions, its rows
    whose column names the part, or all of it when its split has that name; and stored predictions
    at the path ``part``.

    Args:
        source: stored predictions, or a folder that holds one folder for each part; None when
            ``part`` is a path.
        part: name of the part, such as "validation", or the path of stored predictions; where
            these name no part, the folder does.
        column: column that names the part of each item of one table; None for "split" or "part".

    Raises:
        StoreError: there is no such part; the message lists those there are.
    """
    if source is not None:
        if not source.is_dir():
            raise StoreError(f"Expected a folder with predictions at {source}; there is none.")
        found = _part_in(source, part, column)
        if found is not None:
            return found
    # A bare name is looked for in the source alone: a folder beside it may be another contender's.
    is_path = source is None or len(Path(part).parts) > 1
    if is_path and is_prediction_store(Path(part)):
        table = load_predictions(Path(part))
        return named(table, Path(part).name) if table.header.split == _NO_PART else table
    raise StoreError(_no_such_part(source, part, column))


def parts_in(source: Path, *, column: str | None = None) -> tuple[str, ...]:
    """Return the names of the parts that `load_part` finds in a folder, in order of name."""
    there = {
        path.name
        for below in _BELOW
        if (source / below).is_dir()
        for path in (source / below).iterdir()
        if is_prediction_store(path)
    }
    if is_prediction_store(source):
        table = load_predictions(source)
        there |= {table.header.split} if column is None else set()
        for names in _columns_of_parts(table, column):
            there |= set(names.drop_nulls().to_list())
    return tuple(sorted(there))


def _part_in(source: Path, part: str, column: str | None) -> Predictions | None:
    for below in _BELOW:
        if part and is_prediction_store(source / below / part):
            return load_predictions(source / below / part)
    if not is_prediction_store(source):
        return None
    table = load_predictions(source)
    for names in _columns_of_parts(table, column):
        keep = (names == part).fill_null(value=False)
        if keep.any():
            return named(subset(table, keep.to_numpy()), part)
    return table if column is None and table.header.split == part else None


def _columns_of_parts(table: Predictions, column: str | None) -> tuple[pl.Series, ...]:
    """Return the columns that may name the part of each item, as text."""
    items = table.items
    if column is not None and column not in items.columns:
        guess = nearest(column, items.columns)
        hint = f" (nearest: '{guess}')" if guess else ""
        raise StoreError(
            f"Expected a column '{column}' that names the part of each item; there is none{hint}."
            " Name the right one with --part-column, or give a folder with one folder a part."
        )
    asked = PART_COLUMNS if column is None else (column,)
    return tuple(items[name].cast(pl.String) for name in asked if name in items.columns)


def _no_such_part(source: Path | None, part: str, column: str | None) -> str:
    if source is None:
        return (
            f"Expected stored predictions at {part}; there are none. Name a folder that"
            " `fieldmark import` wrote, or the folder of all parts as PREDICTIONS."
        )
    there = parts_in(source, column=column)
    if not there:
        return (
            f"Expected stored predictions in {source}; there are none. Make them with"
            " `fieldmark import --split NAME --out DIR/NAME`, one folder a part."
        )
    guess = nearest(part, there)
    hint = f"; did you mean '{guess}'?" if guess else "."
    return f"There is no part '{part}' in {source}{hint} There are: {', '.join(there)}."
