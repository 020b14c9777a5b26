"""The surest node at every rank, each taken by itself: what a fixed threshold rolls up (E5).

The surest genus need not be that of the best species: many species together may outweigh it. Nodes
that reach a threshold of at least one half lie on one path all the same, since two that exclude
each other cannot both have more than half.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fieldmark.decision.lineages import Lineages, lineages
from fieldmark.decision.log_scores import log_probabilities
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units
from fieldmark.predictions.blocks import score_blocks
from fieldmark.predictions.rank_sums import RankSummary
from fieldmark.predictions.summary import summarise_with_ranks
from fieldmark.predictions.table import Predictions

SOURCE = "SpeciesNet: roll-up to the first rank whose surest node reaches one threshold (E5)"
#: The threshold that SpeciesNet rolls up with.
CUSTOMARY = 0.65
_BLOCK_BYTES = 1 << 20


def rolled_up(
    predictions: Predictions, *, lots: Units, ranks: Sequence[str] | None = None
) -> Lineages:
    """Return the surest node of each item at every rank, with its summed probability.

    Only items whose surest nodes are not the ancestors of the best leaf are read again.

    Args:
        predictions: logits or probabilities over the leaves of a taxonomy.
        lots: which lot each item belongs to.
        ranks: ranks that may be answered; None for all of the taxonomy.

    Raises:
        DecisionError: there is no taxonomy, a rank is unknown, or the scores are similarities.

    Source:
        Methods E5: a_r = max over the nodes v at rank r of p(v).
    """
    chain = lineages(predictions, lots=lots, ranks=ranks)
    tree = predictions.taxonomy
    found = () if tree is None else summarise_with_ranks(predictions, tree)[1]
    by_rank = {one.codes.rank: one for one in found if one.best is not None}
    probability, right, nodes = chain.probability.copy(), chain.right.copy(), chain.nodes.copy()
    places = [(place, by_rank[rank]) for place, rank in enumerate(chain.ranks) if rank in by_rank]
    for place, one in places:
        best = _best_of(one)
        right[:, place] = best == one.codes.truth
        nodes[:, place] = np.array(one.codes.names, object)[best]
    _sum_elsewhere(predictions, places, probability)
    upwards = np.maximum.accumulate(probability[:, ::-1], axis=1)[:, ::-1]
    return replace(chain, probability=upwards, right=right, nodes=nodes)


def fixed_threshold(evidence: Lineages, threshold: float) -> tuple[OperatingPoint, ...]:
    """Return a threshold that somebody stated, as an operating point without a promise.

    Args:
        evidence: of the part that a promise would have been fitted on.
        threshold: from which a node is answered, in (0, 1).
    """
    point = OperatingPoint(
        name="answer from",
        rule="backoff",
        source=SOURCE,
        acts_on="summed probability of the surest node of a rank",
        threshold=threshold,
        promise="None: the threshold is fixed, whatever the scores mean.",
        limit=None,
        confidence=None,
        violation=None,
        fitted_on=evidence.fitted_on(0),
    )
    return (point,)


def _sum_elsewhere(
    predictions: Predictions, places: Sequence[tuple[int, RankSummary]], probability: FloatArray
) -> None:
    """Fill in the sums of surest nodes that are no ancestors of the best leaf, reading once."""
    elsewhere = np.zeros((predictions.n, probability.shape[1]), dtype=np.bool_)
    for place, one in places:
        elsewhere[:, place] = _best_of(one) != one.predicted
    rows = np.flatnonzero(elsewhere.any(axis=1))
    if not len(rows):
        return
    for start, block in score_blocks(predictions.scores, block_bytes=_BLOCK_BYTES):
        here = rows[slice(*np.searchsorted(rows, [start, start + len(block)]))]
        shares = np.exp(log_probabilities(block[here - start], predictions.header.score_kind))
        for place, one in places:
            own = elsewhere[here, place]
            asked = _best_of(one)[here[own]]
            below = one.codes.columns[None, :] == asked[:, None]
            probability[here[own], place] = (shares[own] * below).sum(axis=1)


def _best_of(summary: RankSummary) -> IntArray:
    return summary.predicted if summary.best is None else summary.best
