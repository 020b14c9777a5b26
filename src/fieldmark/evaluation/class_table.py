"""The results of all classes as one table, for a file."""

from collections.abc import Sequence

import polars as pl

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.per_class import ClassResult


def class_table(results: Sequence[ClassResult]) -> pl.DataFrame:
    """Return a row for each class, in the order given.

    Returns:
        Columns class, n, answered, right, then for each of recall, precision and f1 the value and
        the ends of its interval (``recall``, ``recall_low``, ``recall_high``, ...); null where
        there is nothing to divide. No results give a table without rows.

    Example:
        >>> class_table([]).columns[:5]
        ['class', 'n', 'answered', 'right', 'recall']
    """
    columns: dict[str, pl.Series] = {
        "class": pl.Series([one.name for one in results], dtype=pl.String),
        "n": pl.Series([one.n for one in results], dtype=pl.Int64),
        "answered": pl.Series([one.answered for one in results], dtype=pl.Int64),
        "right": pl.Series([one.right for one in results], dtype=pl.Int64),
    }
    for name, estimates in {
        "recall": [one.recall for one in results],
        "precision": [one.precision for one in results],
        "f1": [one.f1 for one in results],
    }.items():
        columns |= _columns(name, estimates)
    return pl.DataFrame(columns)


def _columns(name: str, estimates: Sequence[Estimate]) -> dict[str, pl.Series]:
    ends = {
        name: [one.value for one in estimates],
        f"{name}_low": [one.low for one in estimates],
        f"{name}_high": [one.high for one in estimates],
    }
    return {column: pl.Series(values, dtype=pl.Float64) for column, values in ends.items()}
