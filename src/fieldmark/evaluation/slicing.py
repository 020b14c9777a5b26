"""Which slice each item is in: by a column of the items, or by a rank of their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few, unknown_choice
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.predictions.table import Predictions

MISSING = "(missing)"
MOST_SLICES = 60
_MOST_NUMBERS = 12


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Slicing:
    """Which slice each item is in.

    Attributes:
        column: column of the items, or rank of the labels.
        names: of the slices, each with at least one item.
        codes: int64 (n,), slice of each item.
        note: how slices were made, in words.
    """

    column: str
    names: tuple[str, ...]
    codes: IntArray
    note: str


def slicing_of(predictions: Predictions, column: str) -> Slicing:
    """Return the slices of one column.

    Numbers with more than 12 different values are cut at their quartiles, equal values staying
    together; of anything else each value is a slice. An empty cell is in the slice "(missing)".

    Args:
        predictions: the table.
        column: a column of the items, or else a rank of the taxonomy, for the labels.

    Raises:
        PredictionsError: there is no such column, or it has more than 60 values.

    Example:
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.header import PredictionsHeader
        >>> table = Predictions(
        ...     header=PredictionsHeader(score_kind="logits", contender="probe"),
        ...     items=pl.DataFrame({"id": ["1", "2"], "label": ["a", "a"], "month": ["10", "9"]}),
        ...     label_space=LabelSpace(("a",)), scores=np.zeros((2, 1)))
        >>> slicing_of(table, "month").names
        ('9', '10')
    """
    values = _values(predictions, column)
    numbers = _numbers(values)
    if numbers is not None and numbers.drop_nulls().n_unique() > _MOST_NUMBERS:
        return _by_quartile(column, numbers)
    names = values.cast(pl.String)
    different = names.drop_nulls().unique().to_list()
    if len(different) > MOST_SLICES:
        raise PredictionsError(
            f"Expected at most {MOST_SLICES} slices; '{column}' has {len(different):,} values"
            f" (first: {first_few(sorted(different))}). Slice by a coarser column."
        )
    ordered = sorted(different, key=_number_or_text)
    places = names.replace_strict(
        [*ordered, None], [*range(len(ordered)), None], return_dtype=pl.Int64
    )
    return _slicing(column, ordered, places, f"{column}: {count_of(len(ordered), 'value')}")


def _values(predictions: Predictions, column: str) -> pl.Series:
    """Return what the items are sliced by; what is missing is null."""
    items, taxonomy = predictions.items, predictions.taxonomy
    if column in items.columns:
        values = items[column]
        if values.dtype == pl.String:
            return values.replace("", None)
        return values.fill_nan(None) if values.dtype.is_float() else values
    if taxonomy is None or column not in taxonomy.ranks:
        ranks = () if taxonomy is None else taxonomy.ranks
        choices = (*(name for name in items.columns if name != "id"), *ranks)
        raise PredictionsError(unknown_choice("column to slice by", column, choices))
    names = np.array(taxonomy.label_space(column).classes, dtype=np.object_)
    leaves = taxonomy.leaves.positions(predictions.labels)
    return pl.Series(column, names[taxonomy.ancestors(column)[leaves]].tolist(), dtype=pl.String)


def _numbers(values: pl.Series) -> pl.Series | None:
    """Return the values as numbers, or None when one of them is none."""
    if not (values.dtype.is_numeric() or values.dtype == pl.String):
        return None
    numbers = values.cast(pl.Float64, strict=False)
    is_numeric = numbers.null_count() == values.null_count() and numbers.is_finite().all()
    return numbers if is_numeric else None


def _by_quartile(column: str, numbers: pl.Series) -> Slicing:
    known = numbers.drop_nulls().to_numpy()
    edges: FloatArray = np.quantile(known, [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf")
    edges = np.unique(edges)
    names = [
        f"{'' if low == edges[0] else 'above '}{low:.6g} to {high:.6g}"
        for low, high in pairwise(edges.tolist())
    ]
    codes = np.searchsorted(edges[1:-1], numbers.fill_null(0.0).to_numpy(), side="left")
    places = pl.select(
        pl.when(numbers.is_not_null()).then(pl.Series(codes, dtype=pl.Int64))
    ).to_series()
    note = f"{column}: cut at the quartiles of {count_of(len(known), 'number')}"
    return _slicing(column, names, places, note)


def _slicing(column: str, names: Sequence[str], places: pl.Series, note: str) -> Slicing:
    missing = places.null_count()
    gaps = f", {count_of(missing, 'item')} without one" if missing else ""
    return Slicing(
        column=column,
        names=(*names, *([MISSING] if missing else [])),
        codes=places.fill_null(len(names)).to_numpy(),
        note=f"{note}{gaps}",
    )


def _number_or_text(name: str) -> tuple[int, float, str]:
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name
