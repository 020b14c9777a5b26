"""The surest node at every rank, each taken by itself: what a fixed threshold rolls up (E5).

The surest genus need not be that of the best species: many species together may outweigh it. Nodes
that reach a threshold of at least one half lie on one path all the same, since two that exclude
each other cannot both have more than half.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fieldmark.decision.lineages import Lineages, lineages
from fieldmark.decision.log_scores import log_probability_blocks
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units
from fieldmark.predictions.rank_sums import RankSummary
from fieldmark.predictions.subsets import subset
from fieldmark.predictions.summary import summarise_with_ranks
from fieldmark.predictions.table import Predictions

SOURCE = "SpeciesNet: roll-up to the first rank whose surest node reaches one threshold (E5)"
#: The threshold that SpeciesNet rolls up with.
CUSTOMARY = 0.65


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
    by_rank = {one.codes.rank: one for one in found}
    probability, right, nodes = chain.probability.copy(), chain.right.copy(), chain.nodes.copy()
    for place, rank in enumerate(chain.ranks):
        if rank not in by_rank:
            continue
        best, summed = _surest(predictions, by_rank[rank], probability[:, place])
        codes = by_rank[rank].codes
        probability[:, place] = summed
        right[:, place] = best == codes.truth
        nodes[:, place] = np.array(codes.names, object)[best]
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


def _surest(
    predictions: Predictions, summary: RankSummary, confidence: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return the code of the surest node of each item, and its summed probability."""
    best = summary.predicted if summary.best is None else summary.best
    summed = confidence.copy()
    elsewhere = best != summary.predicted
    if elsewhere.any():
        codes, rows = best[elsewhere], np.flatnonzero(elsewhere)
        for block, logs in log_probability_blocks(subset(predictions, elsewhere)):
            below = summary.codes.columns[None, :] == codes[block][:, None]
            summed[rows[block]] = np.where(below, np.exp(logs), 0.0).sum(axis=1)
    return best, summed
