"""What most metrics need of the scores, in one pass over them.

A table never changes, so what was read of it is kept as long as the table lives: evaluating,
comparing and drawing the same table read its scores once.
"""

import dataclasses
import weakref
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import FloatArray, score_blocks
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.rank_sums import (
    RankCodes,
    RankReader,
    RankSummary,
    answered_ranks,
    rank_codes,
)
from fieldmark.predictions.row_kernels import RowKernels, Sums, row_kernels
from fieldmark.predictions.shares import Shares
from fieldmark.predictions.table import Predictions

_BLOCK_BYTES = 2 << 20


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class ScoreSummary:
    """Per item, the answer, and where the truth stands among the scores.

    All arrays are read-only, of shape (n,). Equal scores are ordered by the class order: the class
    that comes first wins.

    Attributes:
        predicted: int32, column of the highest score.
        truth_position: int32, column of the label; n_classes where the label has no column.
        unknown: bool, whether the label has no column; such an item is never right.
        truth_rank: int32, 1-based rank of the label; n_classes + 1 where unknown.
        top_score: float64, highest probability (logits: after softmax), or highest similarity.
        truth_score: float64, probability or similarity of the label; 0 where unknown.
        truth_log_probability: float64, natural logarithm of the label's probability, which does
            not underflow for logits; -inf where unknown or where the probability is 0; None for
            similarities.
        sum_of_squares: float64, squared probabilities summed over the classes; None for
            similarities.
    """

    predicted: npt.NDArray[np.int32]
    truth_position: npt.NDArray[np.int32]
    unknown: npt.NDArray[np.bool_]
    truth_rank: npt.NDArray[np.int32]
    top_score: npt.NDArray[np.float64]
    truth_score: npt.NDArray[np.float64]
    truth_log_probability: npt.NDArray[np.float64] | None
    sum_of_squares: npt.NDArray[np.float64] | None

    def __post_init__(self) -> None:
        for array in (self.predicted, self.truth_position, self.unknown, self.truth_rank):
            array.flags.writeable = False
        of_scores = (self.top_score, self.truth_score, self.truth_log_probability)
        for scores in (*of_scores, self.sum_of_squares):
            if scores is not None:
                scores.flags.writeable = False

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the answer is the label, bool (n,)."""
        return np.equal(self.truth_rank, 1)


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class _Kept:
    """What was read of a table, and with which taxonomy."""

    leaves: ScoreSummary
    ranks: tuple[RankSummary, ...]
    taxonomy: Taxonomy | None


# By identity: what a table is equal to takes reading it all to say.
_KEPT: dict[int, _Kept] = {}


def summarise(predictions: Predictions) -> ScoreSummary:
    """Return the summary of the scores, read once, block by block, and kept with the table.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> summary = summarise(
        ...     Predictions(
        ...         header=PredictionsHeader(score_kind="similarities", contender="text"),
        ...         items=pl.DataFrame({"id": ["a", "b"], "label": ["ash", "elm"]}),
        ...         label_space=LabelSpace(("oak", "ash")),
        ...         scores=np.array([[0.7, 0.7], [0.1, 0.2]]),
        ...     )
        ... )
        >>> summary.predicted.tolist(), summary.truth_rank.tolist(), summary.unknown.tolist()
        ([0, 1], [2, 3], [False, True])
    """
    kept = _KEPT.get(id(predictions))
    if kept is None:
        kept = _keep(predictions, _Kept(*_read(predictions, ()), None))
    return kept.leaves


def summarise_with_ranks(
    predictions: Predictions, taxonomy: Taxonomy
) -> tuple[ScoreSummary, tuple[RankSummary, ...]]:
    """Return the summary of the scores and that of every rank, read once and kept with the table.

    Args:
        predictions: a table whose classes and labels are leaves of the taxonomy.
        taxonomy: the tree.

    Returns:
        The summary, and one for each rank above the classes, coarse to fine.

    Raises:
        ManifestError: a class or label is no leaf of the taxonomy.

    Source:
        Methods E1: p(v) = sum of p(c) over the leaves c below v; decoded from the leaf upwards.
    """
    kept = _KEPT.get(id(predictions))
    if kept is None or kept.taxonomy is not taxonomy:
        read = _read(predictions, rank_codes(predictions, taxonomy))
        kept = _keep(predictions, _Kept(*read, taxonomy))
    return kept.leaves, kept.ranks


def _keep(predictions: Predictions, kept: _Kept) -> _Kept:
    """Keep what was read until the table is no more."""
    if id(predictions) not in _KEPT:
        weakref.finalize(predictions, _KEPT.pop, id(predictions)).atexit = False
    _KEPT[id(predictions)] = kept
    return kept


def _read(
    predictions: Predictions, codes: Sequence[RankCodes]
) -> tuple[ScoreSummary, tuple[RankSummary, ...]]:
    kernels = row_kernels(predictions.scores.size)
    leaves = _LeafReader(predictions, kernels)
    ranks = RankReader(codes, leaves.predicted, kernels)
    shares_of = Shares(predictions.header.score_kind)
    for start, block in score_blocks(predictions.scores, block_bytes=_BLOCK_BYTES):
        rows = slice(start, start + len(block))
        leaves.read(rows, block)
        if shares_of.exist:
            shares, wholes = shares_of(block, leaves.top[rows])
            leaves.read_shares(rows, shares, wholes)
            ranks.read(rows, shares)
    if not shares_of.exist:
        return leaves.summary(), answered_ranks(codes, leaves.predicted)
    return leaves.summary(), ranks.summaries(leaves.whole)


class _LeafReader:
    """Takes in the scores block by block."""

    def __init__(self, predictions: Predictions, kernels: RowKernels) -> None:
        n = predictions.n
        self._kind, self._kernels = predictions.header.score_kind, kernels
        self._classes = len(predictions.label_space)
        self._positions = predictions.label_positions
        self._rank, self._truth = np.empty(n, np.int32), np.empty(n)
        self._squares, self._numbers = np.empty(n), np.arange(n)
        self.predicted, self.top, self.whole = np.empty(n, np.int32), np.empty(n), np.ones(n)

    def read(self, rows: slice, block: FloatArray) -> None:
        """Take in the scores of some rows."""
        labels = np.minimum(self._positions[rows], self._classes - 1).astype(np.int64)
        best, numbers = block.argmax(axis=1), self._numbers[: len(block)]
        self.predicted[rows] = best
        self.top[rows], self._truth[rows] = block[numbers, best], block[numbers, labels]
        self._rank[rows] = self._kernels.places(block, labels, best)

    def read_shares(self, rows: slice, shares: FloatArray, wholes: Sums) -> None:
        """Take in the same rows as shares of a whole."""
        self.whole[rows] = wholes
        self._squares[rows] = self._kernels.sums_of_squares(shares) / np.square(wholes)

    def summary(self) -> ScoreSummary:
        """Return what was found."""
        unknown = self._positions == self._classes
        self._rank[unknown] = self._classes + 1
        logs = self._log_probabilities()
        if logs is not None:
            logs[unknown] = -np.inf
        top, truth = self.top, self._truth
        if self._kind is ScoreKind.LOGITS:
            top, truth = 1.0 / self.whole, np.exp(truth - top) / self.whole
        truth[unknown] = 0.0
        return ScoreSummary(
            predicted=self.predicted,
            truth_position=self._positions,
            unknown=unknown,
            truth_rank=self._rank,
            top_score=top,
            truth_score=truth,
            truth_log_probability=logs,
            sum_of_squares=None if self._kind is ScoreKind.SIMILARITIES else self._squares,
        )

    def _log_probabilities(self) -> Sums | None:
        if self._kind is ScoreKind.SIMILARITIES:
            return None
        if self._kind is ScoreKind.LOGITS:
            found: Sums = self._truth - self.top - np.log(self.whole)
            return found
        with np.errstate(divide="ignore"):
            logs: Sums = np.log(self._truth)
        return logs
