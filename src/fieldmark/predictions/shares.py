"""Scores as shares of the whole of their row: as probabilities, or before they are divided."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fieldmark.predictions.blocks import FloatArray
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.row_kernels import Sums

#: A probability below this counts as this, so that its logarithm is finite.
SMALLEST_PROBABILITY = 1e-12


def softmax(scores: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Return the softmax of each row in float64; no row gives no row.

    Args:
        scores: float array (n, k), k at least 1.

    Example:
        >>> softmax(np.array([[0.0, 0.0]])).tolist()
        [[0.5, 0.5]]
    """
    wide = scores.astype(np.float64)
    odds = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return shares


class Shares:
    """Turns blocks of scores into what sums to probabilities, in a buffer that is used again.

    Attributes:
        exist: whether there are any: similarities have no sum.

    Example:
        >>> shares, wholes = Shares(ScoreKind.LOGITS)(np.zeros((1, 4)), np.zeros(1))
        >>> shares.tolist(), wholes.tolist()
        ([[1.0, 1.0, 1.0, 1.0]], [4.0])
    """

    def __init__(self, kind: ScoreKind) -> None:
        self.exist = kind is not ScoreKind.SIMILARITIES
        self._is_logits = kind is ScoreKind.LOGITS
        self._buffer: Sums = np.empty((0, 0))

    def __call__(self, block: FloatArray, top: Sums) -> tuple[FloatArray, Sums]:
        """Return the shares of some rows and what they are shares of.

        Args:
            block: float (rows, classes), logits or probabilities.
            top: float64 (rows,), highest score of each row.

        Returns:
            Probabilities as they are, of 1; of logits float64 exp(logit - top), of their sum. The
            shares hold until the next call.
        """
        if not self._is_logits:
            return block, np.ones(len(block))
        if self._buffer.size < block.size:
            self._buffer = np.empty(block.shape)
        shares = self._buffer[: len(block)]
        with np.errstate(over="ignore"):
            np.subtract(block, top[:, None], out=shares, dtype=np.float64)
        np.exp(shares, out=shares)
        return shares, shares.sum(axis=1)
