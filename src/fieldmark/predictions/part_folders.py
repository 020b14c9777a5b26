"""One part of stored predictions: a folder of its own, or the rows of a table that name it."""

from pathlib import Path

import polars as pl

from fieldmark.core.checks import first_few
from fieldmark.core.errors import StoreError
from fieldmark.predictions.store import is_prediction_store, load_predictions
from fieldmark.predictions.table import Predictions

#: Columns of the items that may name the part of each row.
PART_COLUMNS = ("part", "split")


def load_part(folder: Path, part: str) -> Predictions:
    """Return the predictions of one part.

    Looked for in this order: stored predictions in ``folder/part``, as a study's cells keep them;
    stored predictions in ``folder`` whose split has that name; and the rows of a table in
    ``folder`` whose column "part" or "split" has it.

    Args:
        folder: stored predictions, or a folder that holds one folder for each part.
        part: name of the part, such as "validation".

    Raises:
        StoreError: there is no such part; the message lists those there are.
    """
    if is_prediction_store(folder / part):
        return load_predictions(folder / part)
    if is_prediction_store(folder):
        table = load_predictions(folder)
        if table.header.split == part:
            return table
        column = _part_column(table)
        if column is not None and (table.items[column] == part).any():
            return _rows_of(table, column, part)
    there = parts_in(folder)
    listed = f"there are: {first_few(there, 8)}" if there else "there are no stored predictions"
    raise StoreError(f"Expected predictions of the part '{part}' in {folder}; {listed}.")


def parts_in(folder: Path) -> tuple[str, ...]:
    """Return the names of the parts that `load_part` finds in a folder, in order of name."""
    if is_prediction_store(folder):
        table = load_predictions(folder)
        column = _part_column(table)
        named = set() if column is None else set(table.items[column].drop_nulls().to_list())
        return tuple(sorted({table.header.split, *named}))
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.name for path in folder.iterdir() if is_prediction_store(path)))


def _part_column(table: Predictions) -> str | None:
    for column in PART_COLUMNS:
        if column in table.items.columns and table.items[column].dtype == pl.String:
            return column
    return None


def _rows_of(table: Predictions, column: str, part: str) -> Predictions:
    keep = table.items[column] == part
    rows = keep.arg_true().to_numpy()
    return Predictions(
        header=table.header.model_copy(update={"split": part}),
        items=table.items.filter(keep),
        label_space=table.label_space,
        scores=table.scores[rows],
        taxonomy=table.taxonomy,
        training_ids=table.training_ids,
    )
