"""Synonyms applied to the rank columns of a table, and what that changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.findings import Finding, finding
from fieldmark.manifest.synonyms import Synonyms
from fieldmark.manifest.text_tables import TextTable


@dataclass(frozen=True, slots=True)
class Renamed:
    """One old name that was replaced.

    Attributes:
        rank: the column.
        old: the name as it was read.
        new: the name that took its place.
        rows: how many rows bore it; 0 when it stands in none.
        joins: how many rows bore the new name already; 0 when no row did.
    """

    rank: str
    old: str
    new: str
    rows: int
    joins: int


def apply_synonyms(
    table: TextTable, columns: Sequence[str], synonyms: Synonyms
) -> tuple[TextTable, tuple[Renamed, ...]]:
    """Return a table with accepted names, and what was replaced.

    A row whose name gives way stands where the accepted name stands: its coarser ranks are those of
    the rows that bear the accepted name already, as far as these agree. Where none does, it stays
    where it stood. The finest column as it was read is kept as "<column>_as_read".

    Args:
        table: as it was read; not changed.
        columns: the rank columns, coarse to fine, or the label column alone.
        synonyms: which names give way.

    Raises:
        ManifestError: the table has a column "<column>_as_read" of its own.
    """
    kept = f"{columns[-1]}_as_read"
    if kept in table.frame.columns:
        raise ManifestError(
            f"{table.source} has a column '{kept}', which would hold the names before synonyms are "
            "replaced. Rename it."
        )
    arranged = table.frame.with_columns(pl.col(columns[-1]).alias(kept))
    changes: list[Renamed] = []
    for place, rank in enumerate(columns):
        accepted = synonyms.at(rank)
        if not accepted:
            continue
        rows = dict(arranged[rank].value_counts().iter_rows())
        changes += [
            Renamed(rank, old, new, rows.get(old, 0), rows.get(new, 0))
            for old, new in accepted.items()
        ]
        arranged = _moved(arranged, columns[:place], rank, accepted)
    return replace(table, frame=arranged), tuple(changes)


def _moved(
    frame: pl.DataFrame, coarser: Sequence[str], rank: str, accepted: dict[str, str]
) -> pl.DataFrame:
    is_old = pl.col(rank).is_in(list(accepted)).fill_null(value=False)
    homes = (
        frame.filter(pl.col(rank).is_in(list(accepted.values())) & ~is_old)
        .group_by(rank)
        .agg(
            *(pl.col(name).drop_nulls().min().alias(f"__{name}__") for name in coarser),
            *(
                (pl.col(name).drop_nulls().n_unique() <= 1).alias(f"__{name}_agrees__")
                for name in coarser
            ),
        )
    )
    named = frame.with_columns(pl.col(rank).replace(accepted), __old__=is_old)
    placed = named.join(homes, on=rank, how="left", maintain_order="left")
    return placed.with_columns(
        pl.when(pl.col("__old__") & pl.col(f"__{name}_agrees__"))
        .then(f"__{name}__")
        .otherwise(pl.col(name))
        .alias(name)
        for name in coarser
    ).select(frame.columns)


def renaming_findings(changes: Sequence[Renamed], source: str) -> list[Finding]:
    """Return what synonyms changed, what they merged, and which of them met nothing."""
    done = [one for one in changes if one.rows]
    bearers: dict[tuple[str, str], int] = {}
    for one in done:
        bearers[one.rank, one.new] = bearers.get((one.rank, one.new), int(one.joins > 0)) + 1
    rows = sum(one.rows for one in done)
    replaced = {one.old for one in done}
    borne = {one.new for one in changes if one.joins}
    return [
        *finding(
            "name_replaced",
            "note",
            f"Names that gave way to their accepted name ({source}): {{count}}, in "
            f"{count_of(rows, 'row')} (first: {{first}}).",
            [f"'{o.old}' is '{o.new}' ({count_of(o.rows, 'row')})" for o in done],
        ),
        *finding(
            "names_merged",
            "note",
            f"Names that several names were merged into ({source}): {{count}} (first: {{first}}). "
            "Numbers made before are of other classes.",
            [f"{rank} '{new}'" for (rank, new), names in bearers.items() if names > 1],
        ),
        *finding(
            "synonym_unmet",
            "note",
            f"Synonyms of {source} that stand in no row: {{count}} (first: '{{first}}').",
            list(dict.fromkeys(one.old for one in changes if one.old not in replaced)),
        ),
        *finding(
            "accepted_name_new",
            "warning",
            f"Accepted names of {source} that no row bore: {{count}} (first: '{{first}}'). Their "
            "classes are made of renamed images alone, if of any; are they written as in the table "
            "of images?",
            list(dict.fromkeys(one.new for one in changes if one.new not in borne)),
        ),
    ]
