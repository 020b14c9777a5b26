"""Answers at every rank of a taxonomy: one path per item, and what rank-wise answers would say."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fieldmark.evaluation.answers import Answers, BoolArray, leaf_answers
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.rank_sums import RankSummary
from fieldmark.predictions.summary import summarise, summarise_with_ranks
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, eq=False, slots=True)
class PathAnswers:
    """The answers at the ranks above the leaves.

    Attributes:
        ranks: one `Answers` per rank, coarse to fine, without the leaves; decoded as the ancestors
            of the best leaf, so that they always form one path of the tree.
        contradictory: bool (n,), whether the best nodes of all ranks, each taken by itself from
            the summed probabilities, are no path; None without probabilities or without ranks.
    """

    ranks: tuple[Answers, ...]
    contradictory: BoolArray | None


def answers_of(predictions: Predictions) -> tuple[Answers, PathAnswers | None]:
    """Return the answers at the leaves and, with a taxonomy, at the ranks above, reading once."""
    if predictions.taxonomy is None:
        return leaf_answers(predictions, summarise(predictions)), None
    return answers_at_all_ranks(predictions, predictions.taxonomy)


def answers_at_all_ranks(
    predictions: Predictions, taxonomy: Taxonomy
) -> tuple[Answers, PathAnswers]:
    """Return the answers at the leaves and at every rank above, reading the scores once.

    The probability of a node is the sum over its leaves. Similarities cannot be summed: then there
    is neither a place of the label above the leaves, nor a confidence, nor a contradiction.

    Args:
        predictions: a table whose classes and labels are leaves of the taxonomy.
        taxonomy: the tree.

    Raises:
        ManifestError: a class or label is no leaf of the taxonomy.

    Source:
        Methods E1: p(v) = sum of p(c) over the leaves c below v; decoded from the leaf upwards.
    """
    summary, ranks = summarise_with_ranks(predictions, taxonomy)
    answers = tuple(_answers(of_rank) for of_rank in ranks)
    best = [of_rank.codes.nodes[of_rank.best] for of_rank in ranks if of_rank.best is not None]
    torn = None
    if best:
        leaves = taxonomy.leaves.positions(predictions.label_space.classes)
        torn = contradictions(taxonomy, [*best, leaves[summary.predicted]])
    return leaf_answers(predictions, summary), PathAnswers(answers, torn)


def contradictions(taxonomy: Taxonomy, nodes: Sequence[npt.NDArray[np.integer]]) -> BoolArray:
    """Return for each item whether its nodes, one at every rank, are no path of the tree.

    Args:
        taxonomy: the tree.
        nodes: for each rank, coarse to fine, an int array (n,) into the names of that rank.

    Returns:
        Bool array (n,); all False for a tree of one rank.
    """
    torn = np.zeros(len(nodes[0]), dtype=bool)
    for r, (upper, lower) in enumerate(pairwise(nodes)):
        parents = np.empty(len(taxonomy.nodes[r + 1]), dtype=np.int64)
        parents[taxonomy.paths[:, r + 1]] = taxonomy.paths[:, r]
        torn |= parents[lower] != upper
    return torn


def _answers(summary: RankSummary) -> Answers:
    confidence, truth = summary.confidence, summary.truth_probability
    with np.errstate(divide="ignore"):
        log_probability = None if truth is None else np.log(np.minimum(truth, 1.0))
    return Answers(
        rank=summary.codes.rank,
        classes=summary.codes.names,
        candidates=summary.codes.candidates,
        truth=summary.codes.truth,
        predicted=summary.predicted,
        place=summary.place,
        confidence=None if confidence is None else np.minimum(confidence, 1.0),
        log_probability=log_probability,
    )
