"""Where the predictions of a named part lie: a folder of parts, one table with a column, a path."""

from pathlib import Path

import polars as pl

from fieldmark.core.checks import first_few, nearest
from fieldmark.core.errors import DecisionError
from fieldmark.decision.division import named, subset
from fieldmark.predictions.store import is_prediction_store, load_predictions
from fieldmark.predictions.table import Predictions

_BELOW = (Path(), Path("predictions"), Path("result") / "predictions")
_SHOWN = 8
# What the header says when nobody named the part.
_NO_PART = "all"


def read_part(source: Path | None, part: str, *, column: str = "split") -> Predictions:
    """Return the predictions of a part.

    Args:
        source: a folder whose sub-folders are parts (as the cells of a study are stored); or one
            table of stored predictions, whose items name their part in a column; None when
            ``part`` is a path.
        part: name of the part, or the path of stored predictions; where these name no part, the
            folder does.
        column: column that names the part, where ``source`` is one table.

    Raises:
        DecisionError: there is no such part; the message says which there are.
        StoreError: the stored predictions are damaged.
    """
    if source is not None:
        if not source.is_dir():
            raise DecisionError(f"Expected a folder with predictions at {source}; there is none.")
        if is_prediction_store(source):
            return _rows_of_part(load_predictions(source), part, column)
        for below in _BELOW:
            if part and is_prediction_store(source / below / part):
                return load_predictions(source / below / part)
    if is_prediction_store(Path(part)):
        found = load_predictions(Path(part))
        return named(found, Path(part).name) if found.header.split == _NO_PART else found
    raise DecisionError(_no_such_part(source, part))


def parts_below(source: Path) -> tuple[str, ...]:
    """Return the names of the parts that lie in a folder, sorted."""
    return tuple(
        sorted(
            folder.name
            for below in _BELOW
            if (source / below).is_dir()
            for folder in (source / below).iterdir()
            if is_prediction_store(folder)
        )
    )


def _rows_of_part(predictions: Predictions, part: str, column: str) -> Predictions:
    items = predictions.items
    if column not in items.columns:
        guess = nearest(column, items.columns)
        hint = f" (nearest: '{guess}')" if guess else ""
        raise DecisionError(
            f"Expected a column '{column}' that names the part of each item; there is none{hint}."
            " Name the right one with --part-column, or give a folder with one folder a part."
        )
    names = items[column].cast(pl.String)
    keep = (names == part).fill_null(value=False)
    if not keep.any():
        there = sorted(names.drop_nulls().unique())
        raise DecisionError(
            f"No item has '{part}' in the column '{column}'; there are: {first_few(there, _SHOWN)}."
        )
    return named(subset(predictions, keep.to_numpy()), part)


def _no_such_part(source: Path | None, part: str) -> str:
    if source is None:
        return (
            f"Expected stored predictions at {part}; there are none. Name a folder that"
            " `fieldmark import` wrote, or the folder of all parts as PREDICTIONS."
        )
    there = parts_below(source)
    if not there:
        return (
            f"Expected stored predictions in {source}; there are none. Make them with"
            " `fieldmark import --split NAME --out DIR/NAME`, one folder a part."
        )
    guess = nearest(part, there)
    hint = f"; did you mean '{guess}'?" if guess else "."
    return f"There is no part '{part}' in {source}{hint} There are: {', '.join(there)}."
