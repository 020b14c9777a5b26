"""What the tables of a model with one head per rank must share before they are read together."""

from collections.abc import Sequence

import numpy as np

from fieldmark.core.checks import count_of, first_few, nearest
from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions


def check_heads(taxonomy: Taxonomy, tables: Sequence[Predictions]) -> None:
    """Refuse tables that are not one head a rank, of the same items in the same order.

    Args:
        taxonomy: the tree.
        tables: one a rank, coarse to fine.

    Raises:
        PredictionsError: their number is not that of the ranks, ids differ, scores are
            similarities, or a class is no name at its rank.
    """
    ranks = taxonomy.ranks
    if len(tables) != len(ranks):
        raise PredictionsError(
            f"Expected one table for each of the {len(ranks)} ranks {', '.join(ranks)}, coarse to"
            f" fine; got {count_of(len(tables), 'table')}. Give each rank its own."
        )
    finest = tables[-1]
    for rank, names, table in zip(ranks, taxonomy.nodes, tables, strict=True):
        if not table.ids.equals(finest.ids):
            raise PredictionsError(
                f"Expected the head of every rank to score the same items in the same order; those"
                f" of {rank} differ from those of {ranks[-1]}. Export all heads from one pass."
            )
        if table.header.score_kind is ScoreKind.SIMILARITIES:
            raise PredictionsError(
                f"Expected logits or probabilities from every head; those of {rank} are"
                " similarities. Export them before they are compared with anything."
            )
        there = frozenset(names)
        strange = [name for name in table.label_space.classes if name not in there]
        if strange:
            guess = nearest(strange[0], names)
            hint = f" (nearest: '{guess}')" if guess else ""
            raise PredictionsError(
                f"Expected the classes of the head of {rank} to be names at that rank of the"
                f" taxonomy; {count_of(len(strange), 'is', 'are')} not:"
                f" {first_few(strange)}{hint}. Write them alike, or name the right rank."
            )


def check_rank_labels(taxonomy: Taxonomy, tables: Sequence[Predictions]) -> None:
    """Refuse tables whose label is not the name above the item's leaf.

    Raises:
        PredictionsError: a label of the finest table is no leaf, or one of a coarser table is not
            the name above it.
    """
    finest, leaves = tables[-1], taxonomy.leaves
    strange = sorted(set(finest.labels.to_list()) - set(leaves.classes))
    if strange:
        raise PredictionsError(
            f"Expected the labels of {taxonomy.ranks[-1]} to be leaves of the taxonomy;"
            f" {len(strange):,} are not: {first_few(strange)}. Add them to the taxonomy."
        )
    paths = taxonomy.paths[leaves.positions(finest.labels)]
    for depth, table in enumerate(tables[:-1]):
        expected = np.array(taxonomy.nodes[depth], dtype=object)[paths[:, depth]]
        wrong = np.flatnonzero(table.labels.to_numpy() != expected)
        if wrong.size:
            row = int(wrong[0])
            raise PredictionsError(
                f"Expected the label of {taxonomy.ranks[depth]} to be the name above the item's"
                f" {taxonomy.ranks[-1]}; {count_of(wrong.size, 'label is', 'labels are')} not"
                f" (first: '{table.ids[row]}' has '{table.labels[row]}', its"
                f" {taxonomy.ranks[-1]} lies below '{expected[row]}')."
            )
