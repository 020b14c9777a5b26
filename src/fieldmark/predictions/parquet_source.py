"""Scores from Parquet files of any size, some columns at a time."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Step
from fieldmark.predictions.columns import ColumnPlan, SourceNames, as_text, plan_columns
from fieldmark.predictions.score_file import ColumnFile

_BATCH_BYTES = 48 << 20


def read_parquet(
    source: Path, scores: Path, *, names: SourceNames, step: Step
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Copy the scores of a Parquet file to a ``.npy`` file; return the items and the classes.

    Scores keep their precision: float32 when every score column is float16 or float32, else
    float64.

    Args:
        source: Parquet file; ids, labels and groups are text or integers.
        scores: path of the new file.
        names: what the file calls its columns.
        step: told the number of bytes of the source that its columns stand for.

    Raises:
        PredictionsError: the file is not Parquet, has no rows, or a score column is not numeric or
            has gaps.
    """
    try:
        scan = pl.scan_parquet(source)
        schema = scan.collect_schema()
        plan = plan_columns(schema.names(), names, source=source)
        dtype = _common_type(schema, plan, source)
        items = _read_items(scan, plan, source)
        batch = max(1, _BATCH_BYTES // (items.height * dtype.itemsize))
        with ColumnFile(scores, (items.height, len(plan.classes)), dtype) as file:
            for start in range(0, len(plan.scores), batch):
                columns = plan.scores[start : start + batch]
                frame = scan.select(columns).collect()
                _refuse_gaps(frame, items["id"], source)
                file.write(start, frame.to_numpy())
                step.advance(source.stat().st_size * len(columns) // len(plan.scores))
    except pl.exceptions.PolarsError as error:
        raise PredictionsError(
            f"{source.name} cannot be read as Parquet ({str(error).splitlines()[0]}). "
            f"Export it again."
        ) from None
    return items, plan.classes


def _common_type(schema: pl.Schema, plan: ColumnPlan, source: Path) -> np.dtype[Any]:
    kinds = {column: schema[column] for column in plan.scores}
    for column, kind in kinds.items():
        if not kind.is_numeric():
            raise PredictionsError(
                f"{source.name}: expected numbers in the column '{column}'; it holds {kind}."
            )
    short = all(kind.is_float() and kind != pl.Float64 for kind in kinds.values())
    return np.dtype(np.float32 if short else np.float64)


def _read_items(scan: pl.LazyFrame, plan: ColumnPlan, source: Path) -> pl.DataFrame:
    items = scan.select(pl.col(theirs).alias(ours) for theirs, ours in plan.items.items()).collect()
    if items.is_empty():
        raise PredictionsError(f"{source.name}: expected at least one row; there is none.")
    stated = [column for column in ("id", "label", "group") if column in items.columns]
    return items.with_columns(as_text(items[column], source=source) for column in stated)


def _refuse_gaps(frame: pl.DataFrame, ids: pl.Series, source: Path) -> None:
    for column in frame.columns:
        if frame[column].has_nulls():
            row = int(frame[column].is_null().arg_true()[0])
            raise PredictionsError(
                f"{source.name}: expected a number for every item in the column '{column}'; "
                f"{frame[column].null_count():,} of {frame.height:,} are missing "
                f"(first: '{ids[row]}')."
            )
