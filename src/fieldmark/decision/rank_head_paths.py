"""Paths from heads that know nothing of each other, and the diagnosis of each rank by itself."""

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import DecisionError
from fieldmark.decision.candidate_tree import candidate_tree
from fieldmark.decision.paths import Paths
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import raw_blocks
from fieldmark.predictions.joint_scores import joint_blocks, reachable_leaves
from fieldmark.predictions.rank_heads import RankHeads
from fieldmark.predictions.summary import summarise_with_ranks
from fieldmark.predictions.table import Predictions

#: Names the diagnosis in tables; it is no decoder.
RANK_WISE = "rank-wise"


def joint_paths(rank_heads: RankHeads) -> Paths:
    """Return the best path over independent heads: the highest sum of log-probabilities.

    The same as the best leaf of `predictions.rank_heads.joint` with its ancestors, without writing
    those scores down. Of equal sums the first leaf wins.

    Args:
        rank_heads: one head a rank; read in blocks.

    Raises:
        DecisionError: no leaf has a column in every head.
    """
    taxonomy, tables = rank_heads.taxonomy, rank_heads.tables
    kept = reachable_leaves(taxonomy, tables)
    if not kept.any():
        raise DecisionError(
            "Expected a leaf with a column in the head of every rank; there is none. Name the"
            " columns of each head as the taxonomy does."
        )
    leaves = taxonomy.leaves.positions(rank_heads.leaf.label_space.classes)[kept]
    best = [block.argmax(axis=1) for block in joint_blocks(taxonomy, tables, kept)]
    nodes = taxonomy.paths[leaves[np.concatenate(best)]]
    return _paths(rank_heads.leaf, taxonomy, nodes, name="joint", candidates=int(kept.sum()))


def rank_wise_heads(rank_heads: RankHeads) -> Paths:
    """Return what each head says by itself: a diagnosis, which may contradict itself.

    Args:
        rank_heads: one head a rank; read in blocks.
    """
    nodes = []
    for names, table in zip(rank_heads.taxonomy.nodes, rank_heads.tables, strict=True):
        place = {name: position for position, name in enumerate(names)}
        columns = np.array([place[name] for name in table.label_space.classes])
        best = [block.argmax(axis=1) for _, block in raw_blocks(table.scores)]
        nodes.append(columns[np.concatenate(best)])
    return _paths(
        rank_heads.leaf,
        rank_heads.taxonomy,
        np.stack(nodes, axis=1),
        name=RANK_WISE,
        candidates=len(rank_heads.leaf.label_space),
    )


def rank_wise_sums(predictions: Predictions) -> Paths:
    """Return the best node of each rank by itself, from summed probabilities: a diagnosis.

    0.30 for one genus's only leaf against 0.25 + 0.25 for two of another contradicts itself.

    Args:
        predictions: logits or probabilities over the leaves of a taxonomy.

    Raises:
        DecisionError: there is no taxonomy, or the scores are similarities.
    """
    tree = candidate_tree(predictions)
    summary, ranks = summarise_with_ranks(predictions, tree.taxonomy)
    best = [of_rank.codes.nodes[of_rank.best] for of_rank in ranks if of_rank.best is not None]
    if len(best) < len(ranks):
        raise DecisionError(
            f"Expected probabilities or logits to sum; the scores of"
            f" '{predictions.header.contender}' are similarities. Calibrate them first."
        )
    nodes = [*best, tree.nodes[-1][summary.predicted]]
    return _paths(
        predictions,
        tree.taxonomy,
        np.stack(nodes, axis=1),
        name=RANK_WISE,
        candidates=len(predictions.label_space),
    )


def _paths(
    table: Predictions,
    taxonomy: Taxonomy,
    nodes: npt.NDArray[np.integer],
    *,
    name: str,
    candidates: int,
) -> Paths:
    return Paths(
        decoder=name,
        taxonomy=taxonomy,
        nodes=nodes.astype(np.int32),
        items=table.items,
        contender=table.header.contender,
        split=table.header.split,
        candidates=candidates,
        is_diagnosis=name == RANK_WISE,
    )
