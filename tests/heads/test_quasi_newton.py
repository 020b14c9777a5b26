import numpy as np
from scipy import linalg

from fieldmark.heads.quasi_newton import Objective, Point, minimised


def quartic(places: np.ndarray) -> Objective:
    """Functions of which each is least at another place, and none is a parabola."""

    def evaluate(place: np.ndarray) -> Point:
        away = place - places
        value = (away**2 + away**4).sum(axis=(1, 2))
        return Point(place, value, 2 * away + 4 * away**3, np.ones(1))

    return Objective(evaluate, lambda bend: linalg.cho_factor(2 * np.eye(places.shape[1])))


def test_each_function_comes_to_its_own_end() -> None:
    places = np.arange(12.0).reshape(2, 3, 2)
    point, steps = minimised(quartic(places), np.zeros((2, 3, 2)), tolerance=1e-9)
    assert np.abs(point.place - places).max() < 1e-9
    assert 0 < steps < 60


def test_who_stands_at_the_end_takes_no_step() -> None:
    places = np.ones((1, 2, 1))
    assert minimised(quartic(places), places, tolerance=1e-9)[1] == 0


def test_a_value_that_never_falls_ends_the_search() -> None:
    def evaluate(place: np.ndarray) -> Point:
        return Point(place, 1 + np.abs(place).sum(axis=(1, 2)), np.ones_like(place), np.ones(1))

    objective = Objective(evaluate, lambda bend: linalg.cho_factor(np.eye(1)))
    point, _ = minimised(objective, np.zeros((1, 1, 1)), tolerance=1e-9)
    assert point.place.tolist() == [[[0.0]]]
