"""Take in a model with one head per rank from tables that were stored one by one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.importers import read_taxonomy
from fieldmark.predictions.rank_heads import RankHeads
from fieldmark.predictions.rollup import cut_taxonomy
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions


def heads_of_tables(
    ranks: Mapping[str, Path], taxonomy: Path | None, *, contender: str | None = None
) -> RankHeads:
    """Return the heads of a model from one table of stored predictions for each rank.

    The items of the finest table decide: the others are put into their order, and their labels may
    be the names at the rank or, as one file of labels often gives them, the leaves. Ranks of the
    taxonomy without a head are left out of the tree.

    Args:
        ranks: rank -> stored predictions of its head.
        taxonomy: CSV file whose columns are the ranks, coarse to fine, the last the leaves.
        contender: name of the model; None takes that of the finest table.

    Raises:
        PredictionsError: there is no taxonomy, a rank is unknown, the finest rank has no head, or
            the tables are not of the same items.
        TaxonomyError: the taxonomy is no tree.
        StoreError: a folder holds no stored predictions.
    """
    if taxonomy is None:
        raise PredictionsError(
            "Expected --taxonomy CSV beside --rank: the columns are the ranks, coarse to fine, the"
            " last the leaves."
        )
    tree = _tree_of(ranks, read_taxonomy(taxonomy))
    tables = [load_predictions(ranks[rank]) for rank in tree.ranks]
    finest = tables[-1]
    name = contender or finest.header.contender
    split = finest.header.split
    fitted = [
        _fitted(table, finest, tree, depth, {"contender": name, "split": split})
        for depth, table in enumerate(tables)
    ]
    return RankHeads(taxonomy=tree, tables=tuple(fitted))


def _tree_of(ranks: Mapping[str, Path], whole: Taxonomy) -> Taxonomy:
    """Return the tree of the ranks that have a head."""
    for rank in ranks:
        if rank not in whole.ranks:
            raise PredictionsError(unknown_choice("rank", rank, whole.ranks))
    if whole.ranks[-1] not in ranks:
        raise PredictionsError(
            f"Expected a head of the finest rank '{whole.ranks[-1]}' of the taxonomy; there are"
            f" heads of {', '.join(ranks)}. Add it, or leave the column out of the taxonomy."
        )
    kept = [depth for depth, rank in enumerate(whole.ranks) if rank in ranks]
    return Taxonomy(
        tuple(whole.ranks[depth] for depth in kept),
        tuple(whole.nodes[depth] for depth in kept),
        whole.paths[:, kept],
    )


def _fitted(
    table: Predictions, finest: Predictions, tree: Taxonomy, depth: int, header: dict[str, str]
) -> Predictions:
    """Return a head with the items of the finest one, in their order."""
    rank = tree.ranks[depth]
    rows = _rows(table, finest, rank)
    is_moved = not np.array_equal(rows, np.arange(table.n))
    labels = table.labels.gather(rows)
    if labels.equals(finest.labels) and set(labels) <= set(tree.leaves.classes):
        names = np.array(tree.nodes[depth], dtype=object)
        above = tree.paths[tree.leaves.positions(labels), depth]
        labels = pl.Series("label", names[above].tolist(), dtype=pl.String)
    strange = set(labels) - set(tree.nodes[depth])
    classes = set(table.label_space.classes) - set(tree.nodes[depth])
    return replace(
        table,
        header=table.header.model_copy(update=header),
        items=finest.items.with_columns(label=labels),
        scores=table.scores[rows] if is_moved else table.scores,
        scores_digest=None if is_moved else table.scores_digest,
        taxonomy=None if strange or classes else cut_taxonomy(tree, rank),
    )


def _rows(table: Predictions, finest: Predictions, rank: str) -> npt.NDArray[np.int64]:
    """Return the row of each item of the finest table."""
    place = {id_: row for row, id_ in enumerate(table.ids)}
    missing = [id_ for id_ in finest.ids if id_ not in place]
    if missing or table.n != finest.n:
        extra = table.n - (finest.n - len(missing))
        first = f" (first: '{missing[0]}')" if missing else ""
        raise PredictionsError(
            f"Expected the head of {rank} to score the items of the finest rank; it lacks"
            f" {count_of(len(missing), 'item')}{first} and has {extra:,} more. Export all heads"
            " from one pass."
        )
    return np.array([place[id_] for id_ in finest.ids], dtype=np.int64)
