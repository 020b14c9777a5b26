"""How two sources become one: each rule is fitted to parameters, and the parameters act on classes.

All rules take calibrated probabilities of both sources over the same classes. What is fitted is a
handful of numbers, or one number for each class that is drawn to the number for all.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from scipy.optimize import minimize

from fieldmark.decision.fusion_choice import Sources, SweepChoice, choose_weight
from fieldmark.decision.log_scores import log_softmax
from fieldmark.evaluation.resampling import FloatArray
from fieldmark.predictions.fusion import linear_pool, log_linear_pool, sharpened
from fieldmark.predictions.shares import SMALLEST_PROBABILITY

FusionMethod = Literal["linear", "log-linear", "per-class", "stacked"]
METHODS: tuple[FusionMethod, ...] = get_args(FusionMethod)
Parameters = dict[str, tuple[float, ...]]

_CLASS_WEIGHTS = np.linspace(0, 1, 21)
_SHRINKAGE_ITEMS = 20.0
_SPREAD = 1.0
_BLOCK_ENTRIES = 1 << 20


def fit_rule(
    method: FusionMethod, sources: Sources, *, metric: str, temperatures: FloatArray
) -> Parameters:
    """Return the parameters of a rule that these items choose.

    Args:
        method: "linear" and "log-linear" choose one weight and one temperature of the second
            source; "per-class" chooses a linear weight for each class, at temperature 1, drawn to
            the one for all where a class has few items; "stacked" is a logistic regression on
            both logarithms with shared slopes and a bias for each class.
        sources: the items to choose on.
        metric: what weights are chosen by; see `fusion_choice.CHOOSABLE`.
        temperatures: float array (t,), what the second source may be divided by.

    Source:
        Methods E10; Wolpert (1992), Stacked generalization, for "stacked".
    """
    if method == "stacked":
        return _fit_stacked(sources)
    chosen = chosen_weight(method, sources, metric=metric, temperatures=temperatures)
    parameters: Parameters = {"weight": (chosen.weight,), "temperature": (chosen.temperature,)}
    if method == "per-class":
        parameters["class_weights"] = _class_weights(sources, chosen)
    return parameters


def chosen_weight(
    method: FusionMethod, sources: Sources, *, metric: str, temperatures: FloatArray
) -> SweepChoice:
    """Return the weight and temperature for all classes that these items choose.

    Class weights are chosen by likelihood, which needs the second source as it was calibrated: they
    start from the weight at temperature 1.

    Args:
        method: any but "stacked", which has no weight.
        sources: the items to choose on.
        metric: what weights are chosen by.
        temperatures: float array (t,), what the second source may be divided by.
    """
    tried = np.ones(1) if method == "per-class" else temperatures
    return choose_weight(sources, metric, tried, log=method == "log-linear")


def apply_rule(
    method: FusionMethod, parameters: Parameters, first: FloatArray, second: FloatArray
) -> FloatArray:
    """Return the fused probabilities, float64 (n, k), row by row.

    Args:
        method: the rule.
        parameters: what `fit_rule` gave.
        first: float64 (n, k), probabilities of the first source.
        second: float64 (n, k), probabilities of the second source.
    """
    if method == "stacked":
        slope_first, slope_second = parameters["slopes"]
        scaled = slope_first * _logs(first) + slope_second * _logs(second)
        return np.exp(log_softmax(scaled + np.array(parameters["biases"])))
    second = sharpened(second, parameters["temperature"][0])
    if method == "per-class":
        return linear_pool(first, second, np.array(parameters["class_weights"]))
    pool = _POOLS[method]
    return pool(first, second, parameters["weight"][0])


def _class_weights(sources: Sources, chosen: SweepChoice) -> tuple[float, ...]:
    """Choose each class's weight by the likelihood of "is it this class", drawn to the common."""
    classes = sources.first.shape[1]
    second = sharpened(sources.second, chosen.temperature)
    counts = np.bincount(sources.truth, minlength=classes)
    gains = np.zeros((len(_CLASS_WEIGHTS), classes))
    step = max(1, _BLOCK_ENTRIES // classes)
    for start in range(0, len(second), step):
        rows = slice(start, start + step)
        is_class = sources.truth[rows, None] == np.arange(classes)
        for place, weight in enumerate(_CLASS_WEIGHTS):
            mixed = (1 - weight) * sources.first[rows] + weight * second[rows]
            shown = np.where(is_class, mixed, 1 - mixed)
            gains[place] += np.log(np.maximum(shown, SMALLEST_PROBABILITY)).sum(axis=0)
    own = _CLASS_WEIGHTS[gains.argmax(axis=0)]
    shrunk = (counts * own + _SHRINKAGE_ITEMS * chosen.weight) / (counts + _SHRINKAGE_ITEMS)
    return tuple(shrunk.tolist())


def _fit_stacked(sources: Sources) -> Parameters:
    """Fit slopes that are drawn to the first source alone, and biases that are drawn to none."""
    first, second = _logs(sources.first), _logs(sources.second)
    n, classes = first.shape
    rows, neutral = np.arange(n), np.concatenate([[1.0, 0.0], np.zeros(classes)])

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        away = (parameters - neutral) / _SPREAD
        scaled = log_softmax(parameters[0] * first + parameters[1] * second + parameters[2:])
        total = 0.5 * float(away @ away) - float(scaled[rows, sources.truth].sum())
        surplus = np.exp(scaled, out=scaled)
        surplus[rows, sources.truth] -= 1
        slopes = [float(np.vdot(surplus, first)), float(np.vdot(surplus, second))]
        gradient = np.concatenate([slopes, surplus.sum(axis=0)]) + away / _SPREAD
        return total / n, gradient / n

    bounds = [(0.0, None), (0.0, None), *[(None, None)] * classes]
    found = minimize(loss, neutral, jac=True, method="L-BFGS-B", bounds=bounds)
    return {"slopes": tuple(found.x[:2].tolist()), "biases": tuple(found.x[2:].tolist())}


def _logs(probabilities: FloatArray) -> FloatArray:
    return np.log(np.maximum(probabilities, SMALLEST_PROBABILITY))


_POOLS: dict[str, Callable[[FloatArray, FloatArray, float], FloatArray]] = {
    "linear": linear_pool,
    "log-linear": log_linear_pool,
}
