"""Scores as shares of the whole of their row, before they are divided by it."""

import numpy as np

from fieldmark.predictions.blocks import FloatArray
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.row_kernels import Sums


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
