"""Scores of an ideal observer, whose calibration and accuracy are known beforehand.

Each item is seen as a point z in as many dimensions as there are classes, normally distributed
with unit variance around ``separation`` times the unit vector of its true class. With all classes
equally frequent, the posterior of class k is softmax(separation * z)_k exactly, and the observer is
right with the probability of forced choice between m classes at d' = separation, the integral of
phi(u - d') Phi(u)^(m - 1).

Source: Hacker and Ratcliff (1979), "A revised table of d' for M-alternative forced choice".
"""

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax, ndtr, softmax

_NODES = 401
_REACH = 9.0
_LARGEST_SEPARATION = 40.0
_HALVINGS = 60


def draw_scores(
    generator: np.random.Generator,
    truth: npt.NDArray[np.int64],
    *,
    classes: int,
    accuracy: float,
    temperature: float = 1.0,
) -> npt.NDArray[np.float64]:
    """Return probabilities that are calibrated when ``truth`` is uniform over the classes.

    Args:
        generator: where the noise comes from.
        truth: int array (n_items,), position of the true class of each item.
        classes: number of classes, at least 2.
        accuracy: the expected share of right answers, above 1 / classes and below 1.
        temperature: 1 keeps the probabilities calibrated; below 1 they are too sure, above 1 too
            unsure, without a change of their order.

    Returns:
        float64 array (n_items, classes), rows sum to 1; empty for no items.

    Raises:
        ValueError: classes, accuracy or temperature are out of range, or a position is.

    Example:
        >>> truth = np.arange(4000) % 4
        >>> scores = draw_scores(np.random.default_rng(0), truth, classes=4, accuracy=0.8)
        >>> round(float((scores.argmax(axis=1) == truth).mean()), 1)
        0.8
    """
    if not temperature > 0:
        raise ValueError(f"Expected a temperature above 0; got {temperature}.")
    logits = draw_logits(generator, truth, classes=classes, accuracy=accuracy)
    probabilities: npt.NDArray[np.float64] = softmax(logits / temperature, axis=1)
    return probabilities


def draw_logits(
    generator: np.random.Generator,
    truth: npt.NDArray[np.int64],
    *,
    classes: int,
    accuracy: float,
) -> npt.NDArray[np.float64]:
    """Return the logarithms of the probabilities that ``draw_scores`` would return.

    Args:
        generator: where the noise comes from.
        truth: int array (n_items,), position of the true class of each item.
        classes: number of classes, at least 2.
        accuracy: the expected share of right answers, above 1 / classes and below 1.

    Returns:
        float64 array (n_items, classes), natural logarithms of calibrated probabilities.

    Raises:
        ValueError: classes or accuracy are out of range, or a position is.
    """
    truth = np.asarray(truth)
    separation = separation_for(accuracy, classes=classes)
    if truth.size and (truth.min() < 0 or truth.max() >= classes):
        raise ValueError(f"Expected positions from 0 to {classes - 1}; one lies outside.")
    seen = generator.standard_normal((len(truth), classes))
    seen[np.arange(len(truth)), truth] += separation
    logits: npt.NDArray[np.float64] = log_softmax(separation * seen, axis=1)
    return logits


def expected_accuracy(separation: float, *, classes: int) -> float:
    """Return how often the ideal observer is right, by numerical integration.

    Args:
        separation: distance between classes in standard deviations (d'), at least 0.
        classes: number of classes, at least 2.

    Raises:
        ValueError: a number is out of range.

    Example:
        >>> round(expected_accuracy(1.35, classes=2), 3), round(expected_accuracy(2, classes=10), 3)
        (0.83, 0.674)
    """
    if classes < 2 or not separation >= 0:
        raise ValueError(
            "Expected at least 2 classes and a separation of at least 0; got "
            f"{classes} classes and {separation}."
        )
    noise = np.linspace(-_REACH, _REACH, _NODES)
    weights = np.exp(-(noise**2) / 2)
    right = ndtr(noise + separation) ** (classes - 1)
    return float((weights * right).sum() / weights.sum())


def separation_for(accuracy: float, *, classes: int) -> float:
    """Return the separation at which the ideal observer is right with the given probability.

    Raises:
        ValueError: the accuracy is not above chance and below 1, or there are fewer than 2 classes.
    """
    if classes < 2 or not 1 / classes < accuracy < 1:
        raise ValueError(
            "Expected at least 2 classes and an accuracy above chance and below 1; got "
            f"{classes} classes and {accuracy}."
        )
    low, high = 0.0, _LARGEST_SEPARATION
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if expected_accuracy(middle, classes=classes) < accuracy:
            low = middle
        else:
            high = middle
    return high
