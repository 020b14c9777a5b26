from dataclasses import replace

import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.neyman_pearson import lot_scores, neyman_pearson, split_alarm
from fieldmark.evaluation.resampling import units_of


def test_the_second_lowest_of_566_is_the_threshold(evidence):
    rng = np.random.default_rng(0)
    scores = rng.random(1226)
    positive = np.arange(1226) < 566
    point = neyman_pearson(evidence(scores, positive), target=0.99, confidence=0.95)
    assert point.threshold == np.sort(scores[:566])[1]
    assert point.violation == pytest.approx(0.022736, abs=5e-7)
    assert (point.fitted_on.units, point.fitted_on.n, point.limit) == (566, 1226, 0.99)
    assert "With 95 % confidence, at least 99 % of new positives are held" in point.promise


def test_ties_are_held(evidence):
    scores = np.full(299, 0.25)
    point = neyman_pearson(evidence(scores, np.ones(299, bool)), target=0.99, confidence=0.95)
    assert (scores >= point.threshold).all()


def test_negatives_are_kept_from_the_alarm(evidence):
    rng = np.random.default_rng(1)
    scores = np.round(rng.random(400), 2)
    found = evidence(scores, np.zeros(400, bool))
    point = neyman_pearson(found, target=0.9, confidence=0.95, side="negatives")
    mirrored = neyman_pearson(evidence(-scores, np.ones(400, bool)), target=0.9, confidence=0.95)
    assert point.name == "alarm from"
    assert ((scores >= point.threshold) == (scores > -mirrored.threshold)).all()
    assert (scores < point.threshold).mean() >= 0.9


def test_a_lot_counts_once_with_its_lowest_positive(evidence):
    lots = [f"lot {i // 4}" for i in range(1200)]
    scores = np.random.default_rng(2).random(1200)
    point = neyman_pearson(evidence(scores, [True] * 1200, lots), target=0.99, confidence=0.95)
    assert point.threshold == scores.min()
    assert (point.fitted_on.units, point.fitted_on.unit) == (300, "lot")
    assert "in at least 99 % of new lots every one of the positives" in point.promise
    assert "averaged over lots, at least 99 %" in point.promise


def test_a_share_of_a_lot_may_be_enough(evidence):
    scores, mine = np.array([0.1, 0.2, 0.3, 0.4, 0.9]), np.array([True] * 4 + [False])
    lots = units_of(["a"] * 4 + ["b"], n=5)
    assert lot_scores(scores, mine, lots, lot_share=0.5).tolist() == [0.3]
    assert lot_scores(scores, mine, lots, lot_share=0.75).tolist() == [0.2]
    assert lot_scores(scores, mine, lots, lot_share=0.76).tolist() == [0.1]
    assert lot_scores(scores, ~mine, lots).tolist() == [0.9]
    many = [f"lot {i // 4}" for i in range(400)]
    found = evidence(np.random.default_rng(3).random(400), [True] * 400, many)
    point = neyman_pearson(found, target=0.95, confidence=0.95, lot_share=0.75)
    assert "at least 75 % of the positives of the lot" in point.promise
    assert "at least 71.25 % of the positives" in point.promise


def test_rounding_does_not_ask_for_one_more():
    lots = units_of(["a"] * 10 + ["b"], n=11)
    found = lot_scores(np.arange(11.0), np.array([True] * 10 + [False]), lots, lot_share=0.9)
    assert found.tolist() == [1.0]


def test_two_promises_that_meet_need_no_band(evidence):
    rng = np.random.default_rng(4)
    positive = np.arange(800) < 400
    apart = evidence(positive * 0.5 + 0.4 * rng.random(800), positive)
    low = neyman_pearson(apart, target=0.9, confidence=0.95)
    high = neyman_pearson(apart, target=0.9, confidence=0.95, side="negatives")
    assert high.threshold < low.threshold
    assert split_alarm(low, high) == (low.threshold, low.threshold)
    mixed = evidence(rng.random(800), positive)
    low = neyman_pearson(mixed, target=0.9, confidence=0.95)
    high = neyman_pearson(mixed, target=0.9, confidence=0.95, side="negatives")
    assert split_alarm(low, high) == (low.threshold, high.threshold)


def test_refusals(evidence):
    few = evidence(np.linspace(0, 1, 298), [True] * 298)
    with pytest.raises(
        DecisionError, match=r"needs at least 299 positives; .* so 1 more are needed"
    ):
        neyman_pearson(few, target=0.99, confidence=0.95)
    lots = evidence(np.linspace(0, 1, 298), [True] * 298, [str(i // 10) for i in range(298)])
    with pytest.raises(
        DecisionError, match="299 lots with positives; 'calibration' has 30 of them"
    ):
        neyman_pearson(lots, target=0.99, confidence=0.95)
    with pytest.raises(DecisionError, match="share of a lot above 0, up to 1; got 0"):
        neyman_pearson(few, target=0.9, confidence=0.9, lot_share=0)
    with pytest.raises(DecisionError, match="target between 0 and 1"):
        neyman_pearson(few, target=1.0, confidence=0.9)
    point = neyman_pearson(few, target=0.9, confidence=0.9)
    with pytest.raises(DecisionError, match="Expected two thresholds for a reject band"):
        split_alarm(point, replace(point, threshold=None))
