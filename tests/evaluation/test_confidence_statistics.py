import numpy as np
import pytest

from fieldmark.evaluation.calibration_error import expected_calibration_error
from fieldmark.evaluation.confidence_statistics import (
    SELECTIVE_STATISTICS,
    calibration_statistics,
    selective_statistics,
)
from fieldmark.evaluation.resampling import draw_weights, resampled, units_of
from fieldmark.evaluation.selective import (
    augrc,
    aurc,
    coverage_at_risk,
    risk_at_coverage,
    risk_coverage,
)


@pytest.fixture
def case():
    """Confidences with many ties, in groups; the sure ones are right more often."""
    rng = np.random.default_rng(0)
    confidence = rng.integers(1, 20, size=120) / 20
    right = rng.random(120) < confidence
    return confidence, right, units_of([f"{row // 4}" for row in range(120)], n=120)


def copied(case, weights):
    confidence, right, units = case
    rows = np.repeat(np.arange(120), weights[units.codes].astype(int))
    return confidence[rows], right[rows]


def test_selective_weights_do_what_copying_rows_does(case):
    confidence, right, units = case
    weights = next(draw_weights(units, 15, np.random.default_rng(1)))
    found = selective_statistics(confidence, ~right, units)(weights)
    for draw in range(15):
        sure, is_right = copied(case, weights[:, draw])
        curve = risk_coverage(sure, ~is_right)
        by_hand = [aurc(curve), augrc(curve), risk_at_coverage(curve, 0.8)]
        by_hand.append(coverage_at_risk(curve, 0.05))
        assert found[:4, draw] == pytest.approx(by_hand)


def test_calibration_weights_do_what_copying_rows_does_in_bins_of_equal_width(case):
    confidence, right, units = case
    weights = next(draw_weights(units, 15, np.random.default_rng(1)))
    found = calibration_statistics(confidence, right, units)(weights)
    for draw in range(15):
        expected = expected_calibration_error(*copied(case, weights[:, draw]))
        assert found[0, draw] == pytest.approx(expected)


def test_all_right_leaves_only_the_separation_undefined():
    units = units_of(None, n=3)
    statistic = selective_statistics(np.array([0.9, 0.5, 0.5]), np.zeros(3, bool), units)
    found = dict(zip(SELECTIVE_STATISTICS, statistic(np.ones((3, 1)))[:, 0], strict=True))
    assert np.isnan(found.pop("confidence_auroc"))
    assert found == {
        "aurc": 0.0, "augrc": 0.0, "risk_at_80_coverage": 0.0, "coverage_at_5_risk": 1.0,
    }  # fmt: skip


def test_joined_points_wander_as_the_exact_ones_do():
    rng = np.random.default_rng(0)
    confidence = rng.random(3000)
    units = units_of(None, n=3000)
    exact = selective_statistics(confidence, rng.random(3000) > confidence, units)
    joined = exact.joined(100)
    assert joined.items.shape[0] == 100
    draws = [
        resampled(one, units, resamples=200, rng=np.random.default_rng(1))
        for one in (exact, joined)
    ]
    spread = [one[[0, 1, 2, 4]].std(axis=1) for one in draws]
    assert spread[1] == pytest.approx(spread[0], rel=0.05)
    assert np.abs(draws[0].mean(axis=1) - draws[1].mean(axis=1)).max() < 0.02


def test_few_points_are_not_joined(case):
    confidence, right, units = case
    exact = selective_statistics(confidence, ~right, units)
    assert exact.joined(1000) is exact
