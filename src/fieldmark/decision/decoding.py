"""Decode: from stored scores over the leaves to paths, by one decoder or by several at once."""

from collections.abc import Sequence

import numpy as np

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import DecisionError
from fieldmark.decision.candidate_tree import NodeSums, candidate_tree
from fieldmark.decision.cost_decoders import LeastPoison, LeastTreeDistance
from fieldmark.decision.path_decoders import (
    AncestorsOfBestLeaf,
    BlockScores,
    Decoder,
    DeepestAbove,
    GreedyDescent,
    RollUp,
)
from fieldmark.decision.paths import Paths
from fieldmark.predictions.blocks import score_blocks
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import Shares
from fieldmark.predictions.table import Predictions

#: What can be asked for by name; "joint" reads the heads of all ranks.
DECODERS = ("leaf", "greedy", "threshold", "roll-up", "minimum-cost")
_BLOCK_BYTES = 1 << 20


def decoder_of(
    name: str,
    *,
    threshold: float = 0.5,
    poisonous: Sequence[str] = (),
    poison_cost: float = 100.0,
) -> Decoder:
    """Return a decoder by its name.

    Args:
        name: one of `DECODERS`.
        threshold: of "threshold", from 0.5 up to 1.
        poisonous: classes that "minimum-cost" weighs by ``poison_cost``; by default it weighs the
            distance in the tree.
        poison_cost: of taking a poisonous class for a harmless one, above 1.

    Raises:
        DecisionError: there is no such decoder, or a setting is out of range.

    Example:
        >>> decoder_of("threshold", threshold=0.8).settings
        {'threshold': 0.8}
    """
    if name == "threshold":
        return DeepestAbove(threshold)
    if name == "minimum-cost" and poisonous:
        return LeastPoison(frozenset(poisonous), poison_cost)
    others: dict[str, Decoder] = {
        "leaf": AncestorsOfBestLeaf(),
        "greedy": GreedyDescent(),
        "roll-up": RollUp(),
        "minimum-cost": LeastTreeDistance(),
    }
    if name not in others:
        raise DecisionError(unknown_choice("decoder", name, DECODERS))
    return others[name]


def decode_paths(predictions: Predictions, decoder: Decoder) -> Paths:
    """Return the path that a decoder answers for each item.

    Args:
        predictions: logits or probabilities over the leaves of a taxonomy; read in blocks.
        decoder: how they are decoded.

    Raises:
        DecisionError: there is no taxonomy, or the decoder sums what cannot be summed.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> from fieldmark.predictions.header import PredictionsHeader
        >>> tree = pl.DataFrame({"genus": ["A", "B", "B"], "species": ["a", "b", "c"]})
        >>> table = Predictions(
        ...     PredictionsHeader(score_kind="probabilities", contender="probe"),
        ...     pl.DataFrame({"id": ["1"], "label": ["b"]}),
        ...     LabelSpace(("a", "b", "c")),
        ...     np.array([[0.40, 0.35, 0.25]]),
        ...     taxonomy=build_taxonomy(tree, ("genus", "species")),
        ... )
        >>> [decode_paths(table, decoder_of(name)).table().row(0)[3:] for name in DECODERS[:3]]
        [('A', 'a'), ('B', 'b'), ('B', None)]
    """
    return decode_all(predictions, [decoder])[0]


def decode_all(predictions: Predictions, decoders: Sequence[Decoder]) -> tuple[Paths, ...]:
    """Return the paths of several decoders, reading the scores once.

    Raises:
        DecisionError: as `decode_paths`.
    """
    tree = candidate_tree(predictions)
    _require_shares(predictions, decoders)
    readers = [decoder.on(tree) for decoder in decoders]
    shape = (predictions.n, len(tree.nodes))
    found = [np.empty(shape, dtype=np.int32) for _ in decoders]
    is_summed = any(decoder.needs_shares for decoder in decoders)
    sums, shares_of = NodeSums(tree), Shares(predictions.header.score_kind)
    for start, scores in score_blocks(predictions.scores, block_bytes=_BLOCK_BYTES):
        best = scores.argmax(axis=1)
        top = scores[np.arange(len(scores)), best].astype(np.float64)
        shares, wholes = shares_of(scores, top) if is_summed else (scores, top)
        if is_summed and predictions.header.score_kind is ScoreKind.PROBABILITIES:
            wholes = shares.sum(axis=1, dtype=np.float64)
        block = BlockScores(sums, best=best, shares=shares, wholes=wholes)
        for nodes, reader in zip(found, readers, strict=True):
            nodes[start : start + len(scores)] = reader(block)
    return tuple(
        Paths(
            decoder=decoder.name,
            settings=decoder.settings,
            taxonomy=tree.taxonomy,
            nodes=nodes,
            items=predictions.items,
            contender=predictions.header.contender,
            split=predictions.header.split,
            candidates=len(predictions.label_space),
        )
        for decoder, nodes in zip(decoders, found, strict=True)
    )


def _require_shares(predictions: Predictions, decoders: Sequence[Decoder]) -> None:
    needing = [decoder.name for decoder in decoders if decoder.needs_shares]
    if needing and predictions.header.score_kind is ScoreKind.SIMILARITIES:
        raise DecisionError(
            f"Expected probabilities or logits to decode by '{needing[0]}'; the scores of"
            f" '{predictions.header.contender}' are similarities, which have no sum. Decode by"
            " 'leaf', or turn them into probabilities first."
        )
