"""The day from which the probabilities speak for another state: a change point, or "never".

With l_t = logit p_t - logit pi on imaged days and S(tau) the sum of l_t from tau on, S(never) = 0.
The candidates are the imaged days of a specimen and "never".
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import logit, logsumexp

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.trajectories import FloatArray, Trajectories

#: Posteriors this close to a level reach it, so that rounding cannot decide.
TOLERANCE = 1e-12
_LEAST_PROBABILITY = 1e-6
_LEAST_KAPPA = 0.01


def log_likelihood_ratios(seen: Trajectories, prevalence: npt.ArrayLike) -> FloatArray:
    """Return logit(probability) - logit(prevalence), float64 (n, n_times); 0 where not imaged.

    A probability closer than 1e-6 to 0 or 1 counts as 1e-6 away, so that one day cannot decide
    everything.

    Args:
        seen: the trajectories.
        prevalence: share of positive labels that the probabilities assume, a number or (n,), in
            (0, 1).

    Raises:
        PredictionsError: a prevalence is not inside (0, 1).

    Source:
        E16; the ratio of a posterior to its prior odds is the likelihood ratio of the day.
    """
    prior = np.broadcast_to(np.asarray(prevalence, np.float64), (seen.n,))
    if not ((prior > 0) & (prior < 1)).all():
        raise PredictionsError(
            f"Expected a prevalence between 0 and 1 (both excluded); got {prior.min():g} to "
            f"{prior.max():g}. Fit it on a part with both states."
        )
    filled = np.where(seen.imaged, seen.probability, 0.5)
    clipped = filled.clip(_LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    ratios: FloatArray = np.where(seen.imaged, logit(clipped) - logit(prior)[:, None], 0.0)
    return ratios


def change_points(
    seen: Trajectories,
    prevalence: npt.ArrayLike,
    *,
    kappa: float = 1.0,
    never: float | None = None,
    level: float | None = 0.5,
) -> FloatArray:
    """Return the change point of each specimen, from all days seen; inf is "never".

    Args:
        seen: the trajectories.
        prevalence: share of positive labels that the probabilities assume, a number or (n,).
        kappa: factor of S in the posterior softmax(kappa S); the argmax does not depend on it.
        never: probability of "never" beforehand, in (0, 1), the imaged days sharing the rest; None
            makes it as likely as each of them. The argmax does not use it.
        level: the first candidate at which the cumulative posterior reaches this level is taken:
            0.5 is the posterior median. None takes the candidate with the highest S; equal ones go
            to the latest, "never" last of all, so that no evidence is no onset.

    Returns:
        float64 (n,), imaged days of each specimen, or inf.

    Source:
        E16.

    Example:
        >>> seen = Trajectories(contender="probe", split="test", specimens=("p",),
        ...     times=np.arange(5.0), probability=np.array([[0.2, 0.6, 0.2, 0.7, 0.9]]),
        ...     imaged=np.ones((1, 5), bool), positive=np.zeros((1, 5), bool), onset=(3.0,),
        ...     items_digest="", header_digest="")
        >>> change_points(seen, 0.5).tolist(), change_points(seen, 0.5, level=None).tolist()
        ([3.0], [3.0])
    """
    sums = _suffix_sums(seen, prevalence)
    days: FloatArray = np.append(seen.times, np.inf)
    if level is None:
        latest: FloatArray = days[sums.shape[1] - 1 - sums[:, ::-1].argmax(axis=1)]
        return latest
    scaled = kappa * sums
    scaled[:, -1] += never_log_odds(seen.imaged.sum(axis=1), never)
    cumulative = np.cumsum(np.exp(_log_softmax(scaled)), axis=1)
    reached = cumulative >= level - TOLERANCE
    found: FloatArray = days[reached.argmax(axis=1)]
    return found


def never_log_odds(days: npt.ArrayLike, never: float | None) -> FloatArray:
    """Return how much likelier "never" is than one of ``days`` days, as a logarithm.

    Args:
        days: number of days that share what "never" leaves, at least 1.
        never: probability of "never", in (0, 1); None makes it as likely as one day.
    """
    counts = np.asarray(days, np.float64)
    if never is None:
        return np.zeros(counts.shape)
    found: FloatArray = np.log(counts) + logit(never)
    return found


def fit_kappa(seen: Trajectories, prevalence: npt.ArrayLike) -> float:
    """Return the kappa that makes the true onsets most probable, between 0.01 and 1.

    The true candidate is the first imaged day on or after the onset, or "never". Days that repeat
    each other make the posterior too sure; kappa is the factor that takes that back.

    Args:
        seen: trajectories of a part that is not reported on.
        prevalence: share of positive labels that the probabilities assume, a number or (n,).

    Source:
        E16, the effective-sample-size factor, by maximum likelihood.
    """
    sums = _suffix_sums(seen, prevalence)
    onset = np.where(seen.begins, seen.onset_times, np.inf)
    after = seen.imaged & (seen.times >= onset[:, None])
    truth = np.where(after.any(axis=1), after.argmax(axis=1), len(seen.times))

    def loss(kappa: float) -> float:
        return -float(_log_softmax(kappa * sums)[np.arange(seen.n), truth].mean())

    found = minimize_scalar(loss, bounds=(_LEAST_KAPPA, 1.0), method="bounded")
    return min((float(found.x), 1.0), key=loss)


def _suffix_sums(seen: Trajectories, prevalence: npt.ArrayLike) -> FloatArray:
    """S(tau) of every time and of "never", (n, n_times + 1); -inf where not imaged."""
    ratios = log_likelihood_ratios(seen, prevalence)
    sums = np.cumsum(ratios[:, ::-1], axis=1)[:, ::-1]
    never = np.zeros((seen.n, 1))
    return np.concatenate([np.where(seen.imaged, sums, -np.inf), never], axis=1)


def _log_softmax(scaled: FloatArray) -> FloatArray:
    found: FloatArray = scaled - logsumexp(scaled, axis=1, keepdims=True)
    return found
