"""Accuracy falls with the number of candidates by chance alone; d' says how much is not chance.

A query is a forced choice between m candidate identities: each is seen with normal noise of unit
variance, the right one d' higher, and the highest wins.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import log_ndtr

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import Units

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LOWEST, HIGHEST = -4.0, 9.0
_STEP = 0.02
_NOISE = np.linspace(-9.0, 9.0, 181)
_MASS = np.exp(-(_NOISE**2) / 2) / np.exp(-(_NOISE**2) / 2).sum()


def forced_choice_accuracy(d_prime: npt.ArrayLike, candidates: npt.ArrayLike) -> FloatArray:
    """Return how often the right one of m candidates wins at a given d'.

    Args:
        d_prime: float, distance of the right candidate in standard deviations; broadcast with
            ``candidates``.
        candidates: int, number of candidates m, at least 1; with one the answer is always right.

    Returns:
        float64 probabilities, in the common shape.

    Source:
        E21, P(m; d') = integral of phi(u - d') Phi(u)^(m - 1); Hacker and Ratcliff (1979), A
        revised table of d' for M-alternative forced choice, Perception & Psychophysics 26.

    Example:
        >>> forced_choice_accuracy(1.35, [2, 3, 5, 10, 15, 20, 27]).round(3).tolist()
        [0.83, 0.729, 0.607, 0.457, 0.381, 0.333, 0.288]
    """
    return 1.0 - _error(np.asarray(d_prime, np.float64), np.asarray(candidates, np.int64))


def d_prime_of(accuracy: float, candidates: int) -> float | None:
    """Return the d' at which a choice between m candidates is right with this probability.

    Args:
        accuracy: share of right answers, in [0, 1].
        candidates: number of candidates m, at least 2.

    Returns:
        d', negative below chance; None for an accuracy of 0 or 1, where it has no bound, or beyond
        what can be told from that (-4 to 9).

    Raises:
        PredictionsError: the accuracy is no share, or there are fewer than 2 candidates.

    Example:
        >>> round(d_prime_of(0.607, 5), 2), round(d_prime_of(0.674, 10), 2)
        (1.35, 2.0)
    """
    if not 0 <= accuracy <= 1 or candidates < 2:
        raise PredictionsError(
            f"Expected an accuracy from 0 to 1 over at least 2 candidates; got {accuracy} over "
            f"{candidates}."
        )
    ends = forced_choice_accuracy(np.array([LOWEST, HIGHEST]), candidates)
    if not ends[0] < accuracy < ends[1]:
        return None
    return float(
        brentq(lambda d: float(forced_choice_accuracy(d, candidates)) - accuracy, LOWEST, HIGHEST)
    )


@dataclass(frozen=True, eq=False, slots=True)
class PooledDPrime:
    """The d' that makes the right and wrong answers of all queries most likely, as a statistic.

    Attributes:
        right: float64 (sizes, units), right answers of each unit at each number of candidates.
        wrong: float64 (sizes, units), wrong ones.
        log_right: float64 (grid, sizes), logarithm of the probability of a right answer.
        log_wrong: float64 (grid, sizes), of a wrong one.
    """

    right: FloatArray
    wrong: FloatArray
    log_right: FloatArray
    log_wrong: FloatArray

    @property
    def ends(self) -> tuple[float, float]:
        """The values where all answers are wrong, or right, and d' has no bound."""
        return LOWEST, HIGHEST

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Return d', float64 (1, draws).

        It is `LOWEST` or `HIGHEST` where all answers are wrong or right, since the likelihood has
        no maximum there; NaN where a draw holds no query.
        """
        right, wrong = self.right @ weights, self.wrong @ weights
        likelihood = self.log_right @ right + self.log_wrong @ wrong
        found = _highest(likelihood)
        empty = (right.sum(axis=0) + wrong.sum(axis=0)) == 0
        return np.where(empty, np.nan, found)[None, :]


def pooled_d_prime(
    right: npt.ArrayLike, candidates: npt.ArrayLike, units: Units, *, counted: npt.ArrayLike
) -> PooledDPrime:
    """Return d' over queries with different numbers of candidates, by maximum likelihood.

    Args:
        right: bool (n,), whether each query was answered rightly.
        candidates: int (n,), number of candidate identities of each.
        units: what is drawn.
        counted: bool (n,), which queries count: covered, and with at least 2 candidates.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> right, m = np.arange(1000) < 607, np.full(1000, 5)
        >>> statistic = pooled_d_prime(right, m, units_of(None, n=1000), counted=m > 1)
        >>> float(statistic(np.ones((1000, 1))).round(2)[0, 0])
        1.35
    """
    inside = np.flatnonzero(np.asarray(counted, bool))
    sizes, row = np.unique(np.asarray(candidates, np.int64)[inside], return_inverse=True)
    is_right = np.asarray(right, bool)[inside]
    tallies = []
    for chosen in (is_right, ~is_right):
        tally = np.zeros((len(sizes), units.count))
        np.add.at(tally, (row[chosen], units.codes[inside[chosen]]), 1.0)
        tallies.append(tally)
    tables = [_log_tables(int(size)) for size in sizes]
    log_right, log_wrong = (
        np.stack([table[side] for table in tables], axis=1)
        if tables
        else np.zeros((len(_grid()), 0))
        for side in (0, 1)
    )
    return PooledDPrime(tallies[0], tallies[1], log_right, log_wrong)


def _grid() -> FloatArray:
    return np.linspace(LOWEST, HIGHEST, round((HIGHEST - LOWEST) / _STEP) + 1)


@lru_cache(maxsize=1024)
def _log_tables(candidates: int) -> tuple[FloatArray, FloatArray]:
    """Return the logarithms of the probabilities of a right and of a wrong answer on the grid."""
    error = np.clip(_error(_grid(), np.array(candidates)), 1e-300, 1.0)
    with np.errstate(divide="ignore"):
        return np.maximum(np.log1p(-error), -700.0), np.log(error)


def _highest(likelihood: FloatArray) -> FloatArray:
    """Return where each column of a likelihood over the grid is highest, between its points."""
    grid = _grid()
    at = likelihood.argmax(axis=0)
    inner = at.clip(1, len(grid) - 2)
    draws = np.arange(likelihood.shape[1])
    below, here, above = (likelihood[inner + step, draws] for step in (-1, 0, 1))
    bend = below - 2 * here + above
    shift = np.divide(below - above, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
    found = grid[inner] + _STEP * np.clip(shift, -1.0, 1.0)
    highest: FloatArray = np.where(at == inner, found, grid[at])
    return highest


def _error(d_prime: FloatArray, candidates: IntArray) -> FloatArray:
    """Return the probability that the right candidate loses; exact where it is tiny."""
    found = np.zeros(np.broadcast_shapes(d_prime.shape, candidates.shape))
    for noise, mass in zip(_NOISE, _MASS, strict=True):
        found -= mass * np.expm1((candidates - 1) * log_ndtr(d_prime + noise))
    return found
