"""Answers at every rank of a taxonomy: one path per item, and what rank-wise answers would say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fieldmark.evaluation.answers import Answers, BoolArray
from fieldmark.evaluation.resampling import FloatArray
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import score_blocks
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions

_BLOCK_BYTES = 1 << 20


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


def path_answers(
    predictions: Predictions, taxonomy: Taxonomy, predicted: npt.NDArray[np.integer]
) -> PathAnswers:
    """Return the answers at every rank above the leaves, reading the scores once.

    The probability of a node is the sum over its leaves. Similarities cannot be summed: then there
    is neither a place of the label, nor a confidence, nor a contradiction.

    Args:
        predictions: a table whose classes and labels are leaves of the taxonomy.
        taxonomy: the tree.
        predicted: int array (n,), column of the best leaf of each item.

    Raises:
        ManifestError: a class or label is no leaf of the taxonomy.

    Source:
        Methods E1: p(v) = sum of p(c) over the leaves c below v; decoded from the leaf upwards.
    """
    columns = taxonomy.paths[taxonomy.leaves.positions(predictions.label_space.classes)]
    truth = taxonomy.paths[taxonomy.leaves.positions(predictions.labels)]
    levels = [
        _Level(names, columns[:, r], truth[:, r], columns[predicted, r])
        for r, names in enumerate(taxonomy.nodes[:-1])
    ]
    has_sums = predictions.header.score_kind is not ScoreKind.SIMILARITIES and bool(levels)
    if has_sums:
        for rows, sums in _node_probabilities(predictions, columns):
            for level, part in zip(levels, sums, strict=True):
                level.read(rows, part)
    ranks = zip(levels, taxonomy.ranks[:-1], strict=True)
    best = [*(level.best for level in levels), columns[predicted, -1]]
    return PathAnswers(
        tuple(level.answers(rank, has_sums=has_sums) for level, rank in ranks),
        contradictions(taxonomy, best) if has_sums else None,
    )


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


class _Level:
    """One rank while the scores are read: what is filled in block by block.

    Codes number the nodes above some column by name, then the others by name.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        columns: npt.NDArray[np.integer],
        truth: npt.NDArray[np.integer],
        answer: npt.NDArray[np.integer],
    ) -> None:
        candidates = np.unique(columns)
        nodes = np.concatenate([candidates, np.setdiff1d(np.arange(len(names)), candidates)])
        codes = np.empty(len(names), dtype=np.int64)
        codes[nodes] = np.arange(len(names))
        n = len(truth)
        self.candidates = candidates
        self.names = tuple(names[node] for node in nodes)
        self.truth, self.answer = codes[truth], codes[answer]
        self.best, self.place = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.confidence, self.truth_probability = np.zeros(n), np.zeros(n)

    def read(self, rows: slice, probabilities: FloatArray) -> None:
        """Take in the probabilities (rows, candidates) of some rows."""
        numbers, width = np.arange(len(probabilities)), len(self.candidates)
        self.best[rows] = self.candidates[probabilities.argmax(axis=1)]
        self.confidence[rows] = probabilities[numbers, self.answer[rows]]
        known = self.truth[rows] < width
        truth = np.where(known, self.truth[rows], 0)
        of_truth = probabilities[numbers, truth]
        before = np.arange(width) < truth[:, None]
        above = (probabilities > of_truth[:, None]) | (probabilities == of_truth[:, None]) & before
        self.place[rows] = np.where(known, above.sum(axis=1) + 1, width + 1)
        self.truth_probability[rows] = np.where(known, of_truth, 0.0)

    def answers(self, rank: str, *, has_sums: bool) -> Answers:
        """Return what was found."""
        with np.errstate(divide="ignore"):
            log_probability = np.log(np.minimum(self.truth_probability, 1.0))
        return Answers(
            rank=rank,
            classes=self.names,
            candidates=len(self.candidates),
            truth=self.truth,
            predicted=self.answer,
            place=self.place if has_sums else None,
            confidence=np.minimum(self.confidence, 1.0) if has_sums else None,
            log_probability=log_probability if has_sums else None,
        )


def _node_probabilities(
    predictions: Predictions, columns: npt.NDArray[np.int32]
) -> Iterator[tuple[slice, list[FloatArray]]]:
    """Yield rows and their probabilities at each rank above the leaves, nodes by name.

    The columns are put into the order of the tree, so that every rank is summed from the next
    finer one.
    """
    order = np.lexsort(columns.T[::-1])
    ordered = columns[order]
    starts = [
        np.flatnonzero(np.diff(ordered[:, r], prepend=-1)) for r in range(ordered.shape[1] - 1)
    ]
    by_name = [np.argsort(ordered[start, r]) for r, start in enumerate(starts)]
    finer = [*starts[1:], np.arange(len(ordered))]
    steps = [np.searchsorted(fine, start) for start, fine in zip(starts, finer, strict=True)]
    is_logits = predictions.header.score_kind is ScoreKind.LOGITS
    for start, block in score_blocks(predictions.scores, block_bytes=_BLOCK_BYTES):
        part = block[:, order].astype(np.float64)
        if is_logits:
            part = np.exp(part - part.max(axis=1, keepdims=True))
            part /= part.sum(axis=1, keepdims=True)
        sums: list[FloatArray] = []
        for step, names in zip(reversed(steps), reversed(by_name), strict=True):
            part = np.add.reduceat(part, step, axis=1)
            sums.append(part[:, names])
        yield slice(start, start + len(block)), sums[::-1]
