"""Columns of metadata as numbered values: categories, or bins between quantiles of training items.

A column that gives the answer away is refused: a name of each observation, or of the label.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import DecisionError
from fieldmark.evaluation.resampling import IntArray
from fieldmark.manifest.text_tables import plain_texts

#: From this share of groups with a value of their own on, a column is taken for a name.
MOST_VALUES_PER_GROUP = 0.8
#: From this share of items with their label's most frequent value on, it tells the label.
MOST_TOLD_BY_LABEL = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataColumn:
    """How the values of a column are numbered, learnt from training items.

    Attributes:
        name: of the column.
        values: the categories, sorted; empty where the column is cut into bins.
        edges: the inner edges of the bins, rising; a value on an edge lies above it.
    """

    name: str
    values: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.values) or len(self.edges) + 1

    @property
    def in_words(self) -> str:
        """What the column is cut into."""
        if self.values:
            return f"{self.name} ({count_of(self.size, 'category', 'categories')})"
        return f"{self.name} ({self.size:,} bins between quantiles of training)"

    def codes(self, values: pl.Series) -> IntArray:
        """Return the number of each value, int64; ``size`` where it is missing or was never seen.

        Raises:
            DecisionError: a value of a column with bins is no number.

        Example:
            >>> column = MetadataColumn(name="habitat", values=("park", "wood"))
            >>> column.codes(pl.Series(["wood", None, "lake"])).tolist()
            [1, 2, 2]
        """
        if not self.values:
            numbers = _numbers(values, self.name)
            binned = np.searchsorted(np.array(self.edges), numbers, side="right")
            return np.where(np.isnan(numbers), self.size, binned).astype(np.int64)
        known = list(self.values)
        places = list(range(self.size))
        found = plain_texts(values).replace_strict(
            known, places, default=self.size, return_dtype=pl.Int64
        )
        return found.fill_null(self.size).to_numpy()


def learn_column(training: pl.DataFrame, name: str, *, bins: int | None = None) -> MetadataColumn:
    """Return how the values of a column are numbered.

    Without bins every value is a category: months too, so that December lies as near to January as
    to June. Whole numbers are the same whether they are written 5, 5.0 or as text.

    Args:
        training: the training items.
        name: of the column.
        bins: how many bins of equally many training items; None for categories.

    Raises:
        DecisionError: no training item has a value, or a value to be binned is no number.

    Example:
        >>> learn_column(pl.DataFrame({"month": [9, 10, None, 9]}), "month").values
        ('10', '9')
        >>> learn_column(pl.DataFrame({"height": [1.0, 2.0, 3.0, 4.0]}), "height", bins=2).edges
        (2.5,)
    """
    if bins is None:
        values = tuple(plain_texts(training[name]).drop_nulls().unique().sort().to_list())
        if not values:
            raise DecisionError(_no_value(training, name))
        return MetadataColumn(name=name, values=values)
    numbers = _numbers(training[name], name)
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        raise DecisionError(_no_value(training, name))
    inner = np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])
    return MetadataColumn(name=name, edges=tuple(np.unique(inner).tolist()))


def require_no_leak(training: pl.DataFrame, column: MetadataColumn, *, accept: bool) -> None:
    """Raise where a column names each observation, or names the label in other words.

    Args:
        training: the training items, with a column label, and group where there are groups.
        column: how its values are numbered.
        accept: whether somebody said that the column is known before the answer, although every
            label has one value of it only. A name of each observation is refused all the same.

    Raises:
        DecisionError: it does.
    """
    unit = "group" if "group" in training.columns else "id"
    units = training[unit] if unit in training.columns else pl.Series(range(training.height))
    table = pl.DataFrame(
        {"unit": units, "label": training["label"], "value": column.codes(training[column.name])}
    ).filter(pl.col("value") < column.size)
    values, groups = table["value"].n_unique(), table["unit"].n_unique()
    if values > 1 and values > MOST_VALUES_PER_GROUP * groups:
        of = count_of(groups, "group" if unit == "group" else "item")
        raise DecisionError(
            f"Expected a column that several observations share; '{column.name}' has"
            f" {count_of(values, 'value')} for {of} of training, almost one for each,"
            " so it names the observation and says nothing about another one. Leave it out, or,"
            " where it is a number, cut it into bins."
        )
    told = _told_by_label(table)
    if not accept and told is not None and told >= MOST_TOLD_BY_LABEL:
        raise DecisionError(
            f"Expected a column that is known before the answer; '{column.name}' has one value"
            f" only for all items of a label ({100 * told:.1f} % of training items), so it says in"
            " other words what the label is, as a rank or a property of the species does. Leave it"
            " out, or name it in 'accept' if whoever asks knows it without knowing the answer."
        )


def _told_by_label(table: pl.DataFrame) -> float | None:
    """Return the share of items with the most frequent value of their label; None if too few."""
    several = table.group_by("label").agg(pl.col("unit").n_unique()).filter(pl.col("unit") > 1)
    kept = table.filter(pl.col("label").is_in(several["label"].to_list()))
    if several.height < 2 or kept["value"].n_unique() < 2:
        return None
    most = kept.group_by("label", "value").len().group_by("label").agg(pl.col("len").max())
    return float(most["len"].sum()) / kept.height


def _numbers(values: pl.Series, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    texts = plain_texts(values)
    numbers = texts.cast(pl.Float64, strict=False)
    wrong = texts.filter(texts.is_not_null() & ~numbers.is_finite().fill_null(value=False))
    if len(wrong):
        raise DecisionError(
            f"Expected numbers in column '{name}', which is cut into bins;"
            f" {count_of(len(wrong), 'value')} of {len(values):,} are none (first:"
            f" {first_few(wrong.to_list(), 1)}). Correct them, or take the column as categories."
        )
    return numbers.fill_null(float("nan")).to_numpy().astype(np.float64)


def _no_value(training: pl.DataFrame, name: str) -> str:
    return (
        f"Expected values of '{name}' among the training items; all"
        f" {count_of(training.height, 'cell')} are empty. Leave the column out."
    )
