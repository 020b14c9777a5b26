import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.calibration_error import (
    bin_edges,
    bin_of,
    expected_calibration_error,
    reliability,
)
from fieldmark.evaluation.estimates import wilson

CONFIDENCE = [0.1, 0.15, 0.6, 0.65, 0.62, 0.95]
RIGHT = [False, True, True, False, True, True]


def test_bins_hold_counts_gaps_and_wilsons_intervals():
    low, middle, high = reliability(CONFIDENCE, RIGHT, bins=4)
    assert (low.low, low.high, low.n, low.accuracy) == (0.0, 0.25, 2, 0.5)
    assert middle.mean_confidence == pytest.approx(np.mean([0.6, 0.65, 0.62]))
    assert (middle.accuracy_low, middle.accuracy_high) == wilson(2, 3)
    assert high.gap == pytest.approx(-0.05)
    assert high.to_dict()["n"] == 1


def test_the_error_is_the_mean_gap_weighed_by_items():
    bins = reliability(CONFIDENCE, RIGHT, bins=4)
    expected = sum(one.n * abs(one.gap) for one in bins) / 6
    assert expected_calibration_error(CONFIDENCE, RIGHT, bins=4) == pytest.approx(expected)


def test_equal_mass_bins_are_equally_full():
    rng = np.random.default_rng(0)
    confidence = rng.random(1500) ** 3
    found = reliability(confidence, rng.random(1500) < confidence, equal_mass=True)
    assert [one.n for one in found] == [100] * 15


def test_equal_confidences_stay_together_in_equal_mass_bins():
    found = reliability([0.5] * 8 + [0.9] * 2, [True] * 10, bins=5, equal_mass=True)
    assert [one.n for one in found] == [8, 2]


def test_an_edge_belongs_to_the_bin_below_and_zero_to_the_first():
    edges = bin_edges(np.array([0.5]), bins=2, equal_mass=False)
    assert bin_of(np.array([0.0, 0.5, np.nextafter(0.5, 1), 1.0]), edges).tolist() == [0, 0, 1, 1]


def test_one_bin_is_the_gap_of_the_whole():
    assert expected_calibration_error([0.5, 0.7], [True, True], bins=1) == pytest.approx(0.4)


def test_perfect_confidences_have_no_error():
    assert expected_calibration_error([1.0, 1.0, 0.0], [True, True, False]) == 0.0


def test_what_is_no_confidence_is_refused():
    with pytest.raises(PredictionsError, match=r"between 0 and 1; 2 of 3 are not \(first: 1\.2\)"):
        reliability([0.5, 1.2, np.nan], [True, True, True])
    with pytest.raises(PredictionsError, match="confidence for each of at least one answer"):
        reliability([], [])
    with pytest.raises(PredictionsError, match="confidence for each of at least one answer"):
        reliability([0.5], [True, False])


def test_no_bin_is_refused():
    with pytest.raises(PredictionsError, match="at least 1 bin; got 0"):
        reliability([0.5], [True], bins=0)
