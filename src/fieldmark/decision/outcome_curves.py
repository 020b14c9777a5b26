"""Curves from a score to the probability that something is so: isotonic and beta."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit

from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.resampling import FloatArray

_INSIDE = 1e-12
_SPREAD = 10.0
_MOST_STEPS = 100
_TOLERANCE = 1e-10
_MOST_HALVINGS = 30


@dataclass(frozen=True, eq=False, slots=True)
class Knots:
    """A curve that never falls, straight between its knots and level outside them.

    Attributes:
        scores: float64 (m,), increasing.
        probabilities: float64 (m,), not decreasing, from 0 to 1.
    """

    scores: FloatArray
    probabilities: FloatArray

    def at(self, scores: FloatArray) -> FloatArray:
        """Return the probabilities that belong to ``scores``, of the same shape."""
        return np.interp(scores, self.scores, self.probabilities)


def fit_isotonic(scores: FloatArray, outcome: BoolArray) -> Knots:
    """Return the curve that never falls with the least squared error (pool adjacent violators).

    Equal scores are averaged first, so that they get one probability.

    Args:
        scores: float array (n,), n at least 1, finite.
        outcome: bool array (n,), what came true.

    Source:
        Zadrozny and Elkan (2002), Transforming classifier scores into accurate multiclass
        probability estimates.

    Example:
        >>> curve = fit_isotonic(np.array([0.1, 0.2, 0.3]), np.array([False, True, False]))
        >>> curve.scores.tolist(), curve.probabilities.tolist()
        ([0.1, 0.2, 0.3], [0.0, 0.5, 0.5])
    """
    values, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    shares = np.bincount(place, outcome.astype(np.float64)) / counts
    fitted = np.clip(isotonic_regression(shares, weights=counts.astype(np.float64)).x, 0.0, 1.0)
    # Within a level stretch only the two ends are needed.
    level = np.diff(fitted) == 0
    inner = np.concatenate([[False], level[:-1] & level[1:], [False]]) if len(level) else [False]
    keep = ~np.asarray(inner)
    return Knots(values[keep].astype(np.float64), fitted[keep])


def fit_beta(probabilities: FloatArray, outcome: BoolArray) -> tuple[float, float, float]:
    """Return a, b, c of the curve with log odds a ln(p) - b ln(1 - p) + c, a and b at least 0.

    A logistic regression by Newton's method. The three numbers are drawn to 1, 1, 0 (the identity)
    as by a normal prior with a spread of 10, which is felt only where there are few items or where
    the outcome follows the score without exception. When a or b would be below 0 it is 0.

    Args:
        probabilities: float array (n,), within [0, 1]; held within 1e-12 of both ends.
        outcome: bool array (n,), what came true.

    Source:
        Kull, Silva Filho and Flach (2017), Beta calibration, AISTATS, section 4.

    Example:
        >>> p = np.repeat(np.linspace(0.01, 0.99, 99), 100)
        >>> outcome = np.tile(np.arange(100), 99) < 100 * p**2 - 0.5
        >>> [round(x, 1) for x in fit_beta(p, outcome)]
        [1.8, 0.9, -0.5]
    """
    features = _beta_features(probabilities)
    y = outcome.astype(np.float64)
    theta = _logistic(features, y, np.array([True, True]))
    if theta[0] < 0 or theta[1] < 0:
        # The sign that is wrong is held at 0; where both are, the less harmful choice wins.
        tried = [_logistic(features, y, np.array(free)) for free in _ONE_FREE]
        allowed = [one for one in tried if one[0] >= 0 and one[1] >= 0]
        theta = min(allowed, key=lambda one: _penalised_loss(features, y, one))
    return float(theta[0]), float(theta[1]), float(theta[2])


def beta_at(probabilities: FloatArray, a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """Return the probabilities of a beta curve; parameters broadcast along the last axis."""
    inside = np.clip(probabilities, _INSIDE, 1 - _INSIDE)
    curve: FloatArray = expit(a * np.log(inside) - b * np.log1p(-inside) + c)
    return curve


def fit_logistic(scores: FloatArray, outcome: BoolArray) -> tuple[float, float]:
    """Return slope and intercept of the log odds of the outcome; the slope is at least 0.

    Fitted on scores divided by their standard deviation, with the weak prior of `fit_beta` around
    slope 1 and intercept 0 there, so that it exists even without a single exception.

    Args:
        scores: float array (n,), n at least 1, finite.
        outcome: bool array (n,).

    Source:
        Platt (1999), Probabilistic outputs for support vector machines.

    Example:
        >>> slope, intercept = fit_logistic(np.array([0., 0, 1, 1]), np.array([1, 0, 1, 1]) > 0)
        >>> slope > 0
        True
    """
    centre, spread = float(scores.mean()), float(scores.std()) or 1.0
    x = (scores - centre) / spread
    features = np.stack([x, np.zeros_like(x), np.ones_like(x)], axis=1)
    theta = _logistic(features, outcome.astype(np.float64), np.array([True, False]))
    if theta[0] < 0:
        theta = _logistic(features, outcome.astype(np.float64), np.array([False, False]))
    slope = float(theta[0]) / spread
    return slope, float(theta[2]) - slope * centre


_ONE_FREE = ([True, False], [False, True], [False, False])
_PRIOR = np.array([1.0, 1.0, 0.0])


def _beta_features(probabilities: FloatArray) -> FloatArray:
    inside = np.clip(np.asarray(probabilities, dtype=np.float64), _INSIDE, 1 - _INSIDE)
    return np.stack([np.log(inside), -np.log1p(-inside), np.ones_like(inside)], axis=1)


def _logistic(features: FloatArray, y: FloatArray, free: BoolArray) -> FloatArray:
    """Return the weights (3,) with the least penalised log-loss; those not free are 0."""
    columns = np.flatnonzero([*free, True])
    theta = np.where([*free, True], _PRIOR, 0.0)
    x, precision = features[:, columns], 1 / _SPREAD**2
    loss = _penalised_loss(features, y, theta)
    for _ in range(_MOST_STEPS):
        p = expit(x @ theta[columns])
        slope = x.T @ (p - y) + precision * (theta - _PRIOR)[columns]
        curvature = (x * (p * (1 - p))[:, None]).T @ x + precision * np.eye(len(columns))
        step = np.zeros(3)
        step[columns] = np.linalg.solve(curvature, slope)
        taken, loss = _descend(features, y, (theta, step), loss)
        moved = float(np.abs(taken - theta).max())
        theta = taken
        if moved <= _TOLERANCE:
            break
    return theta


def _descend(
    features: FloatArray, y: FloatArray, line: tuple[FloatArray, FloatArray], loss: float
) -> tuple[FloatArray, float]:
    """Return the first point along a Newton step, halved until the loss falls, and its loss."""
    theta, step = line
    for _ in range(_MOST_HALVINGS):
        tried = theta - step
        found = _penalised_loss(features, y, tried)
        if found <= loss:
            return tried, found
        step = step / 2
    return theta, loss


def _penalised_loss(features: FloatArray, y: FloatArray, theta: FloatArray) -> float:
    odds = features @ theta
    fit = float(np.sum(np.logaddexp(0.0, odds) - y * odds))
    return fit + 0.5 * float(np.sum((theta - _PRIOR) ** 2)) / _SPREAD**2
