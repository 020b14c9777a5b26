"""From rank columns to lineages: fill gaps, qualify names under two parents.

Works on the distinct lineages of a table, not on its rows. The last rank is the leaf.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import polars as pl

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import TaxonomyError

TwoParents = Literal["refuse", "qualify"]
ROWS = "__rows__"
DUMMY = "incertae sedis ("


def distinct_lineages(frame: pl.DataFrame, ranks: Sequence[str]) -> pl.DataFrame:
    """Return each distinct lineage once, sorted, with its number of rows in column ``ROWS``.

    Names that are empty or blank become null.

    Raises:
        TaxonomyError: no rank is given, one is given twice, or a column is missing or not text.
    """
    if not ranks or len(set(ranks)) < len(ranks):
        raise TaxonomyError(f"Expected distinct ranks, coarse to fine; got {list(ranks)}.")
    for rank in ranks:
        if rank not in frame.columns:
            raise TaxonomyError(unknown_choice("rank column", rank, frame.columns))
        if frame.schema[rank] != pl.String:
            raise TaxonomyError(
                f"Rank column '{rank}' must hold text; it holds {frame.schema[rank]}. "
                "Read every column as text."
            )
    lineages = frame.select(ranks).group_by(ranks).agg(pl.len().alias(ROWS))
    return (
        lineages.with_columns(named(rank) for rank in ranks)
        .group_by(ranks)
        .agg(pl.col(ROWS).sum())
        .sort(ranks, nulls_last=True)
    )


def fill_gaps(lineages: pl.DataFrame, ranks: Sequence[str]) -> pl.DataFrame:
    """Return lineages in which missing parents are filled, finest rank first.

    A missing parent is taken from the other lineages of the same child when they agree on one;
    when none knows it, it becomes "incertae sedis (<child>)", a node of its own; when they
    disagree it stays null.
    """
    filled = lineages
    for parent, child in reversed(list(pairwise(ranks))):
        known = (
            filled.drop_nulls([parent, child])
            .group_by(child)
            .agg(
                pl.col(parent).n_unique().alias("__parents__"), pl.col(parent).min().alias("__p__")
            )
        )
        unplaced = (
            pl.when(pl.col(child).str.starts_with(DUMMY))
            .then(pl.col(child))
            .otherwise(pl.format(DUMMY + "{})", pl.col(child)))
        )
        filler = (
            pl.when(pl.col("__parents__").is_null())
            .then(unplaced)
            .when(pl.col("__parents__") == 1)
            .then(pl.col("__p__"))
        )
        filled = (
            filled.join(known, on=child, how="left", maintain_order="left")
            .with_columns(pl.coalesce(parent, filler).alias(parent))
            .select(lineages.columns)
        )
    return filled


def qualify(lineages: pl.DataFrame, ranks: Sequence[str]) -> pl.DataFrame:
    """Return lineages in which a name under two parents reads "name (parent)", coarsest first.

    Raises:
        TaxonomyError: another name reads so already.
    """
    arranged = lineages
    for parent, child in pairwise(ranks):
        torn = pl.col(parent).n_unique().over(child) > 1
        qualified = pl.when(torn).then(pl.format("{} ({})", pl.col(child), pl.col(parent)))
        names = arranged.select(child, qualified=qualified)
        taken = names.filter(pl.col("qualified").is_in(names[child].implode()))
        if len(taken):
            raise TaxonomyError(
                f"{child} '{taken[child][0]}' stands under two parents, and cannot be called "
                f"'{taken['qualified'][0]}' since another {child} is. Rename one of them."
            )
        arranged = arranged.with_columns(names["qualified"].fill_null(names[child]).alias(child))
    return arranged


def named(rank: str) -> pl.Expr:
    """Return the expression that reads a rank column with blank names as missing."""
    return pl.when(pl.col(rank).str.strip_chars() != "").then(pl.col(rank)).alias(rank)
