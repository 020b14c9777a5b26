"""Scores as natural logarithms of probabilities, walked through in blocks."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fieldmark.evaluation.resampling import FloatArray
from fieldmark.predictions.blocks import score_blocks
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import SMALLEST_PROBABILITY
from fieldmark.predictions.table import Predictions

_BLOCK_BYTES = 1 << 20


def log_probability_blocks(predictions: Predictions) -> Iterator[tuple[slice, FloatArray]]:
    """Yield rows and the logarithms of their probabilities, float64 (rows, n_classes).

    Logits are taken through a softmax; so are similarities, as if they were logits, which a
    temperature then has to put right. Probabilities below 1e-12 count as 1e-12.

    Args:
        predictions: the table; it is read once, block by block.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> table = Predictions(
        ...     PredictionsHeader(score_kind="logits", contender="a"),
        ...     pl.DataFrame({"id": ["1"], "label": ["oak"]}),
        ...     LabelSpace(("oak", "elm")),
        ...     np.array([[7.0, 7.0]]),
        ... )
        >>> [(rows.start, block.round(4).tolist()) for rows, block in log_probability_blocks(table)]
        [(0, [[-0.6931, -0.6931]])]
    """
    for start, block in score_blocks(predictions.scores, block_bytes=_BLOCK_BYTES):
        yield (
            slice(start, start + len(block)),
            log_probabilities(block, predictions.header.score_kind),
        )


def log_probabilities(block: npt.NDArray[np.floating], kind: ScoreKind) -> FloatArray:
    """Return the logarithms of the probabilities of a block of scores, as float64 (n, k).

    Args:
        block: float array (n, k); it is not changed.
        kind: what the scores are; see `log_probability_blocks`.

    Example:
        >>> log_probabilities(np.array([[1.0, 0.0]]), ScoreKind.PROBABILITIES).round(2).tolist()
        [[0.0, -27.63]]
    """
    wide = block.astype(np.float64)
    if kind is not ScoreKind.PROBABILITIES:
        return log_softmax(wide)
    logs: FloatArray = np.log(np.maximum(wide, SMALLEST_PROBABILITY, out=wide), out=wide)
    return logs


def log_softmax(scores: FloatArray) -> FloatArray:
    """Return the logarithm of the softmax of each row of a float64 array (n, k).

    Example:
        >>> np.exp(log_softmax(np.array([[0.0, np.log(3.0)]]))).round(6).tolist()
        [[0.25, 0.75]]
    """
    shifted: FloatArray = scores - scores.max(axis=1, keepdims=True)
    sums = np.exp(shifted).sum(axis=1, keepdims=True)
    shifted -= np.log(sums, out=sums)
    return shifted
