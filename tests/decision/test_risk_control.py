import math

import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.risk_control import control_missed, lowest_controlled


def test_the_expected_miss_rate_follows_the_equation(evidence):
    scores = np.random.default_rng(0).permutation(np.linspace(0.01, 1, 100))
    point = control_missed(evidence(scores, [True] * 100), limit=0.05)
    # n / (n + 1) R + 1 / (n + 1) <= 0.05 allows 4 of 100 to be missed.
    assert (scores < point.threshold).sum() == 4
    assert point.confidence is None
    assert "This is an expectation only" in point.promise


def test_ties_only_make_it_safer(evidence):
    scores = np.repeat([0.2, 0.7], 50)
    point = control_missed(evidence(scores, [True] * 100), limit=0.4)
    assert point.threshold == 0.2


def test_lots_share_their_weight(evidence):
    scores = np.linspace(0.01, 0.99, 99)
    lots = ["big"] * 80 + [f"small {i}" for i in range(19)]
    point = control_missed(evidence(scores, [True] * 99, lots), limit=0.1)
    # Twenty lots: a loss of 0.1 x 21 - 1 = 1.1 lots may be lost: the big one, and no small one.
    assert (scores < point.threshold).sum() == 80
    assert (point.fitted_on.unit, point.fitted_on.units) == ("lot", 20)


def test_when_nothing_need_be_held_the_threshold_is_above_every_probability(evidence):
    point = control_missed(evidence([0.5, 1.0], [True, True]), limit=0.999)
    assert point.threshold <= 1.0
    assert lowest_controlled(np.full(5, -np.inf), np.ones(5), units=5, limit=0.2) == -math.inf


def test_refusals(evidence):
    with pytest.raises(
        DecisionError, match="needs at least 99 items that count; there are 98, so 1"
    ):
        control_missed(evidence(np.linspace(0, 1, 98), [True] * 98), limit=0.01)
    with pytest.raises(DecisionError, match="there are 0"):
        control_missed(evidence([0.5], [False]), limit=0.5)
    with pytest.raises(DecisionError, match="limit between 0 and 1"):
        control_missed(evidence([0.5], [True]), limit=1.0)
    with pytest.raises(DecisionError, match="needs at least 19 lots"):
        control_missed(evidence([0.5, 0.6], [True, True], ["a", "a"]), limit=0.05)
