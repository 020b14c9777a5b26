"""Many smooth convex functions of the same shape, minimised side by side."""

import dataclasses
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import linalg

Float64Array = npt.NDArray[np.float64]

_STEPS: Final = 300
_MEMORY: Final = 12
_LOOK_EVERY: Final = 4
_BENT: Final = 0.1
_HALVINGS: Final = 30
_DECREASE: Final = 1e-4
_ROUNDING: Final = 1e-14


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Where each function stands.

    Attributes:
        place: float64 array (functions, width, columns).
        value: float64 array (functions,).
        gradient: float64 array like the place.
        bend: what the curvature there is made of.
    """

    place: Float64Array
    value: Float64Array
    gradient: Float64Array
    bend: Float64Array


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """What is minimised.

    Attributes:
        evaluate: from a place to the point.
        factor: from a bend to the Cholesky factor, as scipy has it, of the curvature (width, width)
            that all functions and columns share.
    """

    evaluate: Callable[[Float64Array], Point]
    factor: Callable[[Float64Array], Any]


def minimised(objective: Objective, start: Float64Array, *, tolerance: float) -> tuple[Point, int]:
    """Return where all functions are least, and the number of steps.

    The shared curvature is taken anew when it has changed by a tenth; in between, each function
    corrects it by its own last steps. A function whose value no longer falls stays.

    Args:
        objective: value, gradient and curvature.
        start: float64 array (functions, width, columns).
        tolerance: the largest entry of the gradient at which to end; at most 300 steps are taken.

    Source:
        Nocedal and Wright (2006), Numerical optimization, algorithm 7.4 with the shared curvature
        in place of a multiple of the identity.

    Example:
        >>> def evaluate(place):
        ...     bend = np.ones(1)
        ...     return Point(place, ((place - 3) ** 2).sum(axis=(1, 2)), 2 * (place - 3), bend)
        >>> objective = Objective(evaluate, lambda bend: linalg.cho_factor(2 * np.eye(1)))
        >>> minimised(objective, np.zeros((1, 1, 1)), tolerance=1e-9)[0].place.round(9).tolist()
        [[[3.0]]]
    """
    point = objective.evaluate(start)
    steps: list[tuple[Float64Array, Float64Array]] = []
    bend, factor = point.bend, objective.factor(point.bend)
    for number in range(_STEPS):
        if np.abs(point.gradient).max(initial=0) <= tolerance:
            return point, number
        if number % _LOOK_EVERY == 0 and _has_bent(point.bend, bend):
            bend, steps = point.bend, []
            factor = objective.factor(bend)
        direction = -_times_inverse(point.gradient, factor, steps)
        after = _searched(objective, point, direction)
        if after is None:
            return point, number
        steps = steps[1 - _MEMORY :]
        steps.append((after.place - point.place, after.gradient - point.gradient))
        point = after
    return point, _STEPS


def _has_bent(bend: Float64Array, before: Float64Array) -> bool:
    return bool(np.abs(bend - before).sum() > _BENT * np.abs(before).sum())


def _times_inverse(
    gradient: Float64Array, factor: Any, steps: list[tuple[Float64Array, Float64Array]]
) -> Float64Array:
    """Return the gradient times the approximate inverse Hessian of each function."""
    found: Float64Array = gradient.copy()
    weights = []
    for move, change in reversed(steps):
        along = _inner(move, change)
        scale = np.divide(1, along, out=np.zeros_like(along), where=along > 1e-300)
        weight = scale * _inner(move, found)
        found -= weight[:, None, None] * change
        weights.append((scale, weight))
    functions, width, columns = found.shape
    flat = linalg.cho_solve(factor, found.transpose(1, 0, 2).reshape(width, -1))
    found = flat.reshape(width, functions, columns).transpose(1, 0, 2).copy()
    for (move, change), (scale, weight) in zip(steps, reversed(weights), strict=True):
        found += (weight - scale * _inner(change, found))[:, None, None] * move
    return found


def _searched(objective: Objective, point: Point, direction: Float64Array) -> Point | None:
    """Return the next point, halving each step until the value falls; None where none does."""
    slope = _inner(point.gradient, direction)
    length = np.where(slope < 0, 1.0, 0.0)
    rounding = _ROUNDING * np.abs(point.value)
    for _ in range(_HALVINGS):
        after = objective.evaluate(point.place + length[:, None, None] * direction)
        low_enough = after.value <= point.value + _DECREASE * length * slope + rounding
        if low_enough.all():
            return after if length.any() else None
        length = np.where(low_enough, length, length / 2)
    length = np.where(low_enough, length, 0.0)
    if not length.any():
        return None
    return objective.evaluate(point.place + length[:, None, None] * direction)


def _inner(one: Float64Array, other: Float64Array) -> Float64Array:
    found: Float64Array = np.einsum("fwc,fwc->f", one, other)
    return found
