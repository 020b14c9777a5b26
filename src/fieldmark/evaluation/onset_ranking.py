"""Is the later one later? AUROC of states within folds or days, and concordance of onsets."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from fieldmark.evaluation.resampling import FloatArray, IntArray, Statistic, Units
from fieldmark.predictions.trajectories import BoolArray


def auroc_statistic(
    scores: FloatArray, positive: BoolArray, *, strata: IntArray, codes: IntArray
) -> Statistic:
    """Return the mean over strata of the AUROC within each, as a statistic of unit weights.

    A stratum with one state only is no term of the mean. In a resample each stratum counts as often
    as its items came up on average, so that drawing folds is drawing terms of the mean.

    Args:
        scores: float64 (n,), higher is more positive; ties count half.
        positive: bool (n,).
        strata: int64 (n,), codes of folds or days; all 0 pools everything.
        codes: int64 (n,), unit of each item.

    Source:
        Mann and Whitney (1947); the AUROC is U divided by the number of pairs.

    Example:
        >>> statistic = auroc_statistic(np.array([0.1, 0.4, 0.4, 0.9]),
        ...     np.array([False, True, False, True]), strata=np.zeros(4, np.int64),
        ...     codes=np.arange(4))
        >>> statistic(np.ones((4, 1))).tolist()
        [[0.875]]
    """
    if not len(scores):
        return lambda weights: np.full((1, weights.shape[1]), np.nan)
    order = np.lexsort((scores, strata))
    score, label, stratum, unit = scores[order], positive[order], strata[order], codes[order]
    new_stratum = np.append(True, stratum[1:] != stratum[:-1])
    new_score = new_stratum | np.append(True, score[1:] != score[:-1])
    ties = np.flatnonzero(new_score)
    starts = np.searchsorted(ties, np.flatnonzero(new_stratum))
    of_tie = np.cumsum(new_stratum[ties]) - 1
    sizes = np.diff(np.append(np.flatnonzero(new_stratum), len(order)))[:, None]

    def statistic(weights: FloatArray) -> FloatArray:
        drawn = weights[unit]
        above = np.add.reduceat(np.where(label[:, None], drawn, 0.0), ties)
        below = np.add.reduceat(np.where(label[:, None], 0.0, drawn), ties)
        beaten = np.cumsum(below, axis=0) - below
        beaten -= beaten[starts][of_tie]
        won = np.add.reduceat(above * (beaten + below / 2), starts)
        pairs = np.add.reduceat(above, starts) * np.add.reduceat(below, starts)
        auroc = np.divide(won, pairs, out=np.zeros(won.shape), where=pairs > 0)
        share = np.where(pairs > 0, np.add.reduceat(drawn, np.flatnonzero(new_stratum)) / sizes, 0)
        total = share.sum(axis=0)
        empty = np.full(total.shape, np.nan)
        found: FloatArray = np.divide(
            (auroc * share).sum(axis=0), total, out=empty, where=total > 0
        )
        return found[None]

    return statistic


def both_states(positive: BoolArray, strata: IntArray) -> int:
    """Return how many strata hold a positive and a negative item."""
    return len(np.intersect1d(strata[positive], strata[~positive]))


def concordance_statistic(
    onset: FloatArray, decoded: FloatArray, *, end: float, units: Units
) -> Statistic:
    """Return Harrell's C of decoded onsets as a statistic of unit weights.

    A pair is comparable when one onset is observed and the other one is later, or is not observed
    by the end. It is concordant when the decoded onset of the first is earlier; equal ones count
    half. Two onsets at the same time are not comparable.

    Args:
        onset: float64 (n,), true onsets; inf or beyond ``end`` is censored at ``end``.
        decoded: float64 (n,), decoded onsets; inf is after every day.
        end: the last day.
        units: which unit each specimen belongs to.

    Source:
        Harrell et al. (1982), JAMA 247, 2543 to 2546.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> statistic = concordance_statistic(np.array([3.0, 5.0, np.inf]),
        ...     np.array([4.0, 4.0, np.inf]), end=9.0, units=units_of(None, n=3))
        >>> round(statistic(np.ones((3, 1))).item(), 4)
        0.8333
    """
    time = np.where(onset <= end, onset, np.inf)
    cells, of_cell = np.unique(np.stack([time, decoded], axis=1), axis=0, return_inverse=True)
    tally = sparse.coo_array(
        (np.ones(len(time)), (of_cell.reshape(-1), units.codes)), (len(cells), units.count)
    ).tocsr()
    comparable = _before(cells[:, 0])
    concordant = comparable * (
        _before(cells[:, 1]) + 0.5 * (cells[:, 1][:, None] == cells[:, 1][None])
    )

    def statistic(weights: FloatArray) -> FloatArray:
        counts = tally @ weights
        pairs = (counts * (comparable @ counts)).sum(axis=0)
        right = (counts * (concordant @ counts)).sum(axis=0)
        empty = np.full(pairs.shape, np.nan)
        found: FloatArray = np.divide(right, pairs, out=empty, where=pairs > 0)
        return found[None]

    return statistic


def comparable_pairs(onset: FloatArray, *, end: float) -> int:
    """Return the number of pairs of specimens that `concordance_statistic` compares."""
    time = np.sort(np.where(onset <= end, onset, np.inf))
    return int((len(time) - np.searchsorted(time, time, side="right")).sum())


def _before(times: npt.NDArray[np.float64]) -> FloatArray:
    return (times[:, None] < times[None]).astype(np.float64)
