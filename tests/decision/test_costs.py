import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.costs import Costs, at_prevalence, chow


def test_between_the_thresholds_a_review_costs_least():
    costs = Costs(miss=100, false_alarm=5, review=1)
    low, high = costs.thresholds()
    for p in np.linspace(0.001, 0.999, 500):
        expected = {"pass": 100 * p, "alarm": 5 * (1 - p), "review": 1.0}
        best = min(expected, key=lambda one: expected[one])
        chosen = "pass" if p < low else "alarm" if p >= high else "review"
        assert expected[chosen] == pytest.approx(expected[best])


def test_a_review_that_never_pays_leaves_one_threshold():
    assert Costs(miss=4, false_alarm=1, review=1).thresholds() == (0.2, 0.2)
    assert Costs(miss=4, false_alarm=1).thresholds() == (0.2, 0.2)


def test_what_each_item_cost():
    positive = np.array([True, True, True, False, False, False])
    passed = np.array([True, False, False, True, False, False])
    alarmed = np.array([False, True, False, False, True, False])
    cost = Costs(miss=100, false_alarm=5, review=1).of(positive, passed, alarmed)
    assert cost.tolist() == [100, 0, 1, 0, 5, 1]


def test_moving_the_prevalence_there_and_back():
    p = np.linspace(0.01, 0.99, 50)
    moved = at_prevalence(p, found=0.45, stated=0.02)
    assert (moved < p).all()
    assert at_prevalence(moved, found=0.02, stated=0.45) == pytest.approx(p)
    assert at_prevalence(p, found=0.45, stated=None) is p


def test_moved_probabilities_are_honest_at_the_new_prevalence():
    rng = np.random.default_rng(0)
    positive = rng.random(200_000) < 0.5
    x = rng.normal(np.where(positive, 1.0, -1.0))
    honest = 1 / (1 + np.exp(-2 * x))
    rare = ~positive | (rng.random(200_000) < 0.1 / 0.9)
    moved = at_prevalence(honest[rare], found=0.5, stated=float(positive[rare].mean()))
    assert moved.mean() == pytest.approx(positive[rare].mean(), abs=0.003)
    high = moved > 0.5
    assert moved[high].mean() == pytest.approx(positive[rare][high].mean(), abs=0.02)


def test_the_points_say_that_nothing_is_promised(evidence):
    low, high = chow(
        evidence([0.5], [True]), Costs(miss=100, false_alarm=5, review=1), prevalence=0.02
    )
    assert (low.threshold, high.threshold) == (0.01, 0.8)
    assert low.promise.startswith("None: the threshold follows from the costs")
    assert low.acts_on == "P(pit) at a prevalence of 0.02"
    assert low.confidence is None


def test_refusals():
    with pytest.raises(DecisionError, match="Expected costs above 0"):
        Costs(miss=0, false_alarm=1)
    with pytest.raises(DecisionError, match="a review of -1"):
        Costs(miss=1, false_alarm=1, review=-1)
    with pytest.raises(DecisionError, match="shares of positives between 0 and 1"):
        at_prevalence(np.array([0.5]), found=0.0, stated=0.5)
