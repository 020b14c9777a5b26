"""Fixed-sequence testing: many hypotheses in an order set beforehand, without a correction."""

import numpy as np
from scipy.special import bdtr

from fieldmark.evaluation.resampling import IntArray

SOURCE = "Angelopoulos et al. (2021), Learn then test: fixed-sequence testing (E5)"


def fixed_sequence(
    wrong: IntArray, counted: IntArray, *, limit: float, confidence: float, starts: int = 1
) -> int | None:
    """Return the most daring hypothesis that is rejected, or None.

    Hypothesis j says that the error is above the limit; its p-value is the probability of at most
    wrong[j] errors among counted[j] at an error of exactly the limit. From each of the starts,
    evenly spread and each with its share of the level, the walk goes on until one is not rejected.

    Args:
        wrong: int array (m,), most careful hypothesis first.
        counted: int array (m,); 0 gives a p-value of 1.
        limit: in (0, 1).
        confidence: one minus the level at which any false rejection may happen.
        starts: number of places to start from, at least 1.

    Source:
        Angelopoulos et al. (2021), Learn then test, algorithm 1.

    Example:
        >>> fixed_sequence(np.array([0, 1, 9]), np.array([100, 150, 160]), limit=0.05,
        ...     confidence=0.95)
        1
    """
    p_values = np.where(counted > 0, bdtr(wrong, np.maximum(counted, 1), limit), 1.0)
    rejected = p_values <= (1 - confidence) / starts
    last = None
    for start in np.linspace(0, len(wrong), starts, endpoint=False).astype(np.int64):
        ahead = rejected[start:]
        length = int(np.argmin(ahead)) if not ahead.all() else len(ahead)
        if length:
            last = max(last or 0, int(start) + length - 1)
    return last
