"""What most metrics need of the scores, in one pass over them."""

import dataclasses

import numpy as np
import numpy.typing as npt

from fieldmark.predictions.blocks import FloatArray, score_blocks
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions

_BLOCK_BYTES = 1 << 20


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
    """

    predicted: npt.NDArray[np.int32]
    truth_position: npt.NDArray[np.int32]
    unknown: npt.NDArray[np.bool_]
    truth_rank: npt.NDArray[np.int32]
    top_score: npt.NDArray[np.float64]
    truth_score: npt.NDArray[np.float64]
    truth_log_probability: npt.NDArray[np.float64] | None

    def __post_init__(self) -> None:
        for array in (self.predicted, self.truth_position, self.unknown, self.truth_rank):
            array.flags.writeable = False
        for scores in (self.top_score, self.truth_score, self.truth_log_probability):
            if scores is not None:
                scores.flags.writeable = False

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the answer is the label, bool (n,)."""
        return np.equal(self.truth_rank, 1)


def summarise(predictions: Predictions) -> ScoreSummary:
    """Return the summary of the scores, reading them once, block by block.

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
    kind, n_classes = predictions.header.score_kind, len(predictions.label_space)
    positions = predictions.label_positions
    n = predictions.n
    predicted, ranks = np.empty(n, np.int32), np.empty(n, np.int32)
    top, truth = np.empty(n), np.empty(n)
    log_sums = np.zeros(n)
    for start, block in score_blocks(predictions.scores, block_bytes=_BLOCK_BYTES):
        rows = slice(start, start + len(block))
        columns = np.minimum(positions[rows], n_classes - 1)
        predicted[rows] = block.argmax(axis=1)
        top[rows] = _pick(block, predicted[rows])
        truth[rows] = _pick(block, columns)
        ranks[rows] = _ranks(block, columns)
        if kind is ScoreKind.LOGITS:
            log_sums[rows] = _log_sum_exp(block, top[rows])
    unknown = positions == n_classes
    ranks[unknown] = n_classes + 1
    logs = _log_probabilities(truth, log_sums, kind)
    if logs is not None:
        logs[unknown] = -np.inf
    if kind is ScoreKind.LOGITS:
        top, truth = np.exp(top - log_sums), np.exp(truth - log_sums)
    truth[unknown] = 0.0
    return ScoreSummary(predicted, positions, unknown, ranks, top, truth, logs)


def _pick(block: FloatArray, columns: npt.NDArray[np.int32]) -> FloatArray:
    return np.take_along_axis(block, columns[:, None], axis=1)[:, 0]


def _ranks(block: FloatArray, columns: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    truth = _pick(block, columns)[:, None]
    above = np.count_nonzero(block > truth, axis=1)
    ranks: npt.NDArray[np.int64] = np.add(above, 1, dtype=np.int64)
    tied = np.flatnonzero(np.count_nonzero(block == truth, axis=1) > 1)
    before = np.arange(block.shape[1]) < columns[tied, None]
    ranks[tied] += np.count_nonzero((block[tied] == truth[tied]) & before, axis=1)
    return ranks


def _log_sum_exp(block: FloatArray, top: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    with np.errstate(over="ignore"):
        shifted = block - top.astype(block.dtype)[:, None]
    np.exp(shifted, out=shifted)
    sums: npt.NDArray[np.float64] = shifted.sum(axis=1, dtype=np.float64)
    return top + np.log(sums)


def _log_probabilities(
    truth: npt.NDArray[np.float64], log_sums: npt.NDArray[np.float64], kind: ScoreKind
) -> npt.NDArray[np.float64] | None:
    if kind is ScoreKind.SIMILARITIES:
        return None
    if kind is ScoreKind.LOGITS:
        return truth - log_sums
    with np.errstate(divide="ignore"):
        return np.log(truth)
